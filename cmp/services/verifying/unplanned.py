"""Finds what runs, or is there, although no Plan wants it: forgotten, or back from a lost center."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from cmp.clouds.base import Resource
from cmp.model.estate import CloudKind
from cmp.model.plan import Plan
from cmp.model.recovery import Role
from cmp.model.tags import COMPONENT, WORKLOAD
from cmp.model.workload import Component
from cmp.services.verifying.differences import Consequence, Difference

SERVERS: Final = frozenset({"server", "instance"})
SETS: Final = frozenset({"deployment", "stateful_set"})
"""What runs pods in a cluster."""

RUNNING: Final = SERVERS | SETS
"""What does something while it is there."""

_BESIDE: Final = frozenset({Role.PRIMARY, Role.ACTIVE})
"""Sides that write in normal time."""

Place = tuple[str, str]
"""A cloud, and the name of something in it."""


def unplanned(
    plan: Plan,
    ours: Sequence[Resource],
    wanted: Collection[Place],
    known: Collection[str],
    left_out: Collection[CloudKind],
) -> Iterator[Difference]:
    """What is there and unwanted, each with what that breaks.

    Args:
        plan: the Plan that is carried out.
        ours: what carries the marks of its environment.
        wanted: the servers and sets that it runs.
        known: the keys (tag `urn`) of all that the stacks hold. What they hold and the Plan does not want is
            about to go; what runs is told all the same, since it works until then, and goes on doing so in a
            center that was lost and is back.
        left_out: kinds of clouds that are not judged.
    """
    for each in ours:
        kind = (
            plan.environment.estate.cloud[each.cloud].kind
            if each.cloud in plan.environment.estate.cloud
            else None
        )
        idle = each.kind in RUNNING and (each.cloud, each.name) not in wanted and kind not in left_out
        if idle or each.tags.get("urn") not in known:
            harm, beside = _harm(plan, each) if each.kind in RUNNING else (Consequence.COST, "")
            yield Difference(
                each.cloud, each.kind, each.name or each.id, "presence", "-", _there(each) + beside, harm
            )


def _harm(plan: Plan, there: Resource) -> tuple[Consequence, str]:
    """What it breaks that something runs here too, and where the Plan has it."""
    workload = plan.environment.workload.get(there.tags.get(WORKLOAD, ""))
    component = workload.component.get(there.tags.get(COMPONENT, "")) if workload else None
    if workload is None or component is None:
        return Consequence.COST, ""
    rows = [
        row
        for row in plan.placements
        if (row.workload, row.component) == (workload.id, component.id) and row.replicas
    ]
    clouds = sorted({row.cloud for row in rows})
    beside = f"; the Plan has it in {', '.join(clouds)}" if clouds else ""
    writes = _writes(component) and any(row.role in _BESIDE for row in rows)
    return (Consequence.DATA, f"{beside}: two write") if writes else (Consequence.COST, beside)


def _writes(component: Component) -> bool:
    """True for what keeps data by itself: members of a quorum agree among each other who writes."""
    return component.stateful and component.quorum is None


def _there(each: Resource) -> str:
    if each.kind in SETS:
        return f"there, {each.facts.get('ready', 0)} of {each.facts.get('wanted', 0)} run"
    return "there"
