"""Keeps the pools in countries where the workload's data may lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict
from policies.rules.placement import BOUND_TO_THE_COUNTRY, HOME_COUNTRY, data_stays_in_country


@dataclass(frozen=True, slots=True)
class DataStays:
    """Sensitive, important and core data stay in the country."""

    name: ClassVar[str] = "residency"

    def check(self, ask: Ask, seat: Seat) -> Verdict:
        """Ask the rule."""
        bound = bool(ask.tenant.data_classes & BOUND_TO_THE_COUNTRY)
        sentence = next(data_stays_in_country(ask.tenant, seat.site), "")
        return Verdict(
            self.name,
            HOME_COUNTRY if bound else "any country",
            seat.site.country,
            not sentence,
            None,
            f"{self.name}:{seat.site.country}" if sentence else "",
            sentence,
        )
