"""A workload that finds no place is told whose room it lacks, and that is true."""

from __future__ import annotations

from support.builders import a_component, a_per_host, a_plan, a_pool, a_workload, an_environment, needs

from cmp.model.environment import Environment
from cmp.model.estate import Overcommit, Pool
from cmp.model.plan import Plan
from cmp.model.workload import Require, Workload
from cmp.scheduler.engine import schedule
from cmp.scheduler.remedies.blockers import in_the_way
from cmp.scheduler.remedies.fixes import Basis


def decided(environment: Environment, previous: Plan | None = None) -> Plan:
    decision = schedule(environment, previous=previous)
    return a_plan(
        environment=environment,
        networks=(),
        placements=decision.placements,
        takeovers=decision.takeovers,
        reservations=decision.reservations,
        packings=decision.packings,
        unplaced=decision.unplaced,
    )


def small(name: str, hosts: int = 1) -> Pool:
    return a_pool(name, hosts=hosts, per_host=a_per_host(vcpus=8), overcommit=Overcommit())


def a_big(name: str, grade: int, *centers: str) -> Workload:
    component = a_component(replicas=1, needs=needs(6.0), require=Require(centers=centers))
    return a_workload(name, grade=grade, components=(component,))


def test_a_takeover_that_would_not_fit_any_more_is_named_with_its_failure() -> None:
    welfare = a_big("welfare", 3)
    estate = (small("bj-a-hygon"), small("bj-b-hygon"))
    before = decided(an_environment(welfare, pools=estate))
    (cold,) = (row for row in before.placements if row.role == "cold")
    newcomer = a_big("newcomer", 1, cold.center)
    after = decided(an_environment(welfare, newcomer, pools=estate), before)
    assert {each.workload for each in after.unplaced} == {"newcomer"}

    (found,) = in_the_way(Basis(after, before), "newcomer")

    home = next(row.center for row in before.placements if row.role == "primary")
    assert (found.workload, found.promise, found.pools) == ("welfare", True, (cold.pool,))
    assert f"center:{home}" in found.failures
    assert found.sentence.startswith(f"newcomer would take room on {cold.pool} that welfare needs after")


def test_room_that_is_taken_in_normal_time_is_no_promise() -> None:
    welfare, newcomer = a_big("welfare", 1), a_big("newcomer", 1)
    estate = (small("bj-a-hygon"),)
    before = decided(an_environment(welfare, pools=estate))
    after = decided(an_environment(welfare, newcomer, pools=estate), before)

    (found,) = in_the_way(Basis(after, before), "newcomer")

    assert (found.workload, found.promise) == ("welfare", False)
    assert found.sentence == "welfare takes the room on bj-a-hygon that newcomer lacks"


def test_several_that_have_to_go_together_are_named_together() -> None:
    halves = tuple(
        a_workload(name, grade=1, components=(a_component(replicas=1, needs=needs(4.0)),))
        for name in ("one", "two")
    )
    newcomer = a_workload("newcomer", grade=1, components=(a_component(replicas=1, needs=needs(8.0)),))
    estate = (small("bj-a-hygon"),)
    before = decided(an_environment(*halves, pools=estate))
    after = decided(an_environment(*halves, newcomer, pools=estate), before)

    found = in_the_way(Basis(after, before), "newcomer")

    assert [(each.workload, each.together) for each in found] == [("one", True), ("two", True)]


def test_nobody_is_blamed_for_what_fits_nowhere() -> None:
    huge = a_workload("huge", grade=1, components=(a_component(replicas=1, needs=needs(9.0)),))
    given = decided(an_environment(a_big("welfare", 1), huge, pools=(small("bj-a-hygon"),)))

    assert in_the_way(Basis(given), "huge") == ()
