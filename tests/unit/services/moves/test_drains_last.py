"""What is drained stays empty, whoever plans, until it is put back; hosts, pools and centers alike."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.field_desk import Desk, a_desk

from cmp.model.journal import Journal, JournalState
from cmp.model.moves import Purpose
from cmp.settings import Layout
from cmp.store import journals, plans

REFUSED = 3
BEGAN = datetime(2026, 12, 1, 9, tzinfo=UTC).isoformat()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """F04, planned and applied: all primaries stand on na-p."""
    desk = a_desk("F04", tmp_path)
    desk.run("plan", "before")
    desk.apply("min")
    return desk


@pytest.fixture
def drained(desk: Desk) -> Desk:
    """The same with na-p drained by an applied Plan."""
    assert desk.run("maintain", "before", "--drain", "pool:na-p", "--why", "new cooling").code == 0
    desk.apply("min-maintain")
    return desk


def _stands_on(desk: Desk, environment: str, *words: object) -> set[str]:
    plan = desk.document("plan", environment, *words).document
    assert plan["unplaced"] == []
    return {row["pool"] for row in plan["placements"]}


@pytest.mark.parametrize("words", [(), ("--fresh",), ("--seed", 7), ("--fresh", "--seed", 7)])
def test_no_way_of_planning_fills_what_is_drained(drained: Desk, words: tuple[object, ...]) -> None:
    assert "na-p" not in _stands_on(drained, "with-one-more", *words)


def test_a_plan_from_before_the_drain_as_start_does_not_fill_it(drained: Desk) -> None:
    assert "na-p" not in _stands_on(drained, "before", "--from", drained.plan("min"))


def test_a_drained_center_stays_empty(desk: Desk) -> None:
    assert desk.run("maintain", "before", "--drain", "center:nb").code == 0
    desk.apply("min-maintain")

    plan = desk.document("plan", "with-one-more", "--fresh").document
    assert {row["center"] for row in plan["placements"]} == {"na", "sc"}


def test_a_second_drain_keeps_the_first(drained: Desk) -> None:
    assert drained.run("maintain", "before", "--drain", "pool:nb-p").code == 0
    drained.apply("min-maintain")

    assert _stands_on(drained, "before", "--fresh") == {"na-q", "sc-p"}


def test_several_drains_at_once_are_planned_together(desk: Desk) -> None:
    both = ("--drain", "pool:na-p", "--drain", "pool:nb-p")

    found = desk.document("maintain", "before", *both)

    assert found.document["subject"] == "pool:na-p, pool:nb-p"
    desk.apply("min-maintain")
    assert _stands_on(desk, "before", "--fresh") == {"na-q", "sc-p"}
    said = desk.run("plan", "before").out
    assert "pool:na-p is drained since" in said
    assert "pool:nb-p is drained since" in said


def test_hosts_and_pools_are_not_drained_at_once(desk: Desk) -> None:
    found = desk.run("maintain", "before", "--drain", "pool:na-p", "--drain", "host:nb-p/1")

    assert found.code == REFUSED
    assert "both at once would mix" in found.refusal


def test_who_when_and_why_are_told_wherever_plans_are(drained: Desk) -> None:
    for words in (("plan", "before"), ("prove", "before"), ("rebalance", "before")):
        said = drained.run(*words).out
        assert "pool:na-p is drained since" in said
        assert "new cooling" in said


def test_pools_that_are_drained_say_so_where_nothing_fits(drained: Desk) -> None:
    said = drained.run("explain", "before", "one", "--pool", "na-p").out

    assert "pool:na-p is drained since" in said


def test_a_plan_made_before_the_drain_is_refused_then(drained: Desk) -> None:
    found = drained.run("prove", "before", "--plan", drained.plan("min"))

    assert found.code == REFUSED
    assert "pool:na-p is drained" in found.refusal


def test_planning_again_gives_the_applied_plan_that_drained(drained: Desk) -> None:
    applied = plans.load(drained.plan("min-maintain"))

    assert drained.document("plan", "before").document["hash"] == applied.hash


def test_what_is_put_back_stands_where_it_stood(drained: Desk) -> None:
    before = plans.load(drained.plan("min"))
    assert drained.run("maintain", "before", "--drain", "pool:na-p", "--back").code == 0
    drained.apply("min-maintain")

    after = plans.load(drained.plan("min-maintain"))
    assert after.environment.cordons == ()
    assert _rows(after) == _rows(before)
    assert "na-p" in _stands_on(drained, "with-one-more", "--fresh")


def test_what_is_not_drained_is_not_put_back(desk: Desk) -> None:
    found = desk.run("maintain", "before", "--drain", "pool:na-p", "--back")

    assert found.code != 0
    assert "was not drained" in found.refusal


def test_a_drain_says_who_switches_empty_hosts_off(desk: Desk) -> None:
    said = desk.run("maintain", "before", "--drain", "pool:na-p").out

    assert "hosts of na-p are switched off by" in said


@pytest.mark.parametrize("host", [1, 2, 3])
def test_a_drained_host_takes_nothing_until_it_is_put_back(desk: Desk, host: int) -> None:
    journal = _journal(desk, f"host:na-p/{host}")
    plan = desk.document("plan", "with-one-more", "--fresh").document
    used = {at["host"] for each in plan["packings"] if each["pool"] == "na-p" for at in each["hosts"]}

    assert used
    assert host not in used
    assert host not in _hosts_in_moves(desk)
    assert desk.run("prove", "with-one-more").code == 0
    journals.save(journal.model_copy(update={"state": JournalState.TAKEN_BACK}), _folder(desk))
    assert desk.document("plan", "with-one-more", "--fresh").document["environment"].get("cordons", []) == []


def test_a_pool_all_of_whose_hosts_are_drained_is_drained(desk: Desk) -> None:
    for host in (1, 2, 3):
        _journal(desk, f"host:na-p/{host}")

    assert "na-p" not in _stands_on(desk, "with-one-more", "--fresh")


def _rows(plan: plans.Plan) -> list[tuple[str, str, str, str, int]]:
    return [(row.workload, row.component, row.role, row.pool, row.replicas) for row in plan.placements]


def _hosts_in_moves(desk: Desk) -> set[int]:
    moves = desk.document("rebalance", "before").document
    there = [(step["to_pool"] or step["pool"], step["to"]) for step in moves["steps"] if step["to"]]
    return {host for pool, host in there if pool == "na-p"}


def _folder(desk: Desk) -> Path:
    return Layout(desk.state).journals


def _journal(desk: Desk, subject: str) -> Journal:
    """The journal that `maintain --apply` leaves of a host that was drained."""
    journal = Journal(
        id=f"maintain-{subject.rpartition('/')[2]}",
        environment="min",
        plan="",
        purpose=Purpose.MAINTAIN,
        subject=subject,
        began=BEGAN,
        state=JournalState.DONE,
        entries=(),
    )
    journals.save(journal, _folder(desk))
    return journal
