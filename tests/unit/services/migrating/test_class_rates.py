"""Class rates become a check only where they were measured, and one more measurement decides."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cmp.errors import TryLater
from cmp.model.network import TrafficClass
from cmp.network.classes.judging import FAMILIES, Rates, fitted
from cmp.services.migrating.class_rates import class_rates, judged

ONE = TrafficClass(id="voice", dscp="ef", guaranteed_mbps=80, ceiling_mbps=100)
REST = TrafficClass(id="rest", dscp="be", guaranteed_mbps=20, ceiling_mbps=100)
LINE = fitted((ONE, REST), 500)


def got(voice: float, rest: float) -> Rates:
    rates = {"voice": voice, "rest": rest}
    return {(name, family): rate for name, rate in rates.items() for family in FAMILIES}


def measured(*found: Rates) -> Iterator[Rates]:
    yield from found


def test_a_line_that_missed_once_is_measured_again() -> None:
    again = measured(got(70, 30), got(80, 20))

    check = judged(LINE, lambda: next(again))

    assert check.ok
    assert list(again) == []


def test_a_line_that_misses_twice_fails_and_says_who_missed_what() -> None:
    check = judged(LINE, lambda: got(50, 50))

    assert not check.ok
    assert check.said.startswith("voice got 50.0 of 80 Mbit/s guaranteed in IPv4; voice got 50.0 of 80")


def test_a_machine_that_cannot_fill_the_line_judges_nobody() -> None:
    with pytest.raises(TryLater, match="could not be filled"):
        judged(LINE, lambda: got(40, 10))


def test_a_class_above_its_ceiling_fails_on_a_line_that_was_not_filled() -> None:
    held = fitted((ONE.model_copy(update={"guaranteed_mbps": 10, "ceiling_mbps": 20}), REST), 500)

    assert not judged(held, lambda: got(40, 10)).ok


def test_where_nothing_is_guaranteed_there_is_no_check() -> None:
    said: list[str] = []

    assert class_rates((), said.append) is None
    assert said == []
