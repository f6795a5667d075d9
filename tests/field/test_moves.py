"""Field cases of moves: what is drained stays empty, and no proposal takes another back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from support.field_desk import Desk, a_desk


@pytest.fixture
def drained(tmp_path: Path) -> Desk:
    """F04, planned, applied and with its best pool drained by an applied Plan."""
    desk = a_desk("F04", tmp_path)
    desk.run("plan", "before")
    desk.apply("min")
    assert desk.run("maintain", "before", "--drain", "pool:na-p").code == 0
    desk.apply("min-maintain")
    return desk


def test_nothing_is_moved_back_to_a_drained_pool(drained: Desk) -> None:
    moves = drained.document("rebalance", "before").document

    assert [step for step in moves["steps"] if step["to_pool"] == "na-p"] == []


def test_nothing_new_is_placed_on_a_drained_pool(drained: Desk) -> None:
    plan = drained.document("plan", "with-one-more").document

    assert plan["unplaced"] == []
    assert [row["workload"] for row in plan["placements"] if row["pool"] == "na-p"] == []


@pytest.fixture
def rebalanced(tmp_path: Path) -> Desk:
    """F07, applied on an estate whose power has changed since."""
    desk = a_desk("F07", tmp_path)
    desk.run("plan", "before")
    desk.apply("min")
    desk.run("plan", "after", "--from", desk.plan("min"))
    desk.apply("min")
    return desk


def test_a_second_rebalance_finds_nothing(rebalanced: Desk) -> None:
    first = rebalanced.document("rebalance", "after").document
    assert first["steps"]
    rebalanced.apply("min-rebalance")

    second = rebalanced.document("rebalance", "after").document

    assert second["steps"] == []


def test_no_server_moves_twice_in_one_proposal(rebalanced: Desk) -> None:
    steps = rebalanced.document("rebalance", "after").document["steps"]

    moved = Counter(step["server"] for step in steps if step["server"])
    assert moved
    assert set(moved.values()) == {1}
