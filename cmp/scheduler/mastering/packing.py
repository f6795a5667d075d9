"""Packs what was chosen for a pool on few hosts: the largest replica first, or, if need be, exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar, cast

import numpy as np

from cmp.scheduler.board.arrays import BY_HOST, GROWS, I8, STAYS, RoleIndex
from cmp.scheduler.mastering.solving import Budget, Program
from cmp.scheduler.mastering.stating import Share, Side, Stage

EXACT_WORK = 0.1
"""Deterministic time for which one pool is packed exactly where the simple way takes a host too many."""
WAYS = (1, 2)
"""Powers of a host's shares that say how full it is: their sum, and the sum of their squares."""


class Line(NamedTuple):
    """A row of a pool: what one replica takes, what situations make of it, and how many may share a host."""

    side: Side
    share: Share
    size: tuple[int, ...]
    apart: bool
    hot: bool

    def most(self, count: int, hosts: int) -> int:
        """Replicas of so many that one host may carry."""
        return -(-count // hosts) if self.apart else max(count, 1)

    @property
    def stays(self) -> int:
        """Replicas of normal time that count after failures."""
        return min(self.share.run, self.share.keep)

    @property
    def grown(self) -> int:
        """Replicas that count where the side takes over."""
        return min(self.share.take, self.share.keep)


Found = TypeVar("Found")
Hosts = tuple[tuple[int, ...], tuple[int, ...]]
"""Of a row, counted from 0 in its pool: hosts of replicas of normal time (kept ones first), of extra ones."""


def lines_of(stage: Stage, rows: Sequence[tuple[Side, Share]]) -> list[Line]:
    """What a pool has to carry."""
    spread = stage.placing.board.tables.spread
    return [
        Line(
            side,
            share,
            tuple(stage.size(share.entry)),
            bool(spread[side.comp] == BY_HOST) and side.role != RoleIndex.BACKUP,
            stage.is_hot(side, share),
        )
        for side, share in rows
    ]


def packed(
    stage: Stage, pool: int, rows: Sequence[tuple[Side, Share]], wanted: int
) -> Sequence[Hosts | None]:
    """Hosts for every row of a pool, on `wanted` hosts if that can be, else on as few more as are found.

    Where not even all hosts are enough, the rows that found no room have none.
    """
    lines, hosts = lines_of(stage, rows), stage.hosts(pool)
    for count in range(max(wanted, 1), hosts + 1):
        found = _simply(stage, pool, lines, count)
        if found is None:
            found = _known(_exactly, stage, pool, lines, count)
        if found is not None:
            return found
    return _Filling(stage, pool, hosts, WAYS[0]).some(lines, _largest_first(stage, pool, lines))


def _largest_first(stage: Stage, pool: int, lines: Sequence[Line]) -> list[int]:
    """The numbers of lines, the one with the largest share of a host first."""
    cap = np.maximum(stage.placing.board.ground.cap[pool], 1)
    return sorted(range(len(lines)), key=lambda number: -max(np.array(lines[number].size) / cap))


def _known(
    find: Callable[[Stage, int, Sequence[Line], int], Found],
    stage: Stage,
    pool: int,
    lines: Sequence[Line],
    count: int,
) -> Found:
    """What is found of lines on so many hosts of a pool: most pools are as they were an answer ago."""
    key = find, pool, count, tuple(lines)
    if key not in stage.packings:
        stage.packings[key] = find(stage, pool, lines, count)
    return cast("Found", stage.packings[key])


def _simply(stage: Stage, pool: int, lines: Sequence[Line], count: int) -> list[Hosts] | None:
    """The largest replica first, on the host that it fills least."""
    return _known(_filled, stage, pool, lines, count)


def _filled(stage: Stage, pool: int, lines: Sequence[Line], count: int) -> list[Hosts] | None:
    order = _largest_first(stage, pool, lines)
    for power in WAYS:
        found = _Filling(stage, pool, count, power).all(lines, order)
        if found is not None:
            return found
    return None


class _Filling:
    """Hosts of a pool as they fill."""

    def __init__(self, stage: Stage, pool: int, count: int, power: int) -> None:
        self.cap = np.array(stage.placing.board.ground.cap[pool])
        self.whole = np.maximum(self.cap, 1)
        self.hosts, self.count, self.power = stage.hosts(pool), count, power
        self.left: I8 = np.repeat(
            np.repeat(self.cap[None, None], self.hosts, axis=0), 1 + len(stage.failures), axis=1
        )

    def all(self, lines: Sequence[Line], order: Sequence[int]) -> list[Hosts] | None:
        """Hosts of every line, or None: normal time first, then takeovers, those first that cannot wait."""
        normal: dict[int, list[int]] = {number: [] for number in order}
        extra: dict[int, list[int]] = {number: [] for number in order}
        for number in order:
            if not self._normal(lines[number], normal[number]):
                return None
        for hot in (True, False):
            for number in order:
                if lines[number].hot == hot and not self._extra(lines[number], normal[number], extra[number]):
                    return None
        return [(tuple(normal[number]), tuple(extra[number])) for number in range(len(lines))]

    def some(self, lines: Sequence[Line], order: Sequence[int]) -> list[Hosts | None]:
        """Hosts of every line that finds room for all of its replicas, one line after the other."""
        found: list[Hosts | None] = [None for _ in lines]
        for number in order:
            before, normal, extra = self.left.copy(), list[int](), list[int]()
            line = lines[number]
            if self._normal(line, normal) and self._extra(line, normal, extra):
                found[number] = tuple(normal), tuple(extra)
            else:
                self.left = before
        return found

    def _normal(self, line: Line, found: list[int]) -> bool:
        for kept in (True, False):
            total = line.stays if kept else line.share.run
            most = line.most(total, self.hosts)
            need = self._need(line, now=True, stays=kept, grows=kept)
            for _ in range(len(found), total):
                if not self._put(need, found, found, most, self.count):
                    return False
        return True

    def _extra(self, line: Line, normal: list[int], found: list[int]) -> bool:
        there = normal[: line.stays]
        most = line.most(line.grown, self.hosts)
        need = self._need(line, now=False, stays=False, grows=True)
        for _ in range(line.share.extra):
            if not self._put(need, found, [*there, *found], most, self.count if line.hot else self.hosts):
                return False
        return True

    def _need(self, line: Line, *, now: bool, stays: bool, grows: bool) -> I8:
        counts = [
            now,
            *((stays if turn == STAYS else grows if turn == GROWS else False) for turn in line.side.turns),
        ]
        return np.array(counts, dtype=np.int64)[:, None] * np.array(line.size, dtype=np.int64)[None, :]

    def _put(self, need: I8, found: list[int], there: Sequence[int], most: int, among: int) -> bool:
        """Put one replica on the host that it fills least."""
        left = self.left[:among]
        able = np.asarray((left >= need).reshape(among, -1).all(axis=1))
        for host in set(there):
            if host < among and there.count(host) >= most:
                able[host] = False
        if not able.any():
            return False
        used = (self.cap - left + need) / self.whole
        if self.power > 1:
            full = (used.max(axis=2) ** self.power).sum(axis=1)
        else:
            full = used.reshape(among, -1).max(axis=1)
        full[~able] = np.inf
        host = int(full.argmin())
        self.left[host] -= need
        found.append(host)
        return True


def _exactly(stage: Stage, pool: int, lines: Sequence[Line], count: int) -> list[Hosts] | None:
    """The same by CP-SAT: so many hosts on, in every situation; None where it finds no way."""
    program, cells = _written(stage, pool, lines, count)
    answer = program.solved(Budget(EXACT_WORK))
    if answer is None:
        return None
    return [_read(row, answer.values) for row in cells]


def packs(stage: Stage, pool: int, lines: Sequence[Line], count: int) -> bool | None:
    """Whether lines pack on so many hosts of a pool; None where neither is found."""
    if _simply(stage, pool, lines, count) is not None:
        return True
    return _known(_can_be_met, stage, pool, lines, count)


def _can_be_met(stage: Stage, pool: int, lines: Sequence[Line], count: int) -> bool | None:
    program, _ = _written(stage, pool, lines, count)
    return program.can_be_met(Budget(EXACT_WORK))


def _written(
    stage: Stage, pool: int, lines: Sequence[Line], count: int
) -> tuple[Program, list[list[tuple[int, ...]]]]:
    """The program of a pool with so many hosts on, and its variables by line and host."""
    program, hosts = Program(), stage.hosts(pool)
    cells = [
        [
            tuple(program.number(0, most if host < among else 0) for most, among in _most(line, count, hosts))
            for host in range(hosts)
        ]
        for line in lines
    ]
    for line, row in zip(lines, cells, strict=True):
        _whole(program, line, row, hosts)
    for host in range(hosts):
        _fits(program, stage, pool, lines, [row[host] for row in cells])
    return program, cells


def _most(line: Line, count: int, hosts: int) -> Iterator[tuple[int, int]]:
    """How many kept, other and extra replicas a host may have, and on how many hosts."""
    yield line.stays, count
    yield line.share.run - line.stays, count
    yield line.share.extra, count if line.hot else hosts


def _whole(program: Program, line: Line, row: Sequence[tuple[int, ...]], hosts: int) -> None:
    """Every replica has a host, and as few share one as `spread` asks."""
    for part, total in enumerate((line.stays, line.share.run - line.stays, line.share.extra)):
        program.equal([(cell[part], 1) for cell in row], total)
    if line.apart:
        for kept, other, extra in row:
            program.within([(kept, 1), (other, 1)], line.most(line.share.run, hosts))
            program.within([(kept, 1)], line.most(line.stays, hosts))
            program.within([(kept, 1), (extra, 1)], line.most(line.grown, hosts))


def _fits(
    program: Program, stage: Stage, pool: int, lines: Sequence[Line], cells: Sequence[tuple[int, ...]]
) -> None:
    """One host has room in every situation."""
    for resource, cap in enumerate(map(int, stage.placing.board.ground.cap[pool])):
        for situation in range(1 + len(stage.failures)):
            terms: list[tuple[int, int]] = []
            for line, (kept, other, extra) in zip(lines, cells, strict=True):
                turn = line.side.turns[situation - 1] if situation else STAYS
                there = [kept] if turn in {STAYS, GROWS} else []
                there += [other] if not situation else []
                there += [extra] if situation and turn == GROWS else []
                terms += [(cell, line.size[resource]) for cell in there if line.size[resource]]
            if terms:
                program.within(terms, cap)


def _read(row: Sequence[tuple[int, ...]], values: Sequence[int]) -> Hosts:
    kept, other, extra = (
        [host for host, cell in enumerate(row) for _ in range(values[cell[part]])] for part in range(3)
    )
    return (*kept, *other), tuple(extra)
