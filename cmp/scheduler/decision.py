"""Defines what the scheduler hands over: every tuple of a Plan that it decides."""

from __future__ import annotations

from dataclasses import dataclass

from cmp.model.plan import (
    ObjectiveValue,
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


def with_decision(plan: Plan, decision: Decision) -> Plan:
    """The Plan with another decision in it; not sealed."""
    return plan.model_copy(
        update={
            "placements": decision.placements,
            "takeovers": decision.takeovers,
            "yields": decision.yields,
            "reservations": decision.reservations,
            "packings": decision.packings,
            "unplaced": decision.unplaced,
            "objective": decision.objective,
        }
    )
