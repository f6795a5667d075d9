"""Plays every scenario of tests/scenarios/schedule: given an estate and workloads, expect what is decided.

Every decision is also handed to the independent verifier, which must have nothing to say about it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.builders import a_plan
from support.scenario_estates import environment
from support.scenario_horizons import EXPECTATIONS as OF_HORIZONS
from support.scenario_horizons import foreseen

from cmp.model.environment import Environment
from cmp.model.facts import aged
from cmp.model.plan import Origin, Plan
from cmp.scheduler.engine import schedule
from cmp.scheduler.explain.explaining import Question, explain
from cmp.scheduler.remedies.fixes import Basis, place_workload, with_changes
from cmp.scheduler.survival.proving import asked, prove
from cmp.verifier.checking import check

SCENARIOS = sorted((Path(__file__).parent / "schedule").glob("*.yaml"))
HORIZONS = [path for path in SCENARIOS if "horizon:" in path.read_text(encoding="utf-8")]
NOT_DECIDED_HERE = {"network-missing", "rules-missing"}


def planned(given: Environment, at: datetime | None) -> Plan:
    decision = schedule(given, at=at)
    return a_plan(
        environment=given,
        origin=Origin(engine="test", at=at),
        networks=(),
        placements=decision.placements,
        takeovers=decision.takeovers,
        yields=decision.yields,
        reservations=decision.reservations,
        packings=decision.packings,
        unplaced=decision.unplaced,
        objective=decision.objective,
    )


def shown_placements(plan: Plan) -> list[dict[str, Any]]:
    """The rows as scenarios write them."""
    return [
        {
            "of": f"{row.workload}/{row.component}",
            "role": row.role.value,
            "pool": row.pool,
            "center": row.center,
            "variant": row.variant,
            "replicas": row.replicas,
            "on_takeover": row.replicas_on_takeover,
            "vcpus": row.size.vcpu_milli / 1000,
            "disk_gib": row.size.disk_gib,
        }
        for row in plan.placements
    ]


def expect_placed(plan: Plan, expected: list[dict[str, Any]]) -> None:
    """Each row is found among those placed."""
    rows = shown_placements(plan)
    for row in expected:
        assert any(row.items() <= there.items() for there in rows), f"{row} is not among {rows}"


def expect_everything_placed(plan: Plan, expected: bool) -> None:
    assert (not plan.unplaced) is expected, [each.summary for each in plan.unplaced]


def expect_refused(plan: Plan, expected: list[str]) -> None:
    """These are the summaries of what is not placed."""
    assert [each.summary for each in plan.unplaced] == expected


def expect_refused_with(plan: Plan, expected: dict[str, str]) -> None:
    """These components alone are not placed, and this stands in the summary of each."""
    found = {f"{each.workload}/{each.component}": each.summary for each in plan.unplaced}
    assert found.keys() == expected.keys()
    assert all(words in found[name] for name, words in expected.items()), found


def expect_reasons(plan: Plan, expected: dict[str, dict[str, str]]) -> None:
    """By component and pool, the constraint that refuses it."""
    found = {
        f"{each.workload}/{each.component}": {reason.pool: reason.constraint for reason in each.reasons}
        for each in plan.unplaced
    }
    for component, pools in expected.items():
        assert pools.items() <= found[component].items()


def expect_reserved(plan: Plan, expected: list[dict[str, Any]]) -> None:
    """Exactly these reservations, as far as written: pool, failure, vcpus …"""
    found = [row.model_dump(mode="json") for row in plan.reservations]
    for row in expected:
        assert any(row.items() <= there.items() for there in found), f"{row} is not among {found}"


def expect_most_reserved(plan: Plan, expected: dict[str, float]) -> None:
    """By pool, the largest number of vCPU reserved for any failure."""
    for pool, vcpus in expected.items():
        assert max(row.vcpus for row in plan.reservations if row.pool == pool) == vcpus


def expect_takeovers(plan: Plan, expected: list[dict[str, Any]]) -> None:
    """These takeovers are in the Plan."""
    found = [each.model_dump(mode="json") for each in plan.takeovers]
    for row in expected:
        assert any(row.items() <= there.items() for there in found), f"{row} is not among {found}"


def expect_no_takeover(plan: Plan, expected: list[str]) -> None:
    """These failures move nothing."""
    assert not {each.failure for each in plan.takeovers} & set(expected)


def expect_survives(plan: Plan, expected: dict[str, bool]) -> None:
    """Whether each loss is survived."""
    for lose, survives in expected.items():
        (found,) = prove(plan, asked(plan.environment, lose)).failures
        assert found.survives is survives, found


def expect_not_promised(plan: Plan, expected: dict[str, list[str]]) -> None:
    """Whom each loss hits without a promise."""
    for lose, workloads in expected.items():
        (found,) = prove(plan, asked(plan.environment, lose)).failures
        assert list(found.not_promised) == workloads


def expect_explained(plan: Plan, expected: list[dict[str, Any]]) -> None:
    """Which constraints fail for a side of a component on a pool."""
    for each in expected:
        workload, component = each["of"].split("/")
        question = Question(workload, component, each["pool"])
        found = explain(plan.environment, plan.placements, question, plan.origin.at)
        (view,) = [view for view in found.pools if view.role.value == each["role"]]
        assert [constraint.name for constraint in view.constraints if not constraint.ok] == each["fails"]


def expect_changes(plan: Plan, expected: dict[str, list[str]]) -> None:
    """By workload that is not placed, all that would help, the least effort first."""
    for workload, sentences in expected.items():
        found, _ = place_workload(Basis(plan), workload)
        assert [each.change for each in found] == sentences


def expect_opens(plan: Plan, expected: list[dict[str, Any]]) -> None:
    """For a component and a pool that refuses it, all that would help."""
    for each in expected:
        workload, component = each["of"].split("/")
        question = Question(workload, component, each["pool"])
        found = with_changes(explain(plan.environment, plan.placements, question), Basis(plan))
        assert [change.change for change in found.changes] == each["changes"]


def expect_order(plan: Plan, expected: dict[str, list[str]]) -> None:
    """Who is back after each loss, in order: `rank workload center seconds`."""
    for lose, order in expected.items():
        (found,) = prove(plan, asked(plan.environment, lose)).failures
        assert [
            f"{each.rank} {each.workload} {each.center} {each.seconds} s" for each in found.order
        ] == order


def expect_gives_way(plan: Plan, expected: dict[str, list[str]]) -> None:
    """Who gives way after each loss, as the Plan lists it: `workload/component role pool left`."""
    for lose, rows in expected.items():
        found = [
            f"{each.workload}/{each.component} {each.role.value} {each.pool} {each.replicas}"
            for each in plan.yields
            if each.failure == lose
        ]
        assert found == rows


EXPECTATIONS: dict[str, Callable[[Plan, Any], None]] = {
    "placed": expect_placed,
    "everything_placed": expect_everything_placed,
    "refused": expect_refused,
    "refused_with": expect_refused_with,
    "reasons": expect_reasons,
    "reserved": expect_reserved,
    "most_reserved": expect_most_reserved,
    "takeovers": expect_takeovers,
    "no_takeover": expect_no_takeover,
    "survives": expect_survives,
    "not_promised": expect_not_promised,
    "order": expect_order,
    "gives_way": expect_gives_way,
    "explained": expect_explained,
    "changes": expect_changes,
    "opens": expect_opens,
}


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenario(path: Path) -> None:
    story = yaml.safe_load(path.read_text(encoding="utf-8"))
    when = story["when"]
    given = environment(story.get("given", {}), when["workloads"])
    at = when.get("at")
    if "on" in when:
        given = aged(given, date.fromisoformat(when["on"]))

    plan = planned(given, datetime.fromisoformat(at) if at else None)

    for name, expected in story["expect"].items():
        if name in EXPECTATIONS:
            EXPECTATIONS[name](plan, expected)
    assert [each for each in check(plan) if each.code not in NOT_DECIDED_HERE] == []


@pytest.mark.parametrize("path", HORIZONS, ids=lambda path: path.stem)
def test_horizon_of_a_scenario(path: Path) -> None:
    story = yaml.safe_load(path.read_text(encoding="utf-8"))
    when = story["when"]
    given = environment(story.get("given", {}), when["workloads"])

    _, found = foreseen(given, when["horizon"]["from"], when["horizon"]["length"])

    assert set(story["expect"]) <= {*EXPECTATIONS, *OF_HORIZONS}
    for name, expected in story["expect"].items():
        if name in OF_HORIZONS:
            OF_HORIZONS[name](found, expected)


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) >= 15
