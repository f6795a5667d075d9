"""Keeps the pools on whose empty hosts the copy of a component's data fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict


@dataclass(frozen=True, slots=True)
class CopyFits:
    """One copy of the data lies on one host."""

    name: ClassVar[str] = "copy"

    def check(self, ask: Ask, seat: Seat) -> Verdict:
        """Compare the copy with one host's disk."""
        needed, there = ask.component.data.gib, seat.pool.per_host.disk_gib
        required, observed = f"{needed} GiB disk", f"{there} GiB disk"
        if needed <= there:
            return Verdict(self.name, required, observed, True, there - needed)
        sentence = f"a copy of {ask.tenant.name} takes {required} on one host: {seat.pool.id} has {observed}"
        return Verdict(self.name, required, observed, False, there - needed, self.name, sentence)
