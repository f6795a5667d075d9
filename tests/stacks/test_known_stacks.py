"""What is counted without the engine is what the engine counts."""

from __future__ import annotations

from datetime import date

import pytest
from support.leased import Carrying, a_leased_plan

from cmp.model.plan import Plan
from stacks.engine.marks import Marking
from stacks.engine.operations import preview, refresh, stacks_of, up
from stacks.names import Project, StackName

pytestmark = pytest.mark.engine

TODAY = date(2026, 3, 2)
CHANGED = StackName(Project.WORKLOADS, "engine", "bj-a")


def one_more_in(plan: Plan, center: str) -> Plan:
    """The Plan with one more replica of every row of a center."""
    rows = tuple(
        row.changed(replicas=row.replicas + 1) if row.center == center else row for row in plan.placements
    )
    return plan.changed(placements=rows).sealed()


def test_stacks_that_only_get_another_tag_are_counted_as_the_engine_counts_them(carrying: Carrying) -> None:
    plan = a_leased_plan()
    more = one_more_in(plan, "bj-a")
    done = up(carrying.place, plan, preview(carrying.place, plan))
    before, after = (Marking(carrying.place, each, TODAY) for each in (plan, more))
    marks = {result.name: mark for result in done if (mark := before.of(result)) is not None}

    known = after.only_retagged(marks, plan.hash)
    asked = {result.name: result for result in preview(carrying.place, more)}

    assert set(marks) == set(stacks_of(plan))
    assert set(known) == set(stacks_of(plan)) - {CHANGED}
    assert {name: result.changes for name, result in known.items()} == {
        name: asked[name].changes for name in known
    }
    assert sum(result.changes.retagged for result in known.values()) > 0
    assert after.only_retagged(marks, plan.hash) == known, "a preview touches no state"

    refresh(carrying.place, "engine")
    assert after.only_retagged(marks, plan.hash) == {}, "a state that was written is asked about"
