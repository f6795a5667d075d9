"""What classes got under load is judged by what they were promised, in both families."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cmp.model.network import TrafficClass
from cmp.network.classes.htb import shares
from cmp.network.classes.judging import FAMILIES, Fitted, Rates, fitted, is_filled, misses, said, where


def a_class(name: str, dscp: str, guaranteed: float, ceiling: float = 100) -> TrafficClass:
    return TrafficClass(id=name, dscp=dscp, guaranteed_mbps=guaranteed, ceiling_mbps=ceiling)


THREE = (a_class("voice", "ef", 20, 40), a_class("office", "af21", 50), a_class("rest", "be", 20))


def a_line(classes: Sequence[TrafficClass] = THREE, most: float = 500) -> Fitted:
    return fitted(classes, most)


def as_promised(line: Fitted, **changed: float) -> Rates:
    """What the classes get where the line works, and the changed ones in IPv6."""
    promised = shares(line.classes, line.line_mbps)
    got = {(name, family): rate for name, rate in promised.items() for family in FAMILIES}
    return {**got, **{(name, 6): rate for name, rate in changed.items()}}


def test_classes_that_get_what_they_were_promised_pass() -> None:
    line = a_line()

    assert list(misses(line, as_promised(line))) == []
    assert said(line, as_promised(line)) == (
        "each of 3 classes got at least 100 % of its guarantee and none more than its ceiling, all sending "
        "at once, in IPv4 and in IPv6; on a lab line with the declared classes, taken as 100 Mbit/s "
        "(the largest ceiling)"
    )


def test_a_class_below_its_guarantee_in_one_family_is_found() -> None:
    line = a_line()

    assert list(misses(line, as_promised(line, rest=17.9))) == [
        "rest got 17.9 of 20 Mbit/s guaranteed in IPv6"
    ]
    assert list(misses(line, as_promised(line, rest=18.1))) == []


def test_a_class_above_its_ceiling_is_found() -> None:
    line = a_line()

    assert list(misses(line, as_promised(line, voice=60))) == [
        "voice got 60.0 Mbit/s, its ceiling is 40, in IPv6"
    ]
    assert list(misses(line, as_promised(line, voice=41))) == []


def test_a_class_that_was_not_seen_got_nothing() -> None:
    assert len(list(misses(a_line(), {}))) == len(THREE) * len(FAMILIES)


def test_a_line_that_nobody_filled_tried_no_guarantee() -> None:
    line = a_line()

    assert is_filled(line, as_promised(line))
    assert not is_filled(line, as_promised(line, office=10))


def test_a_fast_line_is_scaled_as_a_whole_and_says_so() -> None:
    line = a_line((a_class("voice", "ef", 20, 100), a_class("rest", "be", 100, 1000)))

    assert (line.line_mbps, line.factor) == (500, 0.5)
    assert [(each.guaranteed_mbps, each.ceiling_mbps) for each in line.classes] == [(10, 50), (50, 500)]
    assert where(line).endswith("taken as 1000 Mbit/s (the largest ceiling), all rates scaled by 0.5")


def test_guarantees_above_every_ceiling_are_the_line() -> None:
    line = a_line((a_class("voice", "ef", 60), a_class("rest", "be", 80)))

    assert line.line_mbps == 140
    assert "(the sum of the guarantees)" in where(line)


@pytest.mark.parametrize("guaranteed", [0.0, 10.0])
def test_what_is_guaranteed_to_nobody_may_still_be_shared(guaranteed: float) -> None:
    classes = (a_class("voice", "ef", guaranteed, 40), a_class("rest", "be", 0))

    assert sum(shares(classes, 100).values()) == pytest.approx(100)
