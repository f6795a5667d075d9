"""Field cases of the proof: it never says yes for what stands nowhere, gives way, is stale or is cut off."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.field_desk import Desk, a_desk

YES = "every promise holds"
INVALID, REFUSED = 2, 3


@pytest.fixture
def unplaced(tmp_path: Path) -> Desk:
    """F01, planned: its only workload stands nowhere."""
    desk = a_desk("F01", tmp_path)
    assert desk.run("plan").code == REFUSED
    return desk


@pytest.mark.parametrize("words", [(), ("--lose", "center:na")], ids=["all", "one"])
def test_what_stands_nowhere_is_no_kept_promise(unplaced: Desk, words: tuple[str, ...]) -> None:
    found = unplaced.run("prove", ".", *words)

    assert found.code == REFUSED
    assert "shop" in found.out
    assert YES not in found.out


def test_a_kept_plan_is_proved_with_what_it_could_not_place(unplaced: Desk) -> None:
    found = unplaced.run("prove", ".", "--plan", unplaced.plan("rto"))

    assert found.code == REFUSED
    assert "shop" in found.out
    assert YES not in found.out


def test_what_somebody_needs_does_not_give_way(tmp_path: Path) -> None:
    desk = a_desk("F02", tmp_path)

    plan = desk.document("plan").document
    proof = desk.document("prove", ".", "--lose", "center:na").document

    (lost,) = proof["failures"]
    assert [row for row in plan["yields"] if row["workload"] == "cache"] == []
    assert [row for row in lost["yields"] if row["workload"] == "cache"] == []


def test_a_plan_of_other_files_is_not_proved(tmp_path: Path) -> None:
    desk = a_desk("F08", tmp_path)
    desk.run("plan", "old")
    shutil.copytree(desk.folder("new"), desk.folder("old"), dirs_exist_ok=True)

    found = desk.run("prove", "old", "--plan", desk.plan("stale"))

    assert found.code == REFUSED
    assert "stale" in found.refusal
    assert YES not in found.out


def test_no_plan_starts_from_one_of_another_environment(tmp_path: Path) -> None:
    other = a_desk("F01", tmp_path / "other")
    other.run("plan")
    desk = a_desk("F08", tmp_path)

    found = desk.run("plan", "old", "--from", other.plan("rto"))

    assert found.code in {INVALID, REFUSED}
    assert "rto" in found.refusal
    assert "stale" in found.refusal


@pytest.fixture
def unlinked(tmp_path: Path) -> Desk:
    """F09, planned: of its two workloads, which promise to survive nothing, one stands nowhere."""
    desk = a_desk("F09", tmp_path)
    assert desk.run("plan").code == REFUSED
    return desk


def test_centers_without_a_link_carry_no_dependency(unlinked: Desk) -> None:
    found = unlinked.run("explain", ".", "shop")

    assert "no link" in found.out
    assert YES not in unlinked.run("prove").out


def test_a_lost_link_is_named_with_whom_it_cuts_off(tmp_path: Path) -> None:
    desk = a_desk("F09", tmp_path)
    workloads = desk.folder(".") / "workloads.yaml"
    text = workloads.read_text(encoding="utf-8")
    workloads.write_text(text.replace("centers: [sc]", "centers: [nb]"), encoding="utf-8")
    assert desk.run("plan").code == 0

    found = desk.document("prove", ".", "--lose", "link:na/nb").document

    (lost,) = found["failures"]
    assert lost["survives"] is False
    assert "shop to cache from nb to na has no link" in " ".join(lost["shortfall"])


def test_drain_and_proof_judge_a_spread_pair_alike(tmp_path: Path) -> None:
    desk = a_desk("F11", tmp_path)
    desk.run("plan")
    desk.apply("spread")

    proof = desk.document("prove", ".", "--lose", "host:sc-p/1").document
    drain = desk.run("maintain", ".", "--drain", "host:sc-p/1")

    (lost,) = proof["failures"]
    assert lost["survives"] is (drain.code == 0)
    assert "spread" in drain.said
    assert "spread" in " ".join((*lost["shortfall"], *lost["notes"]))


def test_a_loss_that_hits_only_what_was_promised_nothing_is_no_kept_promise(tmp_path: Path) -> None:
    desk = a_desk("F17", tmp_path)
    assert desk.run("plan").code == 0

    found = desk.run("prove", ".", "--lose", "location:north")

    assert YES not in found.out
    assert " yes " not in found.out
    assert "shop" in found.out
