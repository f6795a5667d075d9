"""Reads a finished board: every row, how many replicas it has after each failure, and on which hosts.

Where rows may give way the board counted them at their floor after failures; here it is decided which of
them really have to (`cmp.scheduler.problem.preemption`), pool by pool and failure by failure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cmp.scheduler.board.arrays import GROWS, I8, NOTHING, STAYS
from cmp.scheduler.constraints.packing import most_on_host
from cmp.scheduler.placement.placing import Placing
from cmp.scheduler.problem.neighbours import HostRules
from cmp.scheduler.problem.preemption import candidates, floors
from cmp.scheduler.problem.rows import Row

Cells = tuple[tuple[int, int, int, int, int], ...]
"""Of a row, for each host (counted from 0 in its pool): normal, extra, kept normal, kept extra replicas."""

Hosts = Mapping[int, Mapping[int, int]]
"""For each host (counted from 0), replicas by the number of their row."""

Extras = Mapping[int, Mapping[int, int]]
"""For rows that do not give way although they may, replicas by host that their takeover starts besides."""


@dataclass(frozen=True, slots=True)
class Then:
    """What a failure changes on hosts: what is added, what stops of rows that shrink, and who gave way."""

    added: Hosts
    stopped: Hosts
    gave: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """Everything that stands; `counts[i, s]` are the replicas of row i in situation s, after giving way.

    `on[pool]` are the numbers of a pool's rows, `cells[i]` where row i stands, `then[pool, failure]` what a
    failure (by its number) changes on the hosts of a pool where something grows.
    """

    placing: Placing
    rows: tuple[Row, ...]
    counts: I8
    on: Mapping[str, Sequence[int]]
    cells: Sequence[Cells]
    then: Mapping[tuple[str, int], Then]


def finished(placing: Placing) -> Finished:
    """Read a board."""
    groups = range(len(placing.snapshot.groups))
    numbers = [number for group in groups for number in placing.numbers(group)]
    ordered = sorted(((placing.row(number), number) for number in numbers), key=lambda each: each[0].key)
    rows = tuple(row for row, _ in ordered)
    on: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        on.setdefault(row.pool, []).append(place)
    counts = _counts(placing, [number for _, number in ordered])
    cells = [_cells(placing, number) for _, number in ordered]
    return _decided(Finished(placing, rows, counts, on, cells, {}))


def _cells(placing: Placing, number: int) -> Cells:
    rows = placing.board.rows
    first = int(placing.board.ground.host_start[rows.pool[number]])
    found: list[tuple[int, int, int, int, int]] = []
    cell = int(rows.cells[number])
    while cell != NOTHING:
        normal, extra, kept_normal, kept_extra = rows.cell[cell].tolist()
        found.append((int(rows.cell_host[cell]) - first, normal, extra, kept_normal, kept_extra))
        cell = int(rows.cell_next[cell])
    return tuple(sorted(found))


def _counts(placing: Placing, numbers: Sequence[int]) -> I8:
    """Replicas in each situation before anything gives way."""
    board, places = placing.board, np.array(numbers, dtype=np.int64)
    run, take = board.rows.run[places][:, None], board.rows.take[places][:, None]
    turns = board.rows.turn[places]
    after = np.where(turns == GROWS, take, np.where(turns == STAYS, run, 0))
    lost = board.ground.lost[:, board.rows.pool[places]].T.astype(bool)
    return np.concatenate((run, np.where(lost, 0, after)), axis=1)


def _decided(before: Finished) -> Finished:
    """The same with what every failure changes on hosts, and who gives way."""
    counts = before.counts.copy()
    then: dict[tuple[str, int], Then] = {}
    needed = before.placing.snapshot.needed
    grows = counts[:, 1:] > counts[:, :1]
    for pool, places in before.on.items():
        kept: Mapping[tuple[str, str, str, str], int] | None = None
        for failure in np.flatnonzero(grows[places].any(axis=0)).tolist():
            kept = kept if kept is not None else floors((before.rows[place] for place in places), needed)
            gave, extras = _giving(before, pool, failure, kept)
            for place in gave:
                counts[place, failure + 1] = kept[before.rows[place].key]
            after = {place: int(counts[place, failure + 1]) for place in places}
            then[pool, failure] = _then(before, after, extras, gave)
    return Finished(before.placing, before.rows, counts, before.on, before.cells, then)


def _giving(
    before: Finished, pool: str, failure: int, kept: Mapping[tuple[str, str, str, str], int]
) -> tuple[tuple[int, ...], Extras]:
    """The shortest prefix of those who may give way that is enough, and hosts for what the others start."""
    places = before.on[pool]
    rows = [before.rows[place] for place in places]
    counts = before.counts[list(places), failure + 1].tolist()
    able = [places[number] for number in candidates(rows, counts, kept)]
    low, high = 0, len(able)
    while low < high:
        middle = (low + high) // 2
        if _whole(before, pool, failure, able[middle:]) is None:
            low = middle + 1
        else:
            high = middle
    return tuple(able[:low]), _whole(before, pool, failure, able[low:]) or {}


def _whole(before: Finished, pool: str, failure: int, places: Sequence[int]) -> Extras | None:
    """Hosts for what rows start that do not give way; None where they do not fit beside everything else."""
    if not places:
        return {}
    board = before.placing.board
    number = before.placing.names.pool[pool]
    start, end = int(board.ground.host_start[number]), int(board.ground.host_start[number + 1])
    left = board.sums.left[start:end, failure + 1].copy()
    for place in places:
        size = np.array(before.rows[place].size, dtype=np.int64)
        for host, normal, _, kept, _ in before.cells[place]:
            left[host] -= size * (normal - kept)
    if (left < 0).any():
        return None
    found: dict[int, dict[int, int]] = {}
    for place in places:
        hosts = _started(before, place, int(before.counts[place, failure + 1]), left)
        if hosts is None:
            return None
        found[place] = hosts
    return found


def _started(before: Finished, place: int, total: int, left: I8) -> dict[int, int] | None:
    """Hosts for replicas of a row that have none yet; what they take is taken off `left`."""
    row, cells = before.rows[place], before.cells[place]
    size = np.array(row.size, dtype=np.int64)
    most = most_on_host(row, total, len(left))
    barred = _barred(before, place)
    there = {host: normal + kept_extra for host, normal, _, _, kept_extra in cells}
    found: dict[int, int] = {}
    for _ in range(total - sum(there.values())):
        roomy = [
            host for host in np.flatnonzero((left >= size).all(axis=1))[::-1].tolist() if host not in barred
        ]
        host = next((each for each in roomy if there.get(each, 0) + found.get(each, 0) < most), None)
        if host is None:
            return None
        found[host] = found.get(host, 0) + 1
        left[host] -= size
    return found


def _barred(before: Finished, place: int) -> frozenset[int]:
    """Hosts of its pool that carry a row which this one may not share a host with."""
    places = before.on[before.rows[place].pool]
    rules = HostRules([before.rows[each] for each in places])
    own = places.index(place)
    return frozenset(
        cell[0]
        for number, each in enumerate(places)
        if rules.clash(own, number)
        for cell in before.cells[each]
    )


def _then(before: Finished, after: Mapping[int, int], extras: Extras, gave: tuple[int, ...]) -> Then:
    """What so many replicas of each row after a failure change on hosts."""
    added: dict[int, dict[int, int]] = {}
    stopped: dict[int, dict[int, int]] = {}
    for place, count in after.items():
        runs = int(before.counts[place, 0])
        for host, normal, _, kept_normal, kept_extra in before.cells[place]:
            if count > runs and kept_extra:
                added.setdefault(host, {})[place] = kept_extra
            if 0 < count < runs and normal > kept_normal:
                stopped.setdefault(host, {})[place] = normal - kept_normal
        for host, more in extras.get(place, {}).items():
            on_host = added.setdefault(host, {})
            on_host[place] = on_host.get(place, 0) + more
    return Then(added, stopped, gave)
