"""Gives reasons: why a component runs where it does, and whose promises stand in another's way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from cmp.model.explanation import Explanation
from cmp.model.plan import Plan
from cmp.model.suggestion import InTheWay
from cmp.scheduler.explain import explaining
from cmp.scheduler.explain.explaining import Question
from cmp.scheduler.remedies.blockers import in_the_way
from cmp.scheduler.remedies.fixes import Basis, with_changes
from cmp.services.planning.planning import Wish, plan_at_hand, started_from
from cmp.settings import Layout

MOST_ASKED = 3
"""Unplaced workloads for which is looked whose room they lack: each takes several plans."""

__all__ = ["Question", "explain", "stand_in_the_way"]


def explain(
    folder: Path,
    layout: Layout,
    question: Question,
    *,
    changes: bool = True,
    report: Callable[[str], None] = lambda _: None,
    now: datetime | None = None,
) -> Explanation:
    """Tell for every pool each constraint on a workload's components; all else stays as planned or kept.

    With `changes`, also what would help where something is unplaced or the one pool asked about refuses;
    `report` is told how far the search has come. `now` decides which facts have expired.

    Raises:
        Invalid: the environment is wrong, or has no such workload, component or pool.
    """
    plan = plan_at_hand(folder, layout, Wish(now=now), report)
    found = explaining.explain(plan.environment, plan.placements, question, plan.origin.at)
    if not changes:
        return found
    return with_changes(found, Basis(plan, started_from(plan, layout), report=report))


def stand_in_the_way(
    plan: Plan, previous: Plan | None, report: Callable[[str], None]
) -> Mapping[str, tuple[InTheWay, ...]]:
    """For the first workloads that a Plan leaves out, whose room each lacks, proven by planning again."""
    names = list(dict.fromkeys(each.workload for each in plan.unplaced))[:MOST_ASKED]
    found = {}
    for name in names:
        report(f"looking whose promises stand in the way of {name}")
        found[name] = in_the_way(Basis(plan, previous), name)
    return found
