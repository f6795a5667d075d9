"""Defines what the scheduler hands over: all of a Plan that it decides, and how that becomes a Plan."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from cmp.model.environment import Environment
from cmp.model.plan import (
    FirstMove,
    ObjectiveValue,
    Origin,
    Packing,
    Placement,
    Plan,
    Reservation,
    Takeover,
    Unplaced,
    Yielding,
)


@dataclass(frozen=True, slots=True)
class Decision:
    """Where everything runs, what is reserved, how hosts are packed, and what found no place."""

    placements: tuple[Placement, ...]
    takeovers: tuple[Takeover, ...]
    yields: tuple[Yielding, ...]
    reservations: tuple[Reservation, ...]
    packings: tuple[Packing, ...]
    unplaced: tuple[Unplaced, ...]
    objective: ObjectiveValue
    moves_first: tuple[FirstMove, ...] = ()

    @property
    def parts(self) -> dict[str, Any]:
        """What becomes part of a Plan, by the names that it has there."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def within(self, plan: Plan, environment: Environment | None = None) -> Plan:
        """A Plan with this decision instead of its own, on another environment if one is given; unsealed."""
        return plan.model_copy(update={**self.parts, "environment": environment or plan.environment})

    def to_prove(self, environment: Environment, origin: Origin) -> Plan:
        """A Plan to prove: no files stand behind it, no networks lie in it, and it has no hash."""
        return Plan(
            inputs_hash="",
            source="",
            origin=origin,
            environment=environment,
            networks=(),
            security_groups=(),
            **self.parts,
        )
