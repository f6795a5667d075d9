"""Plays every scenario of tests/scenarios/moves: given hosts and what stands on them, expect what is to move.

Whatever is proposed is carried out and taken back on paper: all must stand where it stood.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.hosted import planned, server_names, standing
from support.scenario_estates import environment

from cmp.errors import Refused
from cmp.model.moves import MovePlan
from cmp.model.plan import Plan
from cmp.scheduler.moves.maintenance import drains_of, maintain
from cmp.scheduler.moves.observed import Reality, after_steps, reality_of
from cmp.scheduler.moves.rebalance import rebalance

SCENARIOS = sorted((Path(__file__).parent / "moves").glob("*.yaml"))


def stands(plan: Plan, given: dict[str, Any]) -> Reality:
    """Servers where the scenario has them, and elsewhere as the Plan packs them; every host there is on."""
    found = reality_of(plan, server_names)
    for pool, hosts in given.get("standing", {}).items():
        listed = standing(plan, pool, hosts)
        others = tuple(each for each in found.standings if each.pool != pool)
        off = {name: each for name, each in found.off.items() if name != pool}
        found = replace(found, standings=(*others, *listed.standings), off=off)
    return found


def proposed(plan: Plan, reality: Reality, when: dict[str, Any]) -> MovePlan:
    if "maintain" in when:
        return maintain(plan, reality, drains_of(plan.environment, when["maintain"].split())).proposal
    return rebalance(plan, reality, when["rebalance"].get("max_moves"), proposed=()).proposal


def expect_steps(before: Reality, found: MovePlan, expected: list[str]) -> None:
    """What is done, in order."""
    assert [step.kind.value for step in found.steps] == expected


def expect_switched_off(before: Reality, found: MovePlan, expected: dict[str, int]) -> None:
    """How many hosts of a pool are off afterwards that were on."""
    after = after_steps(before, found.steps)
    assert {pool: len(after.off[pool]) - len(before.off.get(pool, ())) for pool in expected} == expected


def expect_to(before: Reality, found: MovePlan, expected: list[int]) -> None:
    """The hosts that servers go to."""
    assert sorted({step.to for step in found.steps if step.to}) == expected


def expect_note(before: Reality, found: MovePlan, expected: str) -> None:
    assert expected in found.notes


EXPECTATIONS = {
    "steps": expect_steps,
    "switched_off": expect_switched_off,
    "to": expect_to,
    "note": expect_note,
}


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenario(path: Path) -> None:
    story = yaml.safe_load(path.read_text(encoding="utf-8"))
    given, expected = story["given"], story["expect"]
    plan = planned(environment(given, given["workloads"]))
    reality = stands(plan, given)
    if "refused" in expected:
        with pytest.raises(Refused) as refused:
            proposed(plan, reality, story["when"])
        assert (str(refused.value), refused.value.hint) == (expected["refused"], expected["hint"])
        return

    found = proposed(plan, reality, story["when"])

    for name, value in expected.items():
        EXPECTATIONS[name](reality, found, value)
    there = after_steps(reality, found.steps)
    back = after_steps(there, found.inverse)
    assert set(back.standings) == set(reality.standings)
    assert {pool: off for pool, off in back.off.items() if off} == {
        pool: off for pool, off in reality.off.items() if off
    }
