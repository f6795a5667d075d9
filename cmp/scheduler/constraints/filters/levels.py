"""Keeps the pools of clouds certified for the workload's protection level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cmp.scheduler.constraints.verdicts import Ask, Seat, Verdict
from policies.rules.placement import level_is_reached


@dataclass(frozen=True, slots=True)
class LevelReached:
    """A cloud carries no system above its own protection level."""

    name: ClassVar[str] = "level"

    def check(self, ask: Ask, seat: Seat) -> Verdict:
        """Ask the rule."""
        required, observed = ask.tenant.level, seat.site.level
        sentence = next(level_is_reached(ask.tenant, seat.site), "")
        reason = f"{self.name}:{observed}" if sentence else ""
        return Verdict(
            self.name, str(required), str(observed), not sentence, observed - required, reason, sentence
        )
