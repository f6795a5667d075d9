"""A report is told from mark to mark."""

from __future__ import annotations

from cmp.network.measurement.measures import Mark
from cmp.probes.reporting import windows


def test_each_mark_reaches_to_the_next_and_the_last_to_the_end() -> None:
    marks = [Mark("wave 1", 1.0), Mark("wave 2", 2.0)]

    assert list(windows(marks, 5.0)) == [("wave 1", 1.0, 2.0), ("wave 2", 2.0, 5.0)]


def test_a_mark_that_comes_twice_keeps_both_times() -> None:
    marks = [Mark("rest", 1.0), Mark("rest", 2.0)]

    assert [name for name, _, _ in windows(marks, 5.0)] == ["rest", "rest (2)"]


def test_without_marks_there_is_nothing_to_part() -> None:
    assert list(windows([], 5.0)) == []
