"""Compares what is declared with what the clouds list; verifies a Plan after it was applied."""

from __future__ import annotations

from pathlib import Path

from cmp.errors import Invalid
from cmp.loaders.loading import load
from cmp.model.plan import Plan
from cmp.services.carrying_out.access import clouds_of
from cmp.services.carrying_out.applying import workplace
from cmp.services.verifying.comparing import Difference, compare, unowned_servers
from cmp.services.verifying.inventory import Inventory, take
from cmp.settings import Layout
from cmp.store import plans
from stacks.engine.holdings import holdings


def look(folder: Path, layout: Layout) -> tuple[Difference, ...]:
    """List every difference between the Plan last applied and what is there, strangers' servers included.

    Raises:
        Invalid: the environment is wrong, or nothing was applied yet.
        TryLater: a cloud could not be listed: half a list is no answer.
    """
    environment = load(folder).environment
    applied = plans.last_applied(layout.applied_plan(environment.name))
    if applied is None:
        raise Invalid(
            f"nothing of {environment.name} was applied yet", hint=f"run `tricenter up {folder}` first"
        )
    found = _listed(applied.plan, layout)
    return (*verify(applied.plan, found, layout), *unowned_servers(applied.plan, found.resources))


def read_back(plan: Plan, layout: Layout) -> tuple[Inventory, tuple[Difference, ...]]:
    """List what is there and compare it with a Plan that was just applied.

    Raises:
        TryLater: a cloud could not be listed.
    """
    found = _listed(plan, layout)
    return found, verify(plan, found, layout)


def verify(plan: Plan, found: Inventory, layout: Layout) -> tuple[Difference, ...]:
    """Every mismatch between a Plan and a listing; empty when all is as planned."""
    known = holdings(workplace(plan.environment, layout, _quiet), plan.environment.name)
    return compare(plan, found.resources, known)


def _listed(plan: Plan, layout: Layout) -> Inventory:
    found = take(clouds_of(plan.environment, layout))
    found.require_complete()
    return found


def _quiet(_line: str) -> None:
    """Report to nobody."""
