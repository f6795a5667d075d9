"""Every promised failure of random estates is played on the Plan, host by host and second by second."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from support.builders import (
    a_component,
    a_per_host,
    a_plan,
    a_pool,
    a_takeover,
    a_workload,
    an_environment,
    pools,
)
from support.random_estates import environments
from support.survival_by_force import play_failure

from cmp.model.environment import Environment
from cmp.model.plan import Placement, Plan
from cmp.model.recovery import Failure, Role
from cmp.model.takeover import TakeoverTimes
from cmp.scheduler.engine import schedule
from cmp.scheduler.survival.proving import prove

WHOLE_SECONDS = TakeoverTimes.model_validate(
    a_takeover().model_dump() | {"restore_mib_per_second": 1024, "starts_at_once": 2}, strict=False
)


def timed(environment: Environment, **changes: Any) -> Plan:
    """The Plan of an environment in which steps take whole seconds."""
    given = environment.model_copy(update={"takeover": WHOLE_SECONDS} | changes)
    decision = schedule(given)
    return a_plan(
        environment=given,
        networks=(),
        placements=decision.placements,
        takeovers=decision.takeovers,
        yields=decision.yields,
        reservations=decision.reservations,
        packings=decision.packings,
        unplaced=decision.unplaced,
        objective=decision.objective,
    )


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(environment=environments())
def test_everything_promised_runs_after_each_failure_and_is_back_when_the_proof_says(
    environment: Environment,
) -> None:
    plan = timed(environment)

    proof = prove(plan, plan.environment.failures, details=True)

    for failure in proof.failures:
        back = play_failure(plan, Failure.parse(failure.lose))
        assert {each.workload: each.seconds for each in failure.order} == back
        assert failure.stands, failure.shortfall
        assert failure.survives or plan.unplaced


def without(plan: Plan, **changes: Any) -> Plan:
    return plan.model_copy(update=changes)


def small() -> Plan:
    """One workload of grade 3 at home in bj-a."""
    tight = a_pool("bj-a-hygon", per_host=a_per_host(vcpus=64))
    return timed(
        an_environment(a_workload(components=(a_component(replicas=4),)), pools=(tight, *pools()[1:]))
    )


def other_counts(row: Placement, count: int) -> Placement:
    return row.model_copy(update={"replicas_on_takeover": count})


def test_the_play_itself_goes_well() -> None:
    plan = small()

    lost = next(row.center for row in plan.placements if row.role is Role.PRIMARY)

    assert play_failure(plan, Failure.parse(f"center:{lost}")) == {"tax-api": 60 + 600 + 30 + 2 * 124 + 60}


LIES = {
    "no packing for what starts": lambda plan: {
        "packings": tuple(each for each in plan.packings if not each.failure)
    },
    "nobody takes over": lambda plan: {"takeovers": ()},
    "a center without a side": lambda plan: {
        "takeovers": tuple(each.model_copy(update={"center": "gy-x"}) for each in plan.takeovers)
    },
    "too little is started": lambda plan: {
        "placements": tuple(
            other_counts(row, 1) if row.role is Role.COLD else row for row in plan.placements
        ),
    },
}


@pytest.mark.parametrize("change", LIES.values(), ids=LIES)
def test_a_play_stops_at_what_would_not_run(change: Any) -> None:
    plan = small()
    lost = next(row.center for row in plan.placements if row.role is Role.PRIMARY)

    with pytest.raises(AssertionError):
        play_failure(without(plan, **change(plan)), Failure.parse(f"center:{lost}"))
