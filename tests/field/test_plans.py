"""Field cases of planning: what is placed can stand there, and what is refused is refused for its reason."""

from __future__ import annotations

import re
from pathlib import Path
from time import process_time

import pytest
from support.field_desk import Desk, a_desk

INVALID, REFUSED = 2, 3
PEAK = ("2027-05-20T07:00", "2027-05-20T09:00", "2027-05-20T13:00")
"""A Thursday before, in and after the hours of most demand."""


@pytest.mark.parametrize("environment", ["rto9", "rto12", "rto20"])
def test_a_recovery_time_is_met_where_a_shorter_one_is(environment: str, tmp_path: Path) -> None:
    found = a_desk("F03", tmp_path).run("plan", environment, "--fresh")

    assert found.code == 0


def test_servers_in_the_way_of_another_are_named(tmp_path: Path) -> None:
    desk = a_desk("F05", tmp_path)
    for environment in ("frag0", "frag2"):
        desk.run("plan", environment)
        desk.apply("frag")

    found = desk.run("plan", "frag1")

    moved = re.search(r"\bt[12]-x-primary-na-p-1\b", found.out)
    refused = found.code == REFUSED and re.search(r"\bna-p/[12]\b", found.out)
    assert moved or refused


def test_after_the_peak_all_stands_as_before_it(tmp_path: Path) -> None:
    desk = a_desk("F06", tmp_path)
    before, at, after = (_pools_at(desk, moment) for moment in PEAK)

    assert at != before
    assert after == before


def test_what_fits_nowhere_is_refused_host_by_host(tmp_path: Path) -> None:
    desk = a_desk("F10", tmp_path)
    assert desk.run("plan").code == REFUSED

    found = desk.run("explain", ".", "there")

    assert "2 of 2 pools fit" not in found.out
    assert "sc-p/1" in found.out
    assert "sc-p/2" in found.out


def test_a_quiet_weekend_runs_the_fewest_replicas(tmp_path: Path) -> None:
    plan = a_desk("F12", tmp_path).document("plan", ".", "--at", "2027-05-22T12:00").document

    (primary,) = [row for row in plan["placements"] if row["role"] == "primary"]
    assert primary["replicas"] == 3


def test_sizes_below_the_grain_are_not_nothing(tmp_path: Path) -> None:
    found = a_desk("F13", tmp_path).run("plan")

    assert found.code in {INVALID, REFUSED}


@pytest.mark.parametrize(
    ("environment", "place", "words"),
    [("overcommit", "estate.yaml", ()), ("lead-days", "policy.yaml", ("--horizon", "1y"))],
)
def test_figures_no_estate_has_get_a_sentence(
    environment: str, place: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    found = a_desk("F14", tmp_path).run("plan", environment, *words)

    assert found.code == INVALID
    assert re.search(rf"\b{place}:\d+:\d+: ", found.err)


def test_a_quorum_wider_than_the_centers_is_noted(tmp_path: Path) -> None:
    found = a_desk("F15", tmp_path).run("validate")

    assert re.search(r"workloads\.yaml:\d+:\d+: .*members.*spread", found.err)


def test_a_quorum_wider_than_the_centers_is_helped_by_spread_over_hosts(tmp_path: Path) -> None:
    desk = a_desk("F15", tmp_path)
    assert desk.run("plan").code == REFUSED

    found = desk.document("explain", ".", "w0")

    assert "3 of 3 pools fit" not in found.out
    assert any("spread: host" in change["change"] for change in found.document["changes"])


def test_a_large_side_takes_little_more_than_a_small_one(tmp_path: Path) -> None:
    desk = a_desk("F16", tmp_path)
    workloads = desk.folder(".") / "workloads.yaml"
    large = workloads.read_text(encoding="utf-8")
    workloads.write_text(large.replace("replicas: 1000", "replicas: 10"), encoding="utf-8")
    _cpu_of(desk)  # what is compiled or read once is no part of the comparison
    small = _cpu_of(desk)
    workloads.write_text(large, encoding="utf-8")

    assert _cpu_of(desk) < 10 * small


def test_progress_is_shown_while_a_large_side_is_improved(tmp_path: Path) -> None:
    found = a_desk("F16", tmp_path).run("plan", ".", "--seconds", 1)

    assert "objective" in found.err


def _cpu_of(desk: Desk) -> float:
    """CPU seconds of a plan that is not improved for longer than one attempt takes."""
    began = process_time()
    assert desk.run("plan", ".", "--effort", 1, "--fresh").code == 0
    return process_time() - began


def _pools_at(desk: Desk, moment: str) -> dict[tuple[str, str, str], str]:
    """Plan for a moment and carry it out; the pool of each row."""
    plan = desk.document("plan", ".", "--at", moment).document
    desk.apply("day")
    return {(row["workload"], row["component"], row["role"]): row["pool"] for row in plan["placements"]}
