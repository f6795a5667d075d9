"""What stands nowhere keeps no promise, nor does who depends hard on it; nobody else is blamed for it."""

from __future__ import annotations

from support.builders import a_component, a_dependency, a_placement, a_plan, a_workload, an_environment

from cmp.model.plan import Plan
from cmp.model.recovery import Role
from cmp.model.workload import Mode, Workload
from cmp.scheduler.survival.proving import asked, prove

PLACED = (a_placement(), a_placement("gy-c-hygon", role=Role.COLD, replicas=0))
"""The sides of `tax-api`, which promises to survive the loss of a center."""


def a_plan_with(*workloads: Workload) -> Plan:
    """Only `tax-api` stands; whoever else there is stands nowhere."""
    return a_plan(environment=an_environment(*workloads), placements=PLACED, networks=())


def shortfall(plan: Plan, lose: str = "center:bj-a") -> tuple[str, ...]:
    (found,) = prove(plan, asked(plan.environment, lose)).failures
    assert found.survives is (not found.shortfall)
    assert found.stands
    return found.shortfall


def test_a_promised_workload_that_stands_nowhere_falls_short_of_every_failure() -> None:
    plan = a_plan_with(a_workload(), a_workload("lost"))

    assert shortfall(plan) == ("lost: stands nowhere",)
    assert shortfall(plan, "center:gy-c") == ("lost: stands nowhere",)
    assert len(prove(plan, plan.environment.failures).broken) > 1


def test_a_component_that_stands_nowhere_is_named() -> None:
    two = a_workload(components=(a_component(), a_component("store")))

    assert shortfall(a_plan_with(two)) == ("tax-api: store stands nowhere",)


def test_who_depends_hard_on_it_falls_short_too_however_far_away() -> None:
    chain = (
        a_workload(depends_on=(a_dependency("middle"),)),
        a_workload("middle", depends_on=(a_dependency("lost"),)),
        a_workload("lost", grade=1),
    )

    assert shortfall(a_plan_with(*chain)) == (
        "middle: stands nowhere",
        "tax-api: depends on middle, which does not run",
    )


def test_who_does_without_it_for_a_while_is_not_blamed() -> None:
    plan = a_plan_with(
        a_workload(depends_on=(a_dependency("lost", mode=Mode.DEGRADED),)), a_workload("lost", grade=1)
    )

    assert shortfall(plan) == ()


def test_nobody_is_blamed_for_what_was_not_promised() -> None:
    assert shortfall(a_plan_with(a_workload(), a_workload("lost", grade=1))) == ()


def test_what_falls_short_for_want_of_a_place_is_counted_by_itself() -> None:
    plan = a_plan_with(a_workload(), a_workload("lost"))

    (found,) = prove(plan, asked(plan.environment, "center:bj-a")).failures

    assert (found.counts.shortfall, found.counts.absent, found.counts.promised) == (1, 1, 2)


def test_a_failure_that_nobody_was_promised_to_survive_asks_nothing() -> None:
    plan = a_plan_with(a_workload(grade=1))

    proof = prove(plan, asked(plan.environment, "center:bj-a"))

    (found,) = proof.failures
    assert found.asks_nothing
    assert found.not_promised == ("tax-api",)
    assert proof.kept == ()
    assert proof.broken == ()
