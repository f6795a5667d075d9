"""Decides where everything runs: an environment goes in, a decision comes out, always the same one."""

from __future__ import annotations

from datetime import datetime

from cmp.model.environment import Environment
from cmp.model.plan import Plan
from cmp.model.recovery import Role
from cmp.scheduler import writing
from cmp.scheduler.choosing import Wish
from cmp.scheduler.decision import Decision
from cmp.scheduler.objective import objective
from cmp.scheduler.search import search
from cmp.scheduler.snapshot import snapshot_of
from cmp.scheduler.unplaced import unplaced


def schedule(
    environment: Environment, *, at: datetime | None = None, seed: int = 0, previous: Plan | None = None
) -> Decision:
    """Place every workload on pools, with all its sides, so that every promised failure is survived.

    Args:
        environment: what is declared.
        at: the moment whose demand factors hold; None is factor 1.
        seed: decides ties of the search's later rounds.
        previous: the Plan to start from: what is still right stays where it is.
    """
    snapshot = snapshot_of(environment, at)
    state, missing = search(snapshot, _wishes(previous), seed)
    return Decision(
        writing.placements(state),
        writing.takeovers(state),
        writing.reservations(state),
        writing.packings(state),
        unplaced(missing, state),
        objective(state, _ran(previous)),
    )


def _wishes(previous: Plan | None) -> dict[tuple[str, str, Role], Wish]:
    """Where each side stood in a Plan: its way and replicas on each pool."""
    found: dict[tuple[str, str, Role], dict[str, tuple[str, int]]] = {}
    for row in previous.placements if previous else ():
        count = 1 if row.role is Role.BACKUP else row.replicas_on_takeover
        found.setdefault((row.workload, row.component, row.role), {})[row.pool] = (row.variant or "", count)
    return {side: dict(pools) for side, pools in found.items()}


def _ran(previous: Plan | None) -> dict[tuple[str, str, str, str], int]:
    """Replicas that ran on each pool in a Plan."""
    return {
        (row.workload, row.component, row.role.value, row.pool): row.replicas
        for row in (previous.placements if previous else ())
    }
