"""Keeps here what a service made, where the same use case keeps it when it is asked here."""

from __future__ import annotations

from dataclasses import replace

from cmp.ports.bundle import Ports
from cmp.services.planning.keeping import KeptPlan
from cmp.services.planning.making import Ahead, PlanMade


def received(made: PlanMade, ports: Ports, out: str | None) -> PlanMade:
    """A Plan that was made elsewhere, kept in `out` or where Plans lie, with what lies ahead beside it.

    Raises:
        Invalid: a file cannot be written.
        TryLater: it cannot be kept.
    """
    plan = made.kept.plan
    if out is not None:
        ports.plans.hand_out(plan, out)
    kept = KeptPlan(plan, out or ports.plans.keep(plan))
    if made.ahead is None:
        return replace(made, kept=kept)
    horizon = made.ahead.horizon
    return replace(made, kept=kept, ahead=Ahead(horizon, ports.plans.keep_ahead(kept.name, horizon)))
