"""Moves between pools: what the engine would do otherwise, kept where it pays back."""

from __future__ import annotations

from typing import Any

import pytest
from support.builders import a_link, a_plan, an_environment
from support.hosted import a_service, a_small_pool, planned, server_names

from cmp.errors import Refused
from cmp.model.estate import Power
from cmp.model.moves import StepKind
from cmp.model.plan import Plan
from cmp.model.policy import Objective, Policy
from cmp.model.workload import Data, Require
from cmp.scheduler.moves.observed import after_steps, reality_of
from cmp.scheduler.moves.rebalance import rebalance
from cmp.scheduler.moves.transfers import changes
from cmp.scheduler.moves.transition import relocation
from cmp.scheduler.survival.proving import prove

HERE = Require(centers=("bj-a",))
OLD = "bj-a-hygon-1"
NEW = "bj-a-hygon-2"


def left_behind(*workloads: Any, **changes: Any) -> Plan:
    """A Plan made when only a pool of 500 W hosts was there; one of 100 W hosts has come since."""
    hungry = a_small_pool(OLD, 2, power=Power(idle_watts=500, peak_watts=600))
    frugal = a_small_pool(NEW, 2, power=Power(idle_watts=100, peak_watts=200))
    then = planned(an_environment(*workloads, pools=(hungry,), **changes))
    now = an_environment(*workloads, pools=(hungry, frugal), **changes)
    fields = ("placements", "takeovers", "reservations", "packings", "unplaced", "objective")
    return a_plan(environment=now, networks=(), **{name: getattr(then, name) for name in fields})


def rebalanced(plan: Plan, max_moves: int | None = None):
    return rebalance(plan, reality_of(plan, server_names), max_moves)


def test_a_side_goes_where_fewer_watts_are_drawn() -> None:
    plan = left_behind(a_service(replicas=2))

    found = rebalanced(plan)

    assert {row.pool for row in found.target.placements} == {NEW}
    assert [step.kind for step in found.proposal.steps] == [StepKind.TRANSFER] * 2
    (move,) = found.proposal.moves
    assert move.subject == f"tax-api/web primary from {OLD} to {NEW}"
    assert move.gain["facility_watts"] == pytest.approx((500 - 100) * 1.3, abs=1)


def test_the_gain_is_the_difference_of_the_two_plans_objectives() -> None:
    plan = left_behind(a_service(replicas=2))

    found = rebalanced(plan)

    parts = {name: plan.objective.parts[name] - value for name, value in found.target.objective.parts.items()}
    del parts["move"]
    (move,) = found.proposal.moves
    assert move.gain_per_hour == pytest.approx(sum(parts.values()), abs=0.01)


def test_a_limit_on_moves_counts_replicas() -> None:
    plan = left_behind(a_service(replicas=3))

    assert rebalanced(plan, 2).target is None
    assert rebalanced(plan, 3).target is not None


def test_nothing_goes_elsewhere_that_does_not_earn_its_way() -> None:
    hasty = Policy(objective=Objective(payback_hours=0.0001))

    found = rebalanced(left_behind(a_service(replicas=2), policy=hasty))

    assert found.target is None
    assert "nothing pays back" in found.proposal.notes[-1]


def test_the_way_back_from_another_pool_restores_every_server() -> None:
    plan = left_behind(a_service(replicas=2))
    reality = reality_of(plan, server_names)

    steps = rebalanced(plan).proposal

    assert after_steps(after_steps(reality, steps.steps), steps.inverse).standings == reality.standings


def test_the_plan_that_transfers_lead_to_survives_what_was_promised() -> None:
    plan = left_behind(a_service(replicas=2), a_service("pensions", replicas=2))

    found = rebalanced(plan)

    assert not prove(found.target, plan.environment.failures).broken


def test_two_sides_that_change_places_need_room_for_both_meanwhile() -> None:
    """Each pool is full with one service; a swap would need a third place, and there is none."""
    one = a_service("one", replicas=4, require=HERE)
    two = a_service("two", replicas=4, require=HERE)
    pools = (a_small_pool(OLD, 1), a_small_pool(NEW, 1))
    plan = planned(an_environment(one, two, pools=pools))
    places = {OLD: NEW, NEW: OLD}
    swapped = tuple(row.model_copy(update={"pool": places[row.pool]}) for row in plan.placements)
    packings = tuple(each.model_copy(update={"pool": places[each.pool]}) for each in plan.packings)
    target = plan.model_copy(update={"placements": swapped, "packings": packings})

    with pytest.raises(Refused, match="wait for each other and there is no third host"):
        relocation(plan, target, reality_of(plan, server_names))


def test_a_swap_of_pools_goes_through_a_spare_host() -> None:
    """As above with one replica each and a spare host in one pool."""
    one = a_service("one", replicas=1, vcpus=8, require=HERE)
    two = a_service("two", replicas=1, vcpus=8, require=HERE)
    pools = (a_small_pool(OLD, 2, spare_hosts=1), a_small_pool(NEW, 1))
    plan = planned(an_environment(one, two, pools=pools))
    places = {OLD: NEW, NEW: OLD}
    swapped = tuple(row.model_copy(update={"pool": places[row.pool]}) for row in plan.placements)
    packings = tuple(each.model_copy(update={"pool": places[each.pool]}) for each in plan.packings)
    target = plan.model_copy(update={"placements": swapped, "packings": packings})

    way = relocation(plan, target, reality_of(plan, server_names))

    assert len(way.steps) == 3
    assert (OLD, 2) in {(step.to_pool or step.pool, step.to) for step in way.steps}


def test_no_road_no_move() -> None:
    data = Data(gib=10)
    service = a_service(replicas=1, data=data, require=Require())
    pools = (a_small_pool("bj-a-hygon"), a_small_pool("gy-c-hygon"))
    linked = planned(an_environment(service, pools=pools))
    plan = linked.model_copy(update={"environment": an_environment(service, pools=pools, links=(a_link(),))})
    away = {"bj-a-hygon": "gy-c-hygon", "gy-c-hygon": "bj-a-hygon"}
    moved = tuple(
        row.model_copy(update={"pool": away[row.pool], "center": away[row.pool][:4]})
        for row in plan.placements
    )

    with pytest.raises(Refused, match="there is no link, or replication fills it"):
        relocation(plan, plan.model_copy(update={"placements": moved}), reality_of(plan, server_names))


def test_changes_are_named_by_what_the_engine_would_do_otherwise() -> None:
    plan = left_behind(a_service(replicas=2))

    found = changes(plan)

    assert found
    assert all(change.workloads == {"tax-api"} and change.promise > 0 for change in found)
