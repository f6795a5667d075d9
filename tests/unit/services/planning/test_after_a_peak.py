"""After a peak everything stands as before it, however often it comes and however it was met."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.field_desk import Desk, a_desk

Rows = dict[tuple[str, str, str], dict[str, int]]
DAY = "2026-12-0{day}T{hour}"


def _at(desk: Desk, moment: str) -> Rows:
    """Plan for a moment and carry it out; the replicas of each side by pool."""
    plan = desk.document("plan", ".", "--at", moment).document
    assert plan["unplaced"] == []
    desk.apply("day")
    found: Rows = {}
    for row in plan["placements"]:
        side = row["workload"], row["component"], row["role"]
        found.setdefault(side, {})[row["pool"]] = row["replicas_on_takeover"]
    return found


def _changed(desk: Desk, name: str, old: str, new: str) -> None:
    file = desk.folder(".") / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return a_desk("F06", tmp_path)


def test_day_after_day_nothing_drifts_onto_the_overflow(desk: Desk) -> None:
    before = _at(desk, DAY.format(day=1, hour="07:00"))

    for day in (1, 2, 3):
        assert _at(desk, DAY.format(day=day, hour="09:00")) != before
        assert _at(desk, DAY.format(day=day, hour="13:00")) == before


@pytest.mark.parametrize("factor", [3, 4])
def test_a_smaller_peak_after_a_larger_one_leaves_the_overflow_first(desk: Desk, factor: int) -> None:
    demand = 'demand: [{when: "weekdays 08:00-12:00", factor: 4}]'
    later = f'{{when: "weekdays 12:00-14:00", factor: 2}}, {{when: "weekdays 08:00-12:00", factor: {factor}}}'
    _changed(desk, "workloads.yaml", demand, f"demand: [{later}]")
    before = _at(desk, DAY.format(day=1, hour="07:00"))
    at = _at(desk, DAY.format(day=1, hour="09:00"))[("shop", "web", "primary")]

    between = _at(desk, DAY.format(day=1, hour="13:00"))[("shop", "web", "primary")]

    assert sum(between.values()) == 6
    assert between.get("na-p", 0) == min(6, at["na-p"])
    assert _at(desk, DAY.format(day=1, hour="15:00")) == before


def test_a_dearer_home_is_returned_to_as_well(desk: Desk) -> None:
    before = _at(desk, DAY.format(day=1, hour="07:00"))
    _changed(desk, "estate.yaml", "{idle_watts: 60, peak_watts: 180}", "{idle_watts: 500, peak_watts: 1500}")
    assert _at(desk, DAY.format(day=1, hour="07:30")) == before

    _at(desk, DAY.format(day=1, hour="09:00"))

    assert _at(desk, DAY.format(day=1, hour="13:00")) == before


def test_the_plan_of_a_peak_may_be_made_again_within_it(desk: Desk) -> None:
    before = _at(desk, DAY.format(day=1, hour="07:00"))
    first = _at(desk, DAY.format(day=1, hour="09:00"))

    assert _at(desk, DAY.format(day=1, hour="10:00")) == first
    assert _at(desk, DAY.format(day=1, hour="11:00")) == first
    assert _at(desk, DAY.format(day=1, hour="13:00")) == before


def test_a_plan_that_begins_in_a_peak_remembers_nothing(desk: Desk) -> None:
    plan = desk.document("plan", ".", "--at", DAY.format(day=1, hour="09:00")).document

    assert "before_peak" not in plan
