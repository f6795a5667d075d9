"""`inventories/standby` decides whether hosts that are only reserved are off: pairs differ in their RTO."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.builders import a_plan

from cmp.loaders.loading import load
from cmp.model.environment import Environment
from cmp.model.plan import Plan
from cmp.model.recovery import Failure, FailureKind
from cmp.scheduler.engine import Limits, schedule
from cmp.scheduler.explain.explaining import Question, explain
from cmp.scheduler.survival.proving import prove
from cmp.verifier.checking import check

FOLDER = Path(__file__).parents[3] / "inventories" / "standby"
PAIRS = {"relief-payments": "relief-register", "identity-login": "identity-archive"}
"""Who may not wait, and its twin that may."""
BENCH = {"network-missing", "rules-missing", "rules-undeclared"}
WATTS = "facility_watts"


@pytest.fixture(scope="module")
def environment() -> Environment:
    return load(FOLDER).environment


@pytest.fixture(scope="module")
def plan(environment: Environment) -> Plan:
    return planned(environment)


def planned(environment: Environment) -> Plan:
    return schedule(environment, limits=Limits(250)).to_prove(environment, a_plan().origin).sealed()


def with_rto(environment: Environment, name: str, minutes: float) -> Environment:
    """One workload with another objective."""
    return environment.changed(
        workloads=tuple(
            each.model_copy(
                update={"recovery": each.recovery.model_copy(update={"rto_minutes": minutes})}
                if each.id == name
                else {}
            )
            for each in environment.workloads
        )
    )


def only_reserved(plan: Plan, name: str) -> set[tuple[str, int]]:
    """Hosts on which a takeover of a workload grows and nothing stands in normal time."""
    on = {(each.pool, host.host) for each in plan.packings if not each.failure for host in each.hosts}
    return {
        (each.pool, host.host)
        for each in plan.packings
        if each.failure
        for host in each.hosts
        if any(row.workload == name for row in host.rows)
    } - on


def findings(plan: Plan) -> set[str]:
    return {each.code for each in check(plan)} - BENCH


def test_nothing_is_wrong_with_its_plan(plan: Plan) -> None:
    assert plan.unplaced == ()
    assert findings(plan) == set()


@pytest.mark.parametrize("hasty", PAIRS)
def test_a_shorter_objective_keeps_hosts_on_and_costs_their_watts(
    environment: Environment, hasty: str
) -> None:
    pair = environment.workload[hasty], environment.workload[PAIRS[hasty]]
    alone = environment.changed(workloads=pair)
    minutes = pair[1].recovery.rto_minutes
    assert minutes is not None

    kept_on, off = planned(alone), planned(with_rto(alone, hasty, minutes))

    assert only_reserved(kept_on, hasty) or kept_on.placements != off.placements
    assert off.objective.parts[WATTS] < kept_on.objective.parts[WATTS] - 100


@pytest.mark.parametrize("patient", PAIRS.values())
def test_who_may_wait_reserves_hosts_that_are_off(plan: Plan, patient: str) -> None:
    assert only_reserved(plan, patient)


@pytest.mark.parametrize(("name", "boots"), [("relief-register", 600), ("relief-payments", 0)])
def test_the_proof_says_who_waits_for_hosts_to_start(plan: Plan, name: str, boots: int) -> None:
    home = next(row.center for row in plan.placements if row.workload == name and row.role == "primary")

    (found,) = prove(plan, [Failure(FailureKind.CENTER, home)]).failures

    (turn,) = [each for each in found.order if each.workload == name]
    assert turn.ok
    assert turn.steps.get("boot", 0) == boots


@pytest.mark.parametrize("name", ["relief-register", "relief-payments"])
def test_an_explanation_counts_the_hosts_that_a_takeover_keeps_on(
    environment: Environment, name: str
) -> None:
    alone = environment.changed(workloads=(environment.workload[name],))
    decision = schedule(alone, limits=Limits(250))

    found = explain(alone, decision.placements, Question(name))

    assert found.causes[WATTS] == pytest.approx(decision.objective.parts[WATTS], abs=0.01)


def test_a_plan_that_does_not_count_hosts_that_have_to_be_on_is_found(plan: Plan) -> None:
    told = plan.objective.parts
    less = {**told, WATTS: told[WATTS] - 202.5}
    cheaper = plan.objective.model_copy(update={"parts": less, "total": round(sum(less.values()), 3)})

    assert findings(plan.model_copy(update={"objective": cheaper, "hash": ""}).sealed()) == {"power"}
