"""Keeps the pools that nobody drained: what was emptied for maintenance stays empty until it is put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict


@dataclass(frozen=True, slots=True)
class NotDrained:
    """Nothing goes to what is drained, be it a side, a copy of data or what a takeover would start."""

    name: ClassVar[str] = "drained"

    def check(self, ask: Ask, seat: Seat) -> Verdict:
        """Look whether the pool, its center or all of its hosts are drained."""
        if seat.cordon is None:
            return Verdict(self.name, "not drained", "not drained", True)
        told = seat.cordon.sentence
        sentence = f"{ask.tenant.name} may not go to {seat.pool.id}: {told}"
        return Verdict(self.name, "not drained", told, False, None, self.name, sentence)
