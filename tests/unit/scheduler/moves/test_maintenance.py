"""Maintenance: hosts, pools and centers are freed with every promise kept, and filled again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import an_environment
from support.hosted import (
    a_plan_of,
    a_service,
    a_small_pool,
    planned,
    recovering,
    server_names,
    standing,
)
from support.random_estates import environments

from cmp.errors import Invalid, Refused
from cmp.model.cordon import DrainKind
from cmp.model.moves import StepKind
from cmp.model.recovery import Role
from cmp.model.workload import Data, Require
from cmp.scheduler.moves.drains import Drain
from cmp.scheduler.moves.maintenance import drain_of, maintain
from cmp.scheduler.moves.observed import after_steps, hosts_of, reality_of
from cmp.scheduler.objective.migration_cost import roads_of
from cmp.scheduler.objective.plan_diff import shifts
from cmp.scheduler.survival.proving import prove

POOL = "bj-a-hygon"
BOTH = Require(centers=("bj-a", "gy-c"))


def drained(plan: Any, reality: Any, text: str):
    return maintain(plan, reality, [drain_of(plan.environment, text)]).proposal


def test_a_drained_host_is_empty_and_then_switched_off() -> None:
    plan = a_plan_of(a_service())
    reality = standing(plan, POOL, {"tax-api": [1, 2, 3, 4]})

    found = drained(plan, reality, f"host:{POOL}/2")

    assert [step.kind for step in found.steps] == [StepKind.MIGRATE, StepKind.POWER_OFF]
    assert found.steps[0].server == f"tax-api-web-primary-{POOL}-2"
    assert all(each.host != 2 for each in after_steps(reality, found.steps).standings)


def test_what_was_drained_comes_back() -> None:
    plan = a_plan_of(a_service())
    reality = standing(plan, POOL, {"tax-api": [1, 2, 2, 4]})

    found = drained(plan, reality, f"host:{POOL}/2")

    assert after_steps(after_steps(reality, found.steps), found.inverse) == reality


def test_a_spare_host_stands_in_for_one_that_is_drained() -> None:
    full = (a_small_pool(hosts=3, spare_hosts=1), a_small_pool("gy-c-hygon"))
    plan = a_plan_of(a_service(replicas=8), pools=full)
    reality = standing(plan, POOL, {"tax-api": [1, 1, 1, 1, 2, 2, 2, 2]})

    found = drained(plan, reality, f"host:{POOL}/1")

    assert {step.to for step in found.steps if step.kind is StepKind.MIGRATE} == {3}


def test_a_host_that_is_off_is_started_where_it_is_needed() -> None:
    plan = a_plan_of(a_service(replicas=8), pools=(a_small_pool(hosts=3), a_small_pool("gy-c-hygon")))
    reality = standing(plan, POOL, {"tax-api": [1, 1, 1, 1, 2, 2, 2, 2]}, **{POOL: [3]})

    found = drained(plan, reality, f"host:{POOL}/1")

    assert (found.steps[0].kind, found.steps[0].host) == (StepKind.POWER_ON, 3)
    assert found.steps[0].seconds == 600
    assert (found.inverse[-1].kind, found.inverse[-1].host) == (StepKind.POWER_OFF, 3)


def test_a_host_that_others_have_no_room_for_is_refused_with_what_would_help() -> None:
    plan = a_plan_of(a_service(replicas=8), pools=(a_small_pool(hosts=2), a_small_pool("gy-c-hygon")))
    reality = standing(plan, POOL, {"tax-api": [1, 1, 1, 1, 2, 2, 2, 2]})

    with pytest.raises(Refused) as refused:
        drained(plan, reality, f"host:{POOL}/1")

    assert str(refused.value).startswith(f"host {POOL}/1 cannot be drained: ")
    assert refused.value.hint == f"with 1 more host in {POOL} it could be"


def test_a_promise_that_a_drained_host_would_break_is_named() -> None:
    """Both hosts of the other center are reserved for tax-api after the loss of its home."""
    service = recovering(a_service(replicas=4, vcpus=4, require=BOTH), 3)
    pools = (a_small_pool(hosts=2), a_small_pool("gy-c-hygon", hosts=2))
    plan = planned(an_environment(service, pools=pools))
    away = next(row.pool for row in plan.placements if row.role is Role.COLD)
    home = next(row.center for row in plan.placements if row.role is Role.PRIMARY)

    with pytest.raises(Refused) as refused:
        drained(plan, reality_of(plan, server_names), f"host:{away}/1")

    assert f"would have no room after center:{home} for tax-api/web cold" in str(refused.value)


def two_pools(**changes: Any):
    """tax-api in bj-a, which has a second pool of the same chip."""
    pools = (a_small_pool(), a_small_pool("bj-a-hygon-2"), a_small_pool("gy-c-hygon"))
    return planned(an_environment(a_service(**changes), pools=pools))


def test_a_drained_pool_is_left_for_another_and_filled_again() -> None:
    plan = two_pools()
    reality = reality_of(plan, server_names)
    (home,) = {row.pool for row in plan.placements}

    found = drained(plan, reality, f"pool:{home}")

    moves = [step for step in found.steps if step.kind is StepKind.TRANSFER]
    assert len(moves) == 4
    assert all(step.pool == home != step.to_pool for step in moves)
    assert after_steps(after_steps(reality, found.steps), found.inverse).standings == reality.standings


def test_a_drained_pool_leads_to_a_plan_that_survives_as_much() -> None:
    service = recovering(a_service(replicas=2, require=BOTH, data=Data(gib=10)), 3)
    pools = (a_small_pool(), a_small_pool("bj-a-hygon-2"), a_small_pool("gy-c-hygon"))
    plan = planned(an_environment(service, pools=pools))
    home = next(row.pool for row in plan.placements if row.role is Role.PRIMARY)

    made = maintain(plan, reality_of(plan, server_names), [Drain(DrainKind.POOL, home)])

    assert all(row.pool != home for row in made.target.placements)
    assert not prove(made.target, plan.environment.failures).broken


def test_a_center_that_a_promise_needs_cannot_be_drained() -> None:
    plan = planned(an_environment(recovering(a_service(replicas=2, require=BOTH), 3)))

    with pytest.raises(Refused, match=r"what is promised to tax-api \(grade 3\) would break"):
        drained(plan, reality_of(plan, server_names), "center:bj-a")


def test_a_center_is_drained_where_others_keep_every_promise() -> None:
    free = Require(centers=("bj-a", "bj-b", "gy-c"))
    plan = planned(an_environment(recovering(a_service(replicas=2, require=free), 3)))
    home = next(row.center for row in plan.placements if row.role is Role.PRIMARY)

    made = maintain(plan, reality_of(plan, server_names), [Drain(DrainKind.CENTER, home)])

    assert home not in {row.center for row in made.target.placements}
    assert not prove(made.target, plan.environment.failures).broken


@pytest.mark.parametrize(
    "text", ["host:bj-a-hygon", "host:bj-a-hygon/9", "pool:x", "center:x", "bj-a", "rack:1"]
)
def test_what_names_nothing_is_invalid(text: str) -> None:
    with pytest.raises(Invalid):
        drain_of(an_environment(), text)


@given(environment=environments(), data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_drain_keeps_every_promise_or_is_refused(environment, data) -> None:
    plan = planned(environment)
    reality = reality_of(plan, server_names)
    pool = data.draw(st.sampled_from(environment.estate.pools))
    host = data.draw(st.integers(1, pool.hosts))
    try:
        found = maintain(plan, reality, [Drain(DrainKind.HOST, pool.id, host)]).proposal
    except Refused:
        return

    there = after_steps(reality, found.steps)
    assert all(each.host != host for each in there.standings if each.pool == pool.id)
    hosts = hosts_of(plan, there).get(pool.id)
    if hosts is not None:
        every = replace(hosts, allowed=frozenset(range(1, pool.hosts + 1)) - {host})
        assert every.broken() is None
        assert all(amount >= 0 for each in range(1, pool.hosts + 1) for amount in every.free(each))
    back = after_steps(there, found.inverse)
    assert back.standings == reality.standings


@given(environment=environments(), data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_pool_is_drained_with_every_promise_kept_or_refused(environment, data) -> None:
    plan = planned(environment)
    pool = data.draw(st.sampled_from(environment.estate.pools))
    reality = reality_of(plan, server_names)
    try:
        made = maintain(plan, reality, [Drain(DrainKind.POOL, pool.id)])
    except Refused:
        return

    assert all(row.pool != pool.id for row in made.target.placements)
    assert all(each.stands for each in prove(made.target, environment.failures).failures)
    assert {each.workload for each in made.target.unplaced} <= {each.workload for each in plan.unplaced}
    moved = shifts(
        plan.placements, made.target.placements, environment, roads_of(environment, plan.placements)
    )
    transfers = [step for step in made.proposal.steps if step.kind is StepKind.TRANSFER]
    arrived = [step for step in transfers if step.server is not None and step.to_pool is not None]
    assert sum(shift.replicas for shift in moved) == len(arrived)
