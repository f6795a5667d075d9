"""A change of input moves what must move: measured, since it is a figure."""

from __future__ import annotations

from support.builders import an_environment
from support.hosted import a_service, a_small_pool, planned

from cmp.model.workload import Require
from cmp.scheduler.moves.cordon import cordoned
from cmp.scheduler.moves.stability import answered, small_changes, stability

HERE = Require(centers=("bj-a",))
POOLS = (a_small_pool("bj-a-hygon-1"), a_small_pool("bj-a-hygon-2"), a_small_pool("bj-a-hygon-3"))


def a_plan_of_two():
    services = (a_service("one", require=HERE), a_service("two", require=HERE))
    return planned(an_environment(*services, pools=POOLS))


def test_a_change_that_concerns_nothing_moves_nothing() -> None:
    plan = a_plan_of_two()
    used = {row.pool for row in plan.placements}
    idle = next(pool.id for pool in POOLS if pool.id not in used)

    found = answered(plan, ("an idle pool is gone", cordoned(plan.environment, {idle})))

    assert (found.sides_moved, found.replicas_moved, found.forced) == (0, 0, 0)


def test_what_stands_on_a_pool_that_is_gone_has_to_move() -> None:
    plan = a_plan_of_two()
    lost = plan.placements[0].pool
    standing = sum(row.replicas for row in plan.placements if row.pool == lost)

    found = answered(plan, ("a pool is gone", cordoned(plan.environment, {lost})))

    assert found.forced == standing
    assert found.replicas_moved == standing
    assert found.minutes > 0


def test_everyday_changes_are_each_measured_against_all_rows() -> None:
    plan = a_plan_of_two()

    found = stability(plan)

    assert len(found) == len(list(small_changes(plan.environment))) == 5
    assert {each.rows for each in found} == {len(plan.placements)}
    assert {each.running for each in found} == {8}
    assert all(each.unplaced == 0 for each in found)
