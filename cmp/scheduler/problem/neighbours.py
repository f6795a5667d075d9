"""Reads who keeps away from whom, who stays beside whom, and what two rows on one host forbid each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmp.model.cards import card_of
from cmp.model.environment import Environment
from cmp.model.recovery import Role
from cmp.model.wishes import Apart, Near, Place
from cmp.model.workload import Component, Variant, Workload
from cmp.scheduler.problem.rows import Row

Name = tuple[str, str]
"""A workload and one of its components."""


@dataclass(frozen=True, slots=True, order=True)
class Tie:
    """Two components of which `one` says that it stands near the other, or apart from it."""

    one: Name
    other: Name
    place: Place
    apart: bool
    only_normal_time: bool = False

    @property
    def words(self) -> str:
        """What is asked for."""
        how = "apart from" if self.apart else "near"
        return f"{'/'.join(self.one)} {how} {'/'.join(self.other)} ({self.place})"


def ties_of(environment: Environment) -> tuple[Tie, ...]:
    """Every tie between two components that are there, in order; one with itself is none."""
    return tuple(
        sorted(
            {
                tie
                for workload in environment.workloads
                for component in workload.components
                for tie in _ties(environment, workload, component)
                if tie.one != tie.other
            }
        )
    )


def joined_by(workload: Workload) -> Iterator[str]:
    """Other workloads that a workload shares its centers with because it stands near them."""
    for component in workload.components:
        for near in component.near:
            if near.workload not in {None, workload.id}:
                yield str(near.workload)


def _ties(environment: Environment, workload: Workload, component: Component) -> Iterator[Tie]:
    one = workload.id, component.id
    for apart in component.apart_from:
        for other in _meant(environment, workload, apart):
            yield Tie(one, other, apart.place, True, apart.only_normal_time)
    for near in component.near:
        for other in _meant(environment, workload, near):
            yield Tie(one, other, near.place, False)


def _meant(environment: Environment, workload: Workload, wish: Apart | Near) -> Iterator[Name]:
    """The components that a wish is about: the one that it names, or all of a workload."""
    there = environment.workload.get(wish.workload or workload.id)
    for component in there.components if there else ():
        if wish.component in {None, component.id}:
            yield str(there.id if there else ""), component.id


def modes(way: Variant) -> Mapping[str, str]:
    """By card, how one way to run a component wants a host's cards: whole, or cut into which slice."""
    return {card_of(device): device for device in sorted(way.needs.accelerators)}


class HostRules:
    """What two rows on one host forbid each other: owners with hosts of their own, `apart_from`, slices."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """Look once whether there is anything to look at; where there is nothing no pair is asked about."""
        self._rows = rows
        self.any = any(map(_is_choosy, rows))
        self._wishes = [self._wish(row) for row in rows] if self.any else []

    @staticmethod
    def _wish(row: Row) -> tuple[tuple[Apart, ...], Mapping[str, str]]:
        if row.role is Role.BACKUP:
            return (), {}
        way = next(each for each in row.component.ways if each.id == row.way)
        apart = tuple(each for each in row.component.apart_from if each.place is Place.HOST)
        return apart, modes(way)

    def clash(self, one: int, other: int) -> bool:
        """True when the rows of these numbers may not share a host."""
        if not self.any or one == other:
            return False
        first, second = self._rows[one], self._rows[other]
        owns = first.workload.own_hosts or second.workload.own_hosts
        if owns and first.workload.owner != second.workload.owner:
            return True
        if Role.BACKUP in {first.role, second.role}:
            return False
        cards, others = self._wishes[one][1], self._wishes[other][1]
        if any(others.get(card, mode) != mode for card, mode in cards.items()):
            return True
        return self._named(one, other) or self._named(other, one)

    def _named(self, one: int, other: int) -> bool:
        row, there = self._rows[one], self._rows[other]
        return row.side[:2] != there.side[:2] and any(
            (apart.workload or row.workload.id) == there.workload.id
            and apart.component in {None, there.component.id}
            for apart in self._wishes[one][0]
        )

    def barred(self, number: int, host: Mapping[int, int]) -> bool:
        """True when a host (replicas by row) holds a row that this one may not share it with."""
        return self.any and any(count and self.clash(number, other) for other, count in host.items())


def _is_choosy(row: Row) -> bool:
    """True when a row could forbid another its host, as far as it says itself."""
    component = row.component
    if row.workload.own_hosts or component.apart_from:
        return True
    return any("/" in device for way in component.ways for device in way.needs.accelerators)
