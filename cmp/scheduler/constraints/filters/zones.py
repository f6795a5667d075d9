"""Keeps the pools of clouds that serve the component's zone of the extranet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict
from policies.rules.placement import zone_is_served


@dataclass(frozen=True, slots=True)
class ZoneServed:
    """A component runs only where its zone is served."""

    name: ClassVar[str] = "zone"

    def check(self, ask: Ask, seat: Seat) -> Verdict:
        """Ask the rule."""
        sentence = next(zone_is_served(ask.tenant, seat.site), "")
        observed = " ".join(seat.cloud.zones)
        return Verdict(
            self.name,
            ask.tenant.zone,
            observed,
            not sentence,
            None,
            self.name if sentence else "",
            sentence,
        )
