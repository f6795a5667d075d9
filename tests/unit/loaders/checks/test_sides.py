"""The places that grades ask sides in: where the estate has none, that is said."""

from __future__ import annotations

from typing import Any

import pytest
from support.builders import a_framework, a_link, a_workload, an_estate, centers, links

from cmp.loaders.checks.sides import check_sides
from cmp.model.codes import Code
from cmp.model.finding import Severity

NEAR, FAR = centers()[:2], centers()[::2]


def told(grade: int, **changes: Any) -> list[str]:
    found = list(check_sides(0, a_workload(grade=grade), an_estate(**changes), a_framework()))
    assert {finding.code for finding in found} <= {Code.NO_SUCH_SIDE}
    assert {finding.severity for finding in found} <= {Severity.NOTE}
    assert {finding.path for finding in found} <= {("workloads", 0, "recovery", "grade")}
    return [finding.message for finding in found]


@pytest.mark.parametrize("grade", range(1, 7))
def test_two_locations_with_three_centers_have_every_side(grade: int) -> None:
    assert told(grade) == []


def test_a_grade_for_two_locations_misses_the_second() -> None:
    assert "grade 6 asks for a center in another location, and the estate has none" in told(6, centers=NEAR)


def test_a_grade_for_one_city_misses_its_second_center() -> None:
    assert any("a second center in the same location" in each for each in told(5, centers=FAR))


def test_a_side_that_takes_over_misses_any_link() -> None:
    assert told(3, links=()) == [
        "grade 3 asks for a second center with a link to the first, and the estate has none"
    ]
    assert told(2, links=()) == []


def test_a_side_that_is_written_synchronously_misses_the_link() -> None:
    slow = (a_link(), *links()[1:])

    assert any("with a synchronous link" in each for each in told(6, links=slow))


def test_even_the_lowest_grade_keeps_a_copy_in_a_second_center() -> None:
    assert told(1, centers=centers()[:1], links=()) == [
        "grade 1 asks for a second center, and the estate has none"
    ]
