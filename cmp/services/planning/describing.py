"""Gives reasons: why a component runs where it does, and what is survived."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from cmp.errors import Invalid
from cmp.model.explanation import Explanation
from cmp.model.plan import Plan
from cmp.model.proof import Proof
from cmp.model.suggestion import InTheWay
from cmp.scheduler.explain import explaining
from cmp.scheduler.explain.explaining import Question
from cmp.scheduler.remedies.blockers import in_the_way
from cmp.scheduler.remedies.fixes import Basis, with_changes
from cmp.scheduler.remedies.shortfalls import with_closings
from cmp.scheduler.survival import proving
from cmp.services.planning.planning import Wish, plan_at_hand, refuse_stale, started_from
from cmp.settings import Layout
from cmp.store import plans

ALL = "all"
MOST_ASKED = 3
"""Unplaced workloads for which is looked whose room they lack: each takes several plans."""

__all__ = ["Question", "Wish", "explain", "plan_of", "prove_plan", "stand_in_the_way"]


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


def plan_of(
    folder: Path, layout: Layout, file: Path | None, wish: Wish, report: Callable[[str], None]
) -> Plan:
    """The Plan of a file, where one is named, else the one at hand: kept, or made on a wish.

    Raises:
        Invalid: the environment is wrong, or the Plan is of another one.
        Stale: the Plan was made of other files than the folder holds now.
    """
    if file is None:
        return plan_at_hand(folder, layout, wish, report)
    plan = plans.load(file)
    if Path(plan.source).resolve() != folder.resolve():
        raise Invalid(f"the plan {file} was made from {plan.source}, not from {folder}")
    refuse_stale(plan, layout)
    return plan


def prove_plan(
    plan: Plan, lose: str = ALL, *, details: bool = False, report: Callable[[str], None] | None = None
) -> Proof:
    """Prove what a loss does to a Plan; one loss alone is told whole, all of them with `details`.

    With a `report` also what would close a shortfall is searched, and the report told how far that has come.

    Raises:
        Invalid: nothing of that name can be lost.
    """
    proof = proving.prove(plan, proving.asked(plan.environment, lose), details=details or lose != ALL)
    return proof if report is None else with_closings(plan, proof, report=report)
