"""The Plan for the time after a loss: what survives stays, standbys run, nothing else is promised less."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.builders import (
    a_component,
    a_per_host,
    a_plan,
    a_pool,
    a_workload,
    an_environment,
    pools,
)
from support.random_estates import environments

from cmp.errors import Invalid, Refused
from cmp.model.environment import Environment
from cmp.model.plan import Plan
from cmp.model.plan_after import Becomes, PlanAfter, SpentKind
from cmp.model.recovery import Failure, Role
from cmp.model.workload import Data, Quorum, Scaling, Yields
from cmp.scheduler.engine import schedule
from cmp.scheduler.horizon.after import Said, plan_after
from cmp.scheduler.survival.proving import prove
from cmp.verifier.after import check_after

OF_NETWORKS = ("network", "rules")
"""Codes about what services add to a Plan."""


def planned(environment: Environment) -> Plan:
    decision = schedule(environment)
    return decision.to_prove(environment, a_plan().origin).sealed()


def after(plan: Plan, *lost: str) -> PlanAfter:
    """The Plan for the time after, sealed as services seal it."""
    found = plan_after(plan, [Failure.parse(each) for each in lost])
    return found.model_copy(update={"plan": found.plan.sealed()}).sealed()


def findings(found: PlanAfter, before: Plan) -> list[str]:
    told = check_after(found, before).findings
    return [str(each) for each in told if not each.code.startswith(OF_NETWORKS)]


def becomes(found: PlanAfter) -> dict[tuple[str, str, str], Becomes]:
    return {(row.workload, row.component, row.pool): row.becomes for row in found.rows}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(environment=environments(), data=st.data())
def test_the_verifier_accepts_what_is_planned_after_any_loss(
    environment: Environment, data: st.DataObject
) -> None:
    plan = planned(environment)
    failures = [str(failure) for failure in environment.failures]
    lost = data.draw(st.lists(st.sampled_from(failures), min_size=1, max_size=2, unique=True))

    try:
        found = after(plan, *lost)
    except Refused as refused:
        assert "left" in str(refused)  # noqa: PT017 - both ends are answers
        return

    assert findings(found, plan) == []
    survived = {row.pool for row in plan.placements} - set(found.plan.environment.closed)
    stays = {
        spot for spot, end in becomes(found).items() if end is not Becomes.ANEW and end is not Becomes.LOST
    }
    assert {pool for _, _, pool in stays} <= survived


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(environment=environments(), data=st.data())
def test_who_was_promised_to_survive_runs_whole(environment: Environment, data: st.DataObject) -> None:
    plan = planned(environment)
    failure = data.draw(st.sampled_from(environment.failures))
    placed = {row.workload for row in plan.placements} - {each.workload for each in plan.unplaced}
    (proof,) = prove(plan, [failure], details=True).failures
    try:
        found = after(plan, str(failure))
    except Refused:
        return

    stopped = {each.workload for each in found.spent if each.kind is SpentKind.RUNS}
    promised = {
        workload.id
        for workload in environment.workloads
        if failure in environment.promised(workload) and workload.id in placed
    }

    assert not (proof.survives and promised & stopped)


def three(**changes: object) -> Plan:
    """One workload at home in bj-a on the usual estate, on hosts with room."""
    return planned(an_environment(a_workload("tax-api", components=(a_component(replicas=4),), **changes)))


def test_a_cold_side_becomes_what_runs_and_a_new_one_is_placed() -> None:
    plan = three(grade=3)
    home = next(row.center for row in plan.placements if row.role is Role.PRIMARY)

    found = after(plan, f"center:{home}")

    primary = [row for row in found.plan.placements if row.role is Role.PRIMARY]
    assert {row.center for row in primary} == {r.center for r in plan.placements if r.role is Role.COLD}
    assert Counter(becomes(found).values()) == {Becomes.LOST: 1, Becomes.TAKES_OVER: 1, Becomes.ANEW: 1}
    assert found.spent == ()
    assert findings(found, plan) == []


def test_the_last_side_of_a_location_survives_nothing_more_of_it() -> None:
    plan = three(grade=6)
    cities = {c.id: c.location for c in plan.environment.estate.centers}
    home = next(row.center for row in plan.placements if row.role is Role.PRIMARY)

    found = after(plan, f"location:{cities[home]}")

    (primary,) = {row.center for row in found.plan.placements if row.role is Role.PRIMARY}
    assert cities[primary] != cities[home]
    kinds = {each.what for each in found.spent if each.kind is SpentKind.FAILURE}
    assert kinds == {"center", "cloud", "location"}
    assert findings(found, plan) == []


def test_a_quorum_goes_on_with_fewer_members_and_says_so() -> None:
    quorum = Quorum(members=5, per_center=2, needed=3)
    node = a_component("node", replicas=5, scaling=Scaling.FIXED, quorum=quorum)
    plan = planned(an_environment(a_workload("ledger", grade=5, components=(node,))))

    found = after(plan, "center:bj-a")

    left = sum(row.replicas for row in found.plan.placements)
    assert left == 5 - sum(row.replicas for row in plan.placements if row.center == "bj-a")
    assert [(e.kind.value, e.what) for e in found.spent if e.kind is SpentKind.SIDE] == [("side", "member")]
    assert findings(found, plan) == []


def test_data_of_which_no_copy_is_left_are_not_started_anew() -> None:
    store = a_component("store", stateful=True, data=Data(gib=10))
    plan = planned(an_environment(a_workload("archive", grade=2, components=(store,))))
    home = next(row.center for row in plan.placements if row.role is Role.PRIMARY)
    copy = next(row.center for row in plan.placements if row.role is Role.BACKUP)

    both, one = after(plan, f"center:{home}", f"center:{copy}"), after(plan, f"center:{home}")

    assert [each.component for each in both.plan.unplaced] == ["store"]
    assert [row.role for row in one.plan.placements if row.role is Role.PRIMARY] == [Role.PRIMARY]
    assert findings(both, plan) == findings(one, plan) == []


def test_a_lost_host_gives_its_replicas_to_the_others_of_its_pool() -> None:
    plan = three(grade=3)
    pool = next(row.pool for row in plan.placements if row.role is Role.PRIMARY)
    packing = next(each for each in plan.packings if each.pool == pool and not each.failure)

    found = after(plan, f"host:{pool}/{packing.hosts[0].host}")

    (then,) = [each for each in found.plan.packings if each.pool == pool and not each.failure]
    assert packing.hosts[0].host not in {host.host for host in then.hosts}
    assert {Becomes.STAYS} == set(becomes(found).values())
    assert findings(found, plan) == []


def test_who_is_preemptible_gives_way_to_who_was_promised_to_go_on() -> None:
    tight = a_per_host(vcpus=16, memory_gib=64, disk_gib=1000)
    few = [a_pool(pool.id, per_host=tight, hosts=2, spare_hosts=0) for pool in pools()]
    big = a_component("web", replicas=4, scaling=Scaling.FIXED)
    batch = a_component("batch", replicas=3, scaling=Scaling.FIXED, yields=Yields.PREEMPTIBLE)
    environment = an_environment(
        *(a_workload(f"tax-{number}", grade=3, components=(big,)) for number in range(4)),
        *(a_workload(f"batch-{number}", grade=1, components=(batch,)) for number in range(4)),
        pools=tuple(few),
    )
    plan = planned(environment)
    home = Counter(row.center for row in plan.placements if row.role is Role.PRIMARY).most_common(1)[0][0]

    found = after(plan, f"center:{home}")

    stopped = {each.workload for each in found.spent if each.kind is SpentKind.RUNS}
    assert not any(name.startswith("tax-") for name in stopped)
    assert findings(found, plan) == []


def test_what_is_lost_is_drained_by_the_word_of_who_says_so() -> None:
    plan = three(grade=3)

    found = plan_after(plan, [Failure.parse("location:beijing")], Said(who="night shift", why="fire"))

    assert [(each.who, each.why) for each in found.plan.environment.cordons] == [("night shift", "fire")] * 2
    assert found.plan.origin.previous == plan.hash


@pytest.mark.parametrize("lost", ["link:bj-a/bj-b", "chip:hygon-7390", "vendor:hygon"])
def test_there_is_no_plan_after_what_takes_no_place(lost: str) -> None:
    with pytest.raises(Invalid, match="no Plan for the time after"):
        plan_after(three(grade=3), [Failure.parse(lost)])


def test_with_everything_lost_nothing_is_left() -> None:
    every = [Failure.parse(f"center:{name}") for name in ("bj-a", "bj-b", "gy-c")]

    with pytest.raises(Refused, match="nothing is left"):
        plan_after(three(grade=3), every)
