"""Keeps the pools of clouds whose owner may hold the workload's classes of data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cmp.model.estate import Ownership
from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict
from policies.rules.placement import OWNERS, owner_may_hold_data


@dataclass(frozen=True, slots=True)
class OwnerMayHold:
    """The strictest class of data decides who may own the cloud."""

    name: ClassVar[str] = "ownership"

    def check(self, ask: Ask, seat: Seat) -> Verdict:
        """Ask the rule."""
        classes = ask.tenant.data_classes
        allowed = [owner for owner in Ownership if all(owner in OWNERS[each] for each in classes)]
        sentence = next(owner_may_hold_data(ask.tenant, seat.site), "")
        observed = seat.site.ownership
        reason = f"{self.name}:{observed}" if sentence else ""
        return Verdict(self.name, " or ".join(allowed), observed, not sentence, None, reason, sentence)
