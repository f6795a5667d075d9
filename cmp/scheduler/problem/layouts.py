"""Enumerates the ways in which a group's sides may lie in centers, as the grades' geometry allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cmp.model.environment import Environment
from cmp.model.estate import Center, CenterRole, Estate
from cmp.model.facts import link_name
from cmp.model.recovery import Grade, Role, Side, Where
from cmp.scheduler.problem.groups import Group

FIRST = tuple(CenterRole)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a group's sides lie: its home, and a center for each further side of each of its grades."""

    home: str
    sides: Mapping[tuple[int, Role], str]

    def center(self, grade: int, role: Role) -> str | None:
        """The center of a grade's side."""
        return self.home if role is Role.PRIMARY else self.sides.get((grade, role))


@dataclass(frozen=True, slots=True)
class Slot:
    """Sides that share a center, with everything that is asked of it."""

    keys: tuple[tuple[int, Role], ...]
    wheres: frozenset[Where]
    synchronous: bool

    @property
    def linked(self) -> bool:
        """True when a link from home is needed, over which a takeover is prepared and told.

        A copy of data needs one too, but not every component has data: these are counted on links.
        """
        return any(role.takes_over for _, role in self.keys)

    def joined(self, other: Slot) -> Slot:
        """Both as one."""
        return Slot(
            (*self.keys, *other.keys), self.wheres | other.wheres, self.synchronous or other.synchronous
        )


def layouts_of(group: Group, environment: Environment) -> tuple[Layout, ...]:
    """Every layout of a group; production centers come first as homes, then names decide."""
    slots = _slots(group, environment)
    centers = sorted(environment.estate.centers, key=lambda center: (FIRST.index(center.role), center.id))
    found = (layout for home in centers for layout in _fill(slots, home, centers, environment.estate, {}))
    if any(workload.recovery.fresh_facts for workload in group.workloads):
        found = (layout for layout in found if _is_known(layout, environment.estate))
    return tuple(found)


def grades_of(group: Group, environment: Environment) -> tuple[Grade, ...]:
    """The different grades of a group's workloads, lowest first."""
    numbers = sorted({workload.recovery.grade for workload in group.workloads})
    return tuple(environment.recovery.grade(number) for number in numbers)


def place_fits(where: Where, home: Center, center: Center) -> bool:
    """True when a center is at a side's place, seen from home."""
    match where:
        case Where.HOME:
            return center.id == home.id
        case Where.OTHER_CENTER:
            return center.id != home.id
        case Where.SAME_CITY:
            return center.id != home.id and center.location == home.location
        case Where.OTHER_LOCATION:
            return center.location != home.location


def synchronous_between(estate: Estate, one: str, other: str) -> bool:
    """True within a center and over a synchronous link."""
    link = estate.link(one, other)
    return one == other or (link is not None and link.synchronous)


def no_layout(group: Group, environment: Environment) -> str:
    """Why a group has no layout at all: the centers, or figures of links that have expired."""
    grades = " and ".join(str(grade.grade) for grade in grades_of(group, environment))
    expired = [
        f"{link_name(link)}.{field} expired on {fact.valid_until}"
        for link in environment.estate.links
        for field, fact in (("rtt_ms", link.rtt_ms), ("bandwidth_gbps", link.bandwidth_gbps))
        if not fact.is_known
    ]
    if expired and any(workload.recovery.fresh_facts for workload in group.workloads):
        return f"grade {grades} asks for fresh facts, and {', '.join(expired)}"
    names = unlinked(environment.estate)
    without = f"; there is no link between {names}" if names else ""
    return f"no centers lie to each other as grade {grades} asks{without}"


def unlinked(estate: Estate) -> str:
    """Which centers have no link to each other; empty where all have."""
    names = sorted(estate.center)
    pairs = [(one, other) for place, one in enumerate(names) for other in names[place + 1 :]]
    apart = [f"{one} and {other}" for one, other in pairs if not estate.connects(one, other)]
    return ", ".join(apart)


def _is_known(layout: Layout, estate: Estate) -> bool:
    """True when no figure has expired of the links from home to further sides."""
    links = (estate.link(layout.home, center) for center in set(layout.sides.values()) - {layout.home})
    return all(link is None or (link.rtt_ms.is_known and link.bandwidth_gbps.is_known) for link in links)


def _slots(group: Group, environment: Environment) -> tuple[Slot, ...]:
    """Sides with the same place share a center, and so do the first sides that take over."""
    by_where: dict[Where, Slot] = {}
    firsts: set[Where] = set()
    for grade in grades_of(group, environment):
        further = [side for side in grade.sides if side.role is not Role.PRIMARY]
        for side in further:
            slot = _slot(grade, side)
            by_where[side.where] = by_where[side.where].joined(slot) if side.where in by_where else slot
        firsts.update(side.where for side in _first_takeover(further))
    shared = [by_where.pop(where) for where in sorted(firsts)]
    rest = [by_where[where] for where in sorted(by_where)]
    if not shared:
        return tuple(rest)
    first = shared[0]
    for slot in shared[1:]:
        first = first.joined(slot)
    return (first, *rest)


def _slot(grade: Grade, side: Side) -> Slot:
    return Slot(((grade.grade, side.role),), frozenset({side.where}), side.synchronous)


def _first_takeover(sides: list[Side]) -> list[Side]:
    return [side for side in sides if side.role.takes_over][:1]


def _fill(
    slots: tuple[Slot, ...],
    home: Center,
    centers: list[Center],
    estate: Estate,
    chosen: Mapping[tuple[int, Role], str],
) -> Iterator[Layout]:
    if not slots:
        yield Layout(home.id, dict(chosen))
        return
    slot, *rest = slots
    for center in centers:
        if (
            all(place_fits(where, home, center) for where in slot.wheres)
            and (not slot.synchronous or synchronous_between(estate, home.id, center.id))
            and (not slot.linked or estate.connects(home.id, center.id))
        ):
            here = dict.fromkeys(slot.keys, center.id)
            yield from _fill(tuple(rest), home, centers, estate, {**chosen, **here})
