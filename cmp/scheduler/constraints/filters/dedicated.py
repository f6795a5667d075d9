"""Keeps the pools that are everybody's, or dedicated to the workload's owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict


@dataclass(frozen=True, slots=True)
class OwnersPool:
    """A pool that is dedicated to owners takes nothing of others, copies included."""

    name: ClassVar[str] = "dedicated"

    def check(self, ask: Ask, seat: Seat) -> Verdict:
        """Look whose pool it is."""
        owners, owner = seat.pool.dedicated_to, ask.workload.owner
        observed = " or ".join(owners) or "everybody's"
        if not owners or owner in owners:
            return Verdict(self.name, owner, observed, ok=True)
        sentence = f"{seat.pool.id} is dedicated to {observed}: {ask.tenant.name} is of {owner}"
        return Verdict(self.name, owner, observed, False, None, self.name, sentence)
