"""Checks where sides stand: one center each, in the place the grade names, shared within a group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from cmp.model.plan import Placement
from cmp.model.recovery import Role, Side, Where
from cmp.model.workload import Component, Workload
from cmp.sentences import Sentence
from cmp.verifier.findings import Finding
from cmp.verifier.reading import Group, Reading


def check_sides(reading: Reading) -> Iterator[Finding]:
    """Every side of every group, seen from the group's home."""
    for group in reading.groups:
        yield from _one_center_each(reading, group)
        yield from _shared(reading, group)
        home = reading.home_of(group)
        for side, name, rows in _sides_of(reading, group):
            if home is not None and side.role is not Role.PRIMARY:
                yield from _placed(reading, side, f"{name} {side.role}", home, rows)


def _sides_of(reading: Reading, group: Group) -> Iterator[tuple[Side, str, Sequence[Placement]]]:
    """The sides that a group's components have, with their names and rows."""
    for workload, component, _ in reading.members_of(group):
        name = (workload.id, component.id)
        for side in reading.sides_asked(workload, component):
            rows = reading.sides.get((name, side.role), ())
            if rows:
                yield side, "/".join(name), rows


def _one_center_each(reading: Reading, group: Group) -> Iterator[Finding]:
    for side, name, rows in _sides_of(reading, group):
        centers = reading.centers_of(rows)
        if len(centers) > 1:
            yield Finding(
                "side-center",
                f"{name} {side.role}",
                Sentence("stands in {centers}; one side, one center", centers=_told(centers)),
            )


def _shared(reading: Reading, group: Group) -> Iterator[Finding]:
    """Sides with the same place share their center, and so do all first sides that take over."""
    centers: dict[str, set[str]] = defaultdict(set)
    for workload, component, _ in reading.members_of(group):
        for side in reading.sides_asked(workload, component):
            rows = reading.sides.get(((workload.id, component.id), side.role), ())
            found = reading.centers_of(rows)
            if len(found) == 1:
                centers[side.where] |= found
            if len(found) == 1 and side == _first_to_take_over(reading, workload, component):
                centers["first side to take over"] |= found
    for place, found in centers.items():
        if len(found) > 1:
            yield Finding(
                "group-center",
                f"group {'+'.join(group)}",
                Sentence("its sides ({place}) stand in {found}; must share", place=place, found=_told(found)),
            )


def _first_to_take_over(reading: Reading, workload: Workload, component: Component) -> Side | None:
    sides = reading.sides_asked(workload, component)
    return next((side for side in sides if side.role is not Role.PRIMARY and side.role.takes_over), None)


def _placed(
    reading: Reading, side: Side, subject: str, home: str, rows: Sequence[Placement]
) -> Iterator[Finding]:
    for center in sorted(reading.centers_of(rows)):
        same_city = reading.location_of(center) == reading.location_of(home)
        right = {
            Where.HOME: center == home,
            Where.OTHER_CENTER: center != home,
            Where.SAME_CITY: center != home and same_city,
            Where.OTHER_LOCATION: not same_city,
        }[side.where]
        if not right:
            yield Finding(
                "side-place",
                subject,
                Sentence(
                    "stands in {center}; must be {where} as seen from {home}",
                    center=center,
                    where=side.where,
                    home=home,
                ),
            )
        link = reading.environment.estate.link(home, center)
        if center != home and link is None:
            yield Finding(
                "side-unlinked",
                subject,
                Sentence("there is no link between {home} and {center}", home=home, center=center),
            )
        elif side.synchronous and center != home and not (link and link.synchronous):
            yield Finding(
                "side-link",
                subject,
                Sentence("has no synchronous link between {home} and {center}", home=home, center=center),
            )


def _told(centers: set[str]) -> str:
    return ", ".join(sorted(centers))
