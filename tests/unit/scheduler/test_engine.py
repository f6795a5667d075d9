"""The engine's promises on random estates: nothing lost, nothing split, nothing oversold, always the same."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.builders import a_component, a_plan, a_pool, a_workload, an_environment, pools
from support.random_estates import environments

from cmp.model.environment import Environment
from cmp.model.estate import Estate
from cmp.model.plan import Origin, Plan
from cmp.model.recovery import Role
from cmp.model.workload import Data, Prefer, Quorum, Require
from cmp.scheduler.decision import Decision
from cmp.scheduler.engine import schedule
from cmp.scheduler.problem.groups import groups_of
from cmp.scheduler.problem.rows import amounts
from cmp.scheduler.survival.proving import prove

searching = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


def plan_of(environment: Environment, decision: Decision, **changes: Any) -> Plan:
    return a_plan(
        environment=environment,
        origin=Origin(engine="test"),
        networks=(),
        placements=decision.placements,
        takeovers=decision.takeovers,
        yields=decision.yields,
        reservations=decision.reservations,
        packings=decision.packings,
        unplaced=decision.unplaced,
        objective=decision.objective,
        **changes,
    )


def reversed_environment(environment: Environment) -> Environment:
    """The same declarations in the opposite order."""
    estate = environment.estate
    turned: dict[str, Any] = {
        name: tuple(reversed(value)) if isinstance(value, tuple) else value
        for name, value in ((name, getattr(estate, name)) for name in Estate.model_fields)
    }
    fields: dict[str, Any] = {name: getattr(environment, name) for name in Environment.model_fields}
    workloads = tuple(reversed(environment.workloads))
    return Environment(**fields | {"estate": Estate(**turned), "workloads": workloads})


@searching
@given(environment=environments())
def test_every_component_is_placed_or_explained_for_every_pool(environment: Environment) -> None:
    decision = schedule(environment)

    placed = {(row.workload, row.component) for row in decision.placements}
    unplaced = {(each.workload, each.component) for each in decision.unplaced}
    declared = {(workload.id, part.id) for workload in environment.workloads for part in workload.components}
    assert placed | unplaced == declared
    assert not placed & unplaced
    for each in decision.unplaced:
        assert [reason.pool for reason in each.reasons] == sorted(environment.estate.pool)
        assert all(reason.message for reason in each.reasons)


@searching
@given(environment=environments())
def test_a_group_is_placed_whole_or_not_at_all(environment: Environment) -> None:
    decision = schedule(environment)

    unplaced = {each.workload for each in decision.unplaced}
    for group in groups_of(environment):
        assert set(group.members) <= unplaced or not set(group.members) & unplaced


@searching
@given(environment=environments())
def test_every_promise_to_what_is_placed_is_kept(environment: Environment) -> None:
    decision = schedule(environment)

    proof = prove(plan_of(environment, decision), environment.failures)

    assert all(failure.stands for failure in proof.failures)
    assert proof.broken == () or decision.unplaced
    assert len(proof.failures) == len(environment.failures)


@searching
@given(environment=environments(), seed=st.integers(0, 3))
def test_the_order_of_declarations_does_not_matter(environment: Environment, seed: int) -> None:
    assert schedule(environment, seed=seed) == schedule(reversed_environment(environment), seed=seed)


@searching
@given(environment=environments())
def test_what_is_placed_stays_when_planned_again(environment: Environment) -> None:
    first = schedule(environment)

    again = schedule(environment, previous=plan_of(environment, first))

    assert again.placements == first.placements
    assert again.objective.parts["move"] == 0


def test_a_component_stays_where_it_is_even_when_it_would_now_go_elsewhere() -> None:
    before = an_environment(
        a_workload(grade=1, components=(a_component(require=Require(centers=("gy-c",))),))
    )
    after = an_environment(a_workload(grade=1))
    plan = plan_of(before, schedule(before))

    (fresh,), (kept,) = schedule(after).placements, schedule(after, previous=plan).placements

    assert fresh.center != "gy-c"
    assert kept == plan.placements[0]


def test_what_stands_keeps_its_room_before_what_is_new() -> None:
    """The new workload is harder to place and would be served first; it must not push the old one out."""
    tight = tuple(a_pool(pool.id, hosts=1, per_host=pools()[0].per_host) for pool in pools())
    here = Require(centers=("bj-a",))
    old = a_workload("old", grade=1, components=(a_component(replicas=4, require=here),))
    new = a_workload("new", grade=1, components=(a_component(replicas=48, require=here),))
    before = an_environment(old, pools=tight)
    plan = plan_of(before, schedule(before))

    decision = schedule(an_environment(old, new, pools=tight), previous=plan)

    assert decision.unplaced == ()
    assert [row for row in decision.placements if row.workload == "old"] == list(plan.placements)


def test_members_of_a_quorum_stay_where_they_stood() -> None:
    quorum = Quorum(members=3, per_center=2, needed=2)
    spread = a_component(replicas=3, quorum=quorum)
    pinned = a_component(replicas=3, quorum=quorum, require=Require(clouds=("bj-b-gov", "gy-c-gov")))
    before = an_environment(a_workload(grade=1, components=(pinned,)))
    after = an_environment(a_workload(grade=1, components=(spread,)))
    plan = plan_of(before, schedule(before))

    kept, fresh = schedule(after, previous=plan), schedule(after)

    assert kept.placements == plan.placements
    assert kept.placements != fresh.placements


def test_what_must_move_is_counted() -> None:
    before = an_environment(
        a_workload(grade=1, components=(a_component(require=Require(centers=("gy-c",))),))
    )
    after = an_environment(a_workload(grade=1, components=(a_component(require=Require(centers=("bj-b",))),)))

    decision = schedule(after, previous=plan_of(before, schedule(before)))

    assert decision.objective.quantities["move"] > 0
    assert decision.objective.parts["move"] > 0


def test_a_preferred_chip_is_taken_while_there_is_room() -> None:
    component = a_component(prefer=Prefer(chips=("kunpeng-920",)))

    decision = schedule(an_environment(a_workload(components=(component,))))

    assert {row.chip for row in decision.placements} == {"kunpeng-920"}
    assert decision.objective.parts["chip_preference"] == 0


def test_a_preferred_location_decides_where_it_runs_not_where_it_is_cold() -> None:
    component = a_component(prefer=Prefer(locations=("guiyang",)))

    rows = {
        row.role: row.center
        for row in schedule(an_environment(a_workload(components=(component,)))).placements
    }

    assert rows[Role.PRIMARY] == "gy-c"
    assert rows[Role.COLD] != "gy-c"


def test_room_is_made_by_moving_what_can_go_elsewhere() -> None:
    """The small one could stand anywhere but comes first; the large one fits one pool only."""
    small = [
        a_workload(f"small-{number}", grade=1, components=(a_component(replicas=4, min_replicas=1),))
        for number in range(4)
    ]
    large = a_workload(
        "z-large", grade=1, components=(a_component(replicas=8, require=Require(centers=("bj-a",))),)
    )
    tight = tuple(
        a_pool(pool.id, hosts=1, per_host=pool.per_host.model_copy(update={"vcpus": 8})) for pool in pools()
    )

    decision = schedule(an_environment(*small, large, pools=tight))

    assert decision.unplaced == ()


def test_a_reservation_is_only_what_runs_not_already() -> None:
    environment = an_environment(a_workload(grade=5, components=(a_component(replicas=4),)))

    decision = schedule(environment)

    warm = next(row for row in decision.placements if row.role is Role.WARM)
    (lost,) = [row for row in decision.reservations if row.failure.startswith("center:")]
    missing = warm.replicas_on_takeover - warm.replicas
    assert lost.pool == warm.pool
    assert lost.vcpus == missing * warm.size.vcpu_milli / 1000


def test_a_copy_is_packed_as_one() -> None:
    environment = an_environment(a_workload(grade=1, components=(a_component(data=Data(gib=300)),)))

    decision = schedule(environment)

    (copy,) = [row for row in decision.placements if row.role is Role.BACKUP]
    assert (copy.size, copy.replicas, copy.image) == (amounts((0, 0, 300), ()), 0, "")
    assert [
        packed.count
        for packing in decision.packings
        for host in packing.hosts
        for packed in host.rows
        if packed.role is Role.BACKUP
    ] == [1]
