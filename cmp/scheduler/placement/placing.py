"""Holds a placement under way: what there is, what is asked for, and the board on which it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cmp.model.recovery import Role
from cmp.scheduler.board.arrays import NOTHING, Board, RoleIndex
from cmp.scheduler.board.entries import image_of
from cmp.scheduler.board.grounding import Names, Site, ground_of
from cmp.scheduler.board.handles import handle_of
from cmp.scheduler.board.making import board_of
from cmp.scheduler.board.tabling import Asked, Before, Wanted, tables_of
from cmp.scheduler.problem.failover import Fate
from cmp.scheduler.problem.rows import Row
from cmp.scheduler.recovery.patience import Patience, patience_of
from cmp.scheduler.snapshot import Snapshot

ROLE = {number: Role[number.name] for number in RoleIndex}


@dataclass(frozen=True, eq=False)
class Placing:
    """A snapshot with its board; the board changes while groups are placed, everything else stays.

    `handle` is the board as compiled loops take it.
    """

    snapshot: Snapshot
    names: Names
    asked: Asked
    board: Board
    handle: Board

    def is_placed(self, group: int) -> bool:
        """True when a group stands."""
        return bool(self.board.sums.home[group] != NOTHING)

    @cached_property
    def fixed(self) -> frozenset[int]:
        """Groups that are not moved to save something: quorums, and what their round trips end at."""
        return self.asked.special

    def bare(self) -> Placing:
        """The same on an empty board, which is made once and has to be left empty."""
        return self._bare

    @cached_property
    def _bare(self) -> Placing:
        return emptied(self)

    def missing(self) -> tuple[int, ...]:
        """The groups that do not stand."""
        return tuple(int(number) for number in (self.board.sums.home == NOTHING).nonzero()[0])

    def numbers(self, group: int) -> Iterator[int]:
        """The numbers of a group's rows."""
        number = int(self.board.rows.first[group])
        while number != NOTHING:
            yield number
            number = int(self.board.rows.next[number])

    def row(self, number: int) -> Row:
        """A row as everything outside the board sees it."""
        rows, tables = self.board.rows, self.board.tables
        workload, component = self.asked.components[rows.comp[number]]
        entry = rows.entry[number]
        seat = self.snapshot.seats[self.names.pools[rows.pool[number]]]
        role = ROLE[RoleIndex(int(rows.role[number]))]
        copy = role is Role.BACKUP
        way = int(tables.entry_way[entry])
        return Row(
            workload,
            component,
            role,
            seat.pool.id,
            seat.cloud.id,
            seat.center,
            "" if copy else component.ways[way].id,
            "" if copy else image_of(component, way, seat.chip.isa),
            tuple(int(amount) for amount in tables.size[tables.entry_size[entry]]),
            int(rows.run[number]),
            int(rows.take[number]),
        )

    def rows_of(self, group: int) -> tuple[Row, ...]:
        """The rows of a group, in order."""
        return tuple(sorted((self.row(number) for number in self.numbers(group)), key=lambda row: row.key))

    def fate(self, group: int, failure: int) -> Fate:
        """What a failure does to a group that stands."""
        sums, centers = self.board.sums, self.names.centers
        home, target = int(sums.home[group]), int(sums.target[group, failure])
        name = centers[home] if home >= 0 else ""
        return Fate(
            bool(sums.hit[group, failure]),
            name,
            None if target == NOTHING else centers[target] if target >= 0 else name,
        )

    def bounds_at(self, workloads: Iterable[str]) -> set[int]:
        """The numbers of the bounded round trips that begin or end at workloads."""
        return {number for workload in workloads for number in self._bounds.get(workload, ())}

    @cached_property
    def _bounds(self) -> Mapping[str, Sequence[int]]:
        found: dict[str, list[int]] = {}
        for number, bound in enumerate(self.snapshot.bounds):
            found.setdefault(bound.workload, []).append(number)
            found.setdefault(bound.asked, []).append(number)
        return found

    @cached_property
    def patience(self) -> Patience:
        """How long each workload's takeover may wait for a host to start, in seconds."""
        return patience_of(self.snapshot.environment)

    @cached_property
    def group_number(self) -> Mapping[str, int]:
        """The number of each group, by name."""
        return {group.name: number for number, group in enumerate(self.snapshot.groups)}


def placing_of(snapshot: Snapshot, before: Before) -> Placing:
    """An empty board for a snapshot; `before` says where sides stood, which prices moves."""
    environment = snapshot.environment
    site = Site(environment, snapshot.accelerators, snapshot.seats, snapshot.rooms, snapshot.losses)
    ground, names = ground_of(site)
    wanted = Wanted(
        environment,
        snapshot.accelerators,
        snapshot.groups,
        snapshot.bounds,
        snapshot.losses,
        snapshot.at,
        before,
    )
    tables, asked = tables_of(wanted, names)
    board = board_of(ground, tables)
    return Placing(snapshot, names, asked, board, handle_of(board))


def emptied(placing: Placing) -> Placing:
    """The same with nothing on the board."""
    board = board_of(placing.board.ground, placing.board.tables)
    return Placing(placing.snapshot, placing.names, placing.asked, board, handle_of(board))
