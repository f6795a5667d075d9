"""A program that is given its part of a Plan asks for exactly what it would of the whole one."""

from __future__ import annotations

from functools import partial

import pytest
from support.simulated import Recorded, run
from support.small_plan import a_small_plan

from cmp.clouds.binding import Files
from cmp.model.plan import HostPacking, Packed, Packing, Plan
from stacks.names import Project
from stacks.programs.foundation import foundation
from stacks.programs.part import part_of
from stacks.programs.rows import centers_of, places_of, rows_in
from stacks.programs.workloads import workloads


@pytest.fixture
def packed() -> Plan:
    """A Plan that says of each server on which host it stands, in normal time and after a failure."""
    plan = a_small_plan()
    packings = [
        Packing(pool=pool, failure=failure, hosts=_hosts(plan, pool, first), any_order=True)
        for pool in sorted({row.pool for row in plan.placements})
        for failure, first in (("", 1), ("center:bj-b", 5))
    ]
    return plan.changed(packings=tuple(packings)).sealed()


def _hosts(plan: Plan, pool: str, first: int) -> tuple[HostPacking, ...]:
    """One row of a pool on each host, all of its replicas there."""
    there = [row for row in plan.placements if row.pool == pool and row.replicas]
    return tuple(
        HostPacking(
            host=number,
            rows=(Packed(workload=row.workload, component=row.component, role=row.role, count=row.replicas),),
        )
        for number, row in enumerate(there, start=first)
    )


def asked(plan: Plan, center: str, *, whole: bool) -> tuple[Recorded, Recorded]:
    """What the foundation and the workloads of a center declare."""
    given = {project: plan if whole else part_of(plan, project, center) for project in Project}
    ground = run(partial(foundation, given[Project.FOUNDATION], center, Files()))
    program = partial(workloads, given[Project.WORKLOADS], center, Files())
    return ground, run(program, ground=ground.outputs, project="tricenter-workloads")


@pytest.mark.parametrize("center", ["bj-a", "bj-b", "gy-c"])
def test_a_part_asks_for_what_the_whole_plan_asks_for(packed: Plan, center: str) -> None:
    for whole, part in zip(
        asked(packed, center, whole=True), asked(packed, center, whole=False), strict=True
    ):
        assert part.resources == whole.resources
        assert part.waits_for == whole.waits_for
        assert part.outputs == whole.outputs


def test_the_plan_of_that_comparison_has_everything_that_programs_read(packed: Plan) -> None:
    rows = [row for center in centers_of(packed) for row in rows_in(packed, center)]

    assert set(centers_of(packed)) == {"bj-a", "bj-b", "gy-c"}
    assert rows
    assert all(places_of(packed, row) for row in rows)
    assert any(packed.environment.init_files.values())
