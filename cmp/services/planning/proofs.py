"""Proves what a Plan survives; imports nothing that plans until something has to be planned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cmp.errors import Invalid
from cmp.model.plan import Plan
from cmp.model.proof import Proof
from cmp.scheduler.survival import proving
from cmp.services.planning.sources import refuse_stale
from cmp.settings import Layout
from cmp.store import plans

ALL = "all"


def plan_of(
    folder: Path, layout: Layout, file: Path | None, now: datetime, report: Callable[[str], None]
) -> Plan:
    """The Plan of a file, where one is named, else the one at hand: kept, or made as facts are known now.

    Raises:
        Invalid: the environment is wrong, or the Plan is of another one.
        Stale: the Plan was made of other files than the folder holds now.
    """
    if file is None:
        from cmp.services.planning.planning import Wish, plan_at_hand  # noqa: PLC0415 - a file needs no search

        return plan_at_hand(folder, layout, Wish(now=now), report)
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
    if report is None or all(each.survives for each in proof.failures):
        return proof
    from cmp.scheduler.remedies.shortfalls import with_closings  # noqa: PLC0415 - only these plan anew

    return with_closings(plan, proof, report=report)
