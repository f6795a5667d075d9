"""What somebody needs does not stop for a takeover, nor does a side that takes over itself."""

from __future__ import annotations

from typing import Any

import pytest
from support.builders import (
    a_center,
    a_component,
    a_dependency,
    a_link,
    a_per_host,
    a_plan,
    a_pool,
    a_talk,
    a_workload,
    an_environment,
    needs,
)

from cmp.model.environment import Environment
from cmp.model.estate import CenterRole, Location, Overcommit
from cmp.model.plan import Plan
from cmp.model.recovery import Failure
from cmp.model.workload import Component, Mode, Require, Workload, Yields
from cmp.scheduler.engine import schedule
from cmp.scheduler.problem.preemption import needed_by_others
from cmp.scheduler.survival.proving import prove
from cmp.verifier.checking import check

LOSS = "center:bj-a"


def stopping(name: str = "batch", **changes: Any) -> Workload:
    """Six vCPU in bj-b that a takeover may stop."""
    usual: dict[str, Any] = {"grade": 3, "components": (part(yields=Yields.PREEMPTIBLE),)}
    return a_workload(name, **usual | changes)


def part(name: str = "web", *, centers: tuple[str, ...] = ("bj-b",), **changes: Any) -> Component:
    usual: dict[str, Any] = {"replicas": 3, "needs": needs(2.0), "require": Require(centers=centers)}
    return a_component(name, **usual | changes)


def critical(**changes: Any) -> Workload:
    """It needs four of the eight vCPU of bj-b once bj-a is lost."""
    core = part(centers=("bj-a", "bj-b"), replicas=2)
    return a_workload("critical", **{"grade": 3, "components": (core,)} | changes)


def environment(*workloads: Workload) -> Environment:
    """Two centers of one host of eight vCPU each."""
    host = {"hosts": 1, "per_host": a_per_host(vcpus=8), "overcommit": Overcommit()}
    return an_environment(
        *workloads,
        locations=(Location(id="beijing"),),
        centers=(a_center(), a_center("bj-b", role=CenterRole.SAME_CITY)),
        links=(a_link(synchronous=True),),
        clouds=an_environment().estate.clouds[:2],
        pools=(a_pool("bj-a-hygon", **host), a_pool("bj-b-hygon", **host)),
    )


def planned(*workloads: Workload) -> Plan:
    given = environment(*workloads)
    return schedule(given).to_prove(given, a_plan().origin)


def both(plan: Plan) -> bool:
    return {row.workload for row in plan.placements} >= {"batch", "critical"}


ONE = {"grade": 1}
HARD = (a_dependency("batch"),)
NEEDED: dict[str, tuple[Workload, ...]] = {
    "whom the taker depends hard on": (
        stopping(**ONE),
        critical(depends_on=HARD),
    ),
    "whom somebody else depends hard on": (
        stopping(**ONE),
        critical(),
        a_workload("asking", grade=1, components=(part(centers=("bj-a",), replicas=1),), depends_on=HARD),
    ),
    "whom the taker talks to": (
        stopping(**ONE),
        critical(
            components=(
                part(centers=("bj-a", "bj-b"), replicas=2, talks_to=(a_talk("web", workload="batch"),)),
            )
        ),
    ),
    "whom a component of its own workload talks to": (
        stopping(
            grade=1,
            components=(
                part(yields=Yields.PREEMPTIBLE),
                part("front", replicas=1, needs=needs(0.5), talks_to=(a_talk("web"),)),
            ),
        ),
        critical(),
    ),
    "whom somebody needs through another": (
        stopping(**ONE),
        critical(),
        a_workload("middle", grade=1, components=(part(replicas=1, needs=needs(0.5)),), depends_on=HARD),
        a_workload(
            "asking",
            grade=1,
            components=(part(replicas=1, needs=needs(0.5)),),
            depends_on=(a_dependency("middle"),),
        ),
    ),
}


@pytest.mark.parametrize("workloads", NEEDED.values(), ids=NEEDED)
def test_what_somebody_needs_does_not_stop(workloads: tuple[Workload, ...]) -> None:
    plan = planned(*workloads)

    assert [each for each in plan.yields if each.workload == "batch"] == []
    proof = prove(plan, plan.environment.failures)
    assert all(each.yields == () for each in proof.failures)


@pytest.mark.parametrize("workloads", NEEDED.values(), ids=NEEDED)
def test_the_verifier_rejects_a_plan_in_which_it_stops(workloads: tuple[Workload, ...]) -> None:
    """The same rows where nobody needs it are accepted, where somebody does they are not."""
    ((batch, *_), others) = workloads, workloads[1:]
    free = tuple(
        each.model_copy(
            update={
                "depends_on": (),
                "components": tuple(p.model_copy(update={"talks_to": ()}) for p in each.components),
            }
        )
        for each in (batch, *others)
    )
    plan = planned(*free)
    needy = plan.model_copy(update={"environment": environment(*workloads)}).sealed()

    assert "batch" in {each.workload for each in plan.yields}
    assert "yield-forbidden" in {each.code for each in check(needy)}


def test_what_nobody_needs_stops_as_it_declares() -> None:
    plan = planned(stopping(**ONE), critical())

    assert plan.unplaced == ()
    assert {(each.workload, each.replicas) for each in plan.yields} == {("batch", 0)}


def test_who_goes_on_with_less_is_named_where_it_does() -> None:
    asking = a_workload(
        "asking",
        grade=1,
        components=(part(replicas=1, needs=needs(0.5)),),
        depends_on=(a_dependency("batch", mode=Mode.DEGRADED),),
    )

    plan = planned(stopping(**ONE), critical(), asking)

    (found,) = prove(plan, [Failure.parse(LOSS)]).failures
    assert [each.workload for each in found.yields] == ["batch"]
    assert "asking goes on with less: batch, which it depends on, gives way" in found.notes


def test_who_was_promised_to_survive_and_gives_way_is_named() -> None:
    """It has a cold side in bj-a; when bj-a is lost, its primary stands in the taker's way."""
    placed = planned(stopping(**ONE), critical())
    promising = environment(stopping(), critical())

    plan = placed.model_copy(update={"environment": promising})

    (found,) = prove(plan, [Failure.parse(LOSS)]).failures
    assert "batch was promised to survive this, and gives way all the same, as it declares" in found.notes


@pytest.mark.parametrize("yields", [Yields.PREEMPTIBLE, Yields.ELASTIC])
def test_a_side_that_takes_over_is_not_taken_over_to_nothing(yields: Yields) -> None:
    """Both have to run in bj-b after the loss of bj-a, which has eight vCPU: there is no room for ten."""
    taker = stopping(components=(part(centers=("bj-a", "bj-b"), yields=yields, min_replicas=3),))
    plan = planned(taker, critical(components=(part(centers=("bj-a", "bj-b"), replicas=2),)))

    assert not both(plan)
    assert plan.unplaced


def test_what_is_needed_is_told_apart_by_how_it_is_needed() -> None:
    given = environment(
        stopping("batch"),
        stopping("spare"),
        a_workload(
            "asking",
            components=(part(talks_to=(a_talk("web", workload="spare"),)),),
            depends_on=(a_dependency("batch"), a_dependency("spare", mode=Mode.DEGRADED)),
        ),
    )

    assert needed_by_others(given) == {("batch", "web")}
