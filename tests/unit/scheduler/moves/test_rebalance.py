"""Moves that pay back: hosts are emptied and switched off while every promise is kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.builders import an_environment
from support.hosted import (
    a_plan_of,
    a_service,
    a_small_pool,
    changed,
    planned,
    recovering,
    server_names,
    standing,
)
from support.random_estates import environments

from cmp.model.base import Fact
from cmp.model.estate import Power
from cmp.model.moves import Basis, MovePlan, StepKind
from cmp.model.policy import Moving, Objective, Policy
from cmp.model.workload import Require, Spread
from cmp.scheduler.moves.observed import Reality, after_steps, hosts_of, reality_of
from cmp.scheduler.moves.rebalance import rebalance

POOL = "bj-a-hygon"


def scattered(*workloads: Any, hosts: dict[str, list[int]], **changes: Any):
    """A Plan, and its servers in bj-a where the test wants them."""
    plan = a_plan_of(*workloads, **changes)
    return plan, standing(plan, POOL, hosts)


def proposal(plan: Any, reality: Reality, max_moves: int | None = None) -> MovePlan:
    return rebalance(plan, reality, max_moves, proposed=()).proposal


def test_scattered_servers_are_brought_together_and_empty_hosts_are_switched_off() -> None:
    plan, reality = scattered(a_service(), hosts={"tax-api": [1, 2, 3, 4]})

    found = proposal(plan, reality)

    after = after_steps(reality, found.steps)
    assert len({each.host for each in after.standings}) == 1
    assert len(after.off[POOL]) == 3
    assert {move.subject for move in found.moves} == {f"host {POOL}/{host}" for host in after.off[POOL]}


def test_a_move_tells_what_it_costs_what_it_gains_and_when_it_breaks_even() -> None:
    plan, reality = scattered(a_service(replicas=2), hosts={"tax-api": [1, 2]}, policy=Policy())

    found = proposal(plan, reality)

    move = next(move for move in found.moves if len(move.steps) == 2)
    assert move.gain == {"facility_watts": 200 * 1.3}
    assert move.weighted_cost == pytest.approx(move.cost.minutes, abs=0.01)
    assert move.break_even_hours == pytest.approx(move.weighted_cost / 260, abs=0.001)
    assert found.before["facility_watts"] - found.after["facility_watts"] == pytest.approx(3 * 260)


def test_a_host_that_is_empty_already_is_switched_off_for_nothing() -> None:
    plan, reality = scattered(a_service(replicas=1), hosts={"tax-api": [1]})

    found = proposal(plan, reality)

    assert [step.kind for step in found.steps] == [StepKind.POWER_OFF] * 3
    assert {move.break_even_hours for move in found.moves} == {0}


def test_never_more_servers_move_than_asked() -> None:
    plan, reality = scattered(a_service(), hosts={"tax-api": [1, 2, 3, 4]})

    assert len(proposal(plan, reality, 2).moves) == 2
    assert proposal(plan, reality, 0).moves == ()


def test_a_spare_host_is_neither_used_nor_switched_off() -> None:
    spare = (a_small_pool(spare_hosts=1), a_small_pool("gy-c-hygon"))
    plan, reality = scattered(a_service(replicas=3), hosts={"tax-api": [1, 2, 3]}, pools=spare)

    steps = proposal(plan, reality).steps

    assert {step.host for step in steps if step.kind is StepKind.POWER_OFF} < {1, 2, 3}
    assert all(step.to != 4 for step in steps)


def test_replicas_that_are_spread_stay_spread() -> None:
    plan, reality = scattered(a_service(spread=Spread.HOST), hosts={"tax-api": [1, 2, 3, 4]})

    found = proposal(plan, reality)

    assert found.moves == ()
    assert found.notes[-1].startswith("nothing pays back")


def test_nothing_is_proposed_that_does_not_earn_its_cost_in_time() -> None:
    slow = Policy(objective=Objective(payback_hours=0.001), moving=Moving(host_link_gbps=Fact(value=0.1)))
    plan, reality = scattered(a_service(), hosts={"tax-api": [1, 2, 3, 4]}, policy=slow)

    found = proposal(plan, reality)

    assert found.moves == ()
    assert "nothing pays back: the best move would take" in found.notes[-1]


def test_hosts_stay_on_for_what_takes_over_before_they_would_start() -> None:
    """The cold side of tax-api needs two whole hosts in gy-c; one of four services stands on each of four."""
    watch = a_service("watch", 4, require=Require(centers=("gy-c",)))
    hasty = recovering(
        a_service("tax-api", 4, 4, require=Require(centers=("bj-a", "gy-c"))), 3, rto_minutes=20
    )
    patient = recovering(hasty, 3, rto_minutes=60)
    slow = Power(idle_watts=200, peak_watts=400, boot_minutes=30)
    pools = (a_small_pool(), a_small_pool("gy-c-hygon", power=slow))
    off = {}

    for name, workload in (("hasty", hasty), ("patient", patient)):
        plan = planned(an_environment(watch, workload, pools=pools))
        reality = standing(plan, "gy-c-hygon", {"watch": [1, 2, 3, 4]})
        steps = [step for step in proposal(plan, reality).steps if step.pool == "gy-c-hygon"]
        off[name] = [step for step in steps if step.kind is StepKind.POWER_OFF]

    assert len(off["hasty"]) == 1
    assert len(off["patient"]) == 3


def test_an_objective_that_is_looser_than_the_grades_lets_nobody_wait_longer() -> None:
    """Grade 6 has to be back after 60 minutes, sooner than a host is that takes 70 to start."""
    slow = Power(idle_watts=200, peak_watts=400, boot_minutes=70)
    pools = tuple(a_small_pool(f"{center}-hygon", power=slow) for center in ("bj-a", "bj-b", "gy-c"))
    loose = recovering(a_service(require=Require()), 6, rto_minutes=90)
    plan = planned(an_environment(loose, pools=pools))

    found = hosts_of(plan, reality_of(plan, server_names))

    assert plan.placements
    assert not [row for hosts in found.values() for row in hosts.rows if row.patient]


def test_servers_that_the_plan_does_not_know_keep_their_pool_as_it_is() -> None:
    plan, reality = scattered(a_service(), hosts={"tax-api": [1, 2, 3, 4]})
    stranger = reality.standings[0].model_copy(update={"workload": "unknown", "server": "stray"})

    found = proposal(plan, replace(reality, standings=(*reality.standings, stranger)))

    assert found.moves == ()
    assert f"{POOL}: stray stands there and not in the Plan; its hosts stay as they are" in found.notes


def test_without_clouds_the_proposal_rests_on_the_packing_and_says_so() -> None:
    plan = a_plan_of(a_service())

    found = proposal(plan, reality_of(plan, server_names))

    assert found.basis is Basis.PLAN
    assert found.notes[0].startswith("no cloud was asked")


@given(hosts=st.lists(st.integers(1, 4), min_size=4, max_size=4))
@settings(max_examples=25, deadline=None)
def test_carrying_a_proposal_out_and_back_restores_every_server(hosts: list[int]) -> None:
    plan, reality = scattered(a_service(), hosts={"tax-api": hosts})

    found = proposal(plan, reality)
    there = after_steps(reality, found.steps)
    home = after_steps(there, found.inverse)

    assert home == reality
    assert all(each.broken() is None for each in hosts_of(plan, there).values())


@given(environment=environments(), data=st.data())
@settings(max_examples=25, deadline=None)
def test_proposals_never_oversell_a_host_nor_break_a_promise(environment, data) -> None:
    powered = tuple(
        pool.model_copy(update={"power": a_small_pool().power}) for pool in environment.estate.pools
    )
    estate = changed(environment.estate, pools=powered)
    plan = planned(changed(environment, estate=estate))
    reality = reality_of(plan, server_names)
    most = data.draw(st.integers(0, 6))

    found = proposal(plan, reality, most)

    kinds = Counter(step.kind for step in found.steps)
    assert max(kinds[StepKind.MIGRATE], len(found.moves)) <= most
    assert all(move.gain_per_hour > 0 for move in found.moves)
    there = hosts_of(plan, after_steps(reality, found.steps))
    for name, hosts in there.items():
        assert all(amount >= 0 for host in range(1, hosts.pool.hosts + 1) for amount in hosts.free(host))
        touched = any(step.pool == name for step in found.steps)
        assert not touched or hosts.broken() is None


def fewest_hosts(sizes: list[int], capacity: int) -> int:
    """Brute force: the fewest hosts that carry servers of these sizes."""
    found = len(sizes)
    for where in product(range(len(sizes)), repeat=len(sizes)):
        loads = Counter[int]()
        for size, host in zip(sizes, where, strict=True):
            loads[host] += size
        if max(loads.values()) <= capacity:
            found = min(found, len(loads))
    return found


@given(servers=st.lists(st.tuples(st.integers(1, 6), st.integers(1, 4)), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_at_most_one_host_more_stays_on_than_brute_force_needs(servers: list[tuple[int, int]]) -> None:
    """Hosts of 8 vCPU; each server is a service of its own."""
    loads = Counter[int]()
    for size, host in servers:
        loads[host] += size
    assume(max(loads.values()) <= 8)
    services = [a_service(f"s{number}", 1, size) for number, (size, _) in enumerate(servers)]
    standing_on = {f"s{number}": [host] for number, (_, host) in enumerate(servers)}
    plan, reality = scattered(*services, hosts=standing_on)

    after = after_steps(reality, proposal(plan, reality).steps)

    least = fewest_hosts([size for size, _ in servers], 8)
    assert least <= 4 - len(after.off[POOL]) <= least + 1
