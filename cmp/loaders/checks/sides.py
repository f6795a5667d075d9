"""Checks that the estate has the places that a workload's grade asks sides in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Final

from cmp.model.codes import Code
from cmp.model.estate import Center, Estate
from cmp.model.finding import Finding, Severity
from cmp.model.recovery import RecoveryFramework, Side, Where
from cmp.model.workload import Workload
from cmp.sentences import Sentence

WORKLOADS: Final = "workloads"

WANTED: Final[Mapping[Where, str]] = {
    Where.OTHER_CENTER: "a second center",
    Where.SAME_CITY: "a second center in the same location",
    Where.OTHER_LOCATION: "a center in another location",
}


def check_sides(
    index: int, workload: Workload, estate: Estate, recovery: RecoveryFramework | None
) -> Iterator[Finding]:
    """A note for each kind of side that no pair of centers offers: such a workload stays unplaced."""
    grades = {grade.grade: grade for grade in recovery.grades} if recovery else {}
    grade = grades.get(workload.recovery.grade)
    if grade is None or all(component.quorum for component in workload.components):
        return
    for side in dict.fromkeys(side for side in grade.sides if side.where in WANTED):
        if any(_offers(estate, one, other, side) for one, other in combinations(estate.centers, 2)):
            continue
        linked = " with a synchronous link to the first" if side.synchronous else ""
        if not side.synchronous and any(
            _lies(one, other, side) for one, other in combinations(estate.centers, 2)
        ):
            linked = " with a link to the first"
        message = Sentence(
            "grade {grade} asks for {WANTED}{linked}, and the estate has none",
            grade=grade.grade,
            WANTED=WANTED[side.where],
            linked=linked,
        )
        hint = "declare it in estate.yaml, or choose a grade that does without: it stays unplaced as it is"
        path = ("workloads", index, "recovery", "grade")
        yield Finding(WORKLOADS, path, Code.NO_SUCH_SIDE, message, hint, Severity.NOTE)


def _offers(estate: Estate, one: Center, other: Center, side: Side) -> bool:
    """True when two centers lie as a side asks, and are linked as it asks: what takes over needs a link."""
    link = estate.link(one.id, other.id)
    if link is None and (side.synchronous or side.role.takes_over):
        return False
    return _lies(one, other, side) and (link is None or link.synchronous or not side.synchronous)


def _lies(one: Center, other: Center, side: Side) -> bool:
    near = one.location == other.location
    return near if side.where is Where.SAME_CITY else side.where is Where.OTHER_CENTER or not near
