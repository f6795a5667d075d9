"""Packs the hosts of a pool anew: everything that stands there on as few hosts as it finds.

A number of hosts is tried, what is largest first, each replica on the host that it fills least: many small
replicas even out both vCPU and memory, and those of a side that must not share a host lie apart by
themselves. Takeovers come after that, on any host of the pool unless they cannot wait for one to boot.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cmp.scheduler.board.arrays import BY_HOST, GONE, GROWS, I8, NOTHING, STAYS, U1, Board
from cmp.scheduler.board.hosts import Seats, charge, counts_of
from cmp.scheduler.board.relations import clash
from cmp.scheduler.board.rowstore import free_cells, keep_cells, party_of
from cmp.scheduler.board.sorting import distinct, sort_by
from cmp.scheduler.compiled import compiled, inlined, lean

NORMAL, EXTRA = 0, 1
SHARES = 1_000_000
"""Parts that a host's capacity is counted in."""
WIDEST = 1 << 62
WAYS = 2
"""Ways to measure how full a host is: its fullest resource, or the squares of all."""


class Crowd(NamedTuple):
    """What stands on a pool, a line for each row, the largest replicas first.

    `need` is what a replica takes in shares of a host's capacity; `run` are replicas of normal time, `stays`
    of them count after failures, `extra` start in takeovers; `most` are the most on a host: of normal ones,
    of those that count after failures where the side stays, and where it takes over. `hot` takeovers do not
    wait for a host to boot. `against[i, j]` says that two may not share a host, where any may not.
    """

    number: I8
    size: I8
    run: I8
    stays: I8
    extra: I8
    most: I8
    hot: I8
    turn: U1
    against: U1


class Packing(NamedTuple):
    """Hosts as they fill: what is left in every situation, and replicas by row and host.

    `there[i, h]` are normal replicas, kept ones of them, extra ones.
    """

    left: I8
    there: I8


@compiled
def repack_all(board: Board) -> int:
    """Pack every pool anew where that saves a host; how many are saved."""
    saved = 0
    for pool in range(board.ground.cap.shape[0]):
        saved += repack(board, pool)
    return saved


@compiled
def repack(board: Board, pool: int) -> int:
    """Pack a pool on fewer hosts that are on; how many are saved, 0 where nothing is changed."""
    awake, least = _awake(board, pool), _fewest(board, pool)
    if board.ground.on_cost[pool] == 0 or least >= awake:
        return 0
    crowd = _crowd(board, pool)
    rows, hosts = crowd.number.shape[0], board.ground.host_start[pool + 1] - board.ground.host_start[pool]
    for number in range(rows):
        if crowd.run[number] > 0:
            least = max(least, -(-crowd.run[number] // crowd.most[number, 0]))
    shape = hosts, board.sums.left.shape[1], board.sums.left.shape[2]
    packing = Packing(np.empty(shape, dtype=np.int64), np.empty((rows, hosts, 3), dtype=np.int64))
    cap = board.ground.cap[pool]
    found, trial = awake, awake - 1
    while least <= trial < found:
        if _packs_somehow(crowd, packing, cap, trial):
            found = trial
        else:
            least = trial + 1
        trial = (least + found) // 2
    if found == awake or not _packs_somehow(crowd, packing, cap, found):
        return 0
    return awake - found if _seat_again(board, pool, crowd, packing) else 0


@compiled
def _fewest(board: Board, pool: int) -> int:
    """Hosts that a pool's load in normal time takes at least."""
    least = 0
    for r in range(board.ground.cap.shape[1]):
        if board.ground.cap[pool, r] > 0:
            least = max(least, -(-board.sums.load[pool, 0, r] // board.ground.cap[pool, r]))
    return least


@compiled
def _packs_somehow(crowd: Crowd, packing: Packing, cap: I8, count: int) -> bool:
    """True when everything finds room on so many hosts that are on."""
    for way in range(WAYS):
        packing.there[:] = 0
        for host in range(packing.left.shape[0]):
            for s in range(packing.left.shape[1]):
                packing.left[host, s] = cap
        if _packs(crowd, packing, cap, (count, way)):
            return True
    return False


@compiled
def _awake(board: Board, pool: int) -> int:
    """Hosts of a pool that are on."""
    found = 0
    for host in range(board.ground.host_start[pool], board.ground.host_start[pool + 1]):
        if board.sums.on[host] > 0 or board.sums.hot[host] > 0:
            found += 1
    return found


@compiled
def _crowd(board: Board, pool: int) -> Crowd:
    """Every row on a pool, the largest replicas first."""
    rows = board.rows
    first, end = board.ground.host_start[pool], board.ground.host_start[pool + 1]
    found = 0
    for host in range(first, end):
        cell = rows.host_cell[host]
        while cell != NOTHING:
            found += 1
            cell = rows.after[cell]
    numbers, share = np.empty(found, dtype=np.int64), np.zeros(found, dtype=np.int64)
    found = 0
    for host in range(first, end):
        cell = rows.host_cell[host]
        while cell != NOTHING:
            numbers[found] = rows.cell_row[cell]
            found += 1
            cell = rows.after[cell]
    sort_by(share, numbers)
    numbers = numbers[: distinct(numbers)]
    sizes = board.tables.size
    for place in range(numbers.shape[0]):
        party = party_of(board, numbers[place])
        for r in range(sizes.shape[1]):
            if board.ground.cap[pool, r] > 0:
                part = sizes[party.size, r] * SHARES // board.ground.cap[pool, r]
                share[place] = min(share[place], -part)
    sort_by(share, numbers)
    return _lines(board, numbers, end - first)


@compiled
def _lines(board: Board, numbers: I8, hosts: int) -> Crowd:
    count = numbers.shape[0]
    sizes = board.tables.size
    crowd = Crowd(
        numbers,
        np.empty((count, sizes.shape[1]), dtype=np.int64),
        np.empty(count, dtype=np.int64),
        np.empty(count, dtype=np.int64),
        np.empty(count, dtype=np.int64),
        np.empty((count, 3), dtype=np.int64),
        np.empty(count, dtype=np.int64),
        np.empty((count, board.rows.turn.shape[1]), dtype=np.uint8),
        _against(board, numbers),
    )
    for place in range(count):
        party = party_of(board, numbers[place])
        stays, grows = counts_of(party)
        crowd.size[place] = sizes[party.size]
        crowd.run[place], crowd.stays[place] = party.run, min(stays, party.run)
        crowd.extra[place], crowd.hot[place] = max(0, grows - stays), party.hot
        for part, amount in enumerate((party.run, min(party.run, party.keep), min(party.take, party.keep))):
            most = -(-amount // hosts) if party.spread == BY_HOST else max(amount, 1)
            crowd.most[place, part] = min(most, party.most)
        for failure in range(crowd.turn.shape[1]):
            crowd.turn[place, failure] = board.rows.turn[numbers[place], failure]
    return crowd


@compiled
def _against(board: Board, numbers: I8) -> U1:
    """Which rows may not share a host; nothing at all where everybody goes with everybody."""
    count = numbers.shape[0]
    rows, tables = board.rows, board.tables
    choosy = 0
    for place in range(count):
        choosy += tables.picky[rows.comp[numbers[place]]]
    if choosy == 0:
        return np.zeros((0, 0), dtype=np.uint8)
    against = np.zeros((count, count), dtype=np.uint8)
    for one in range(count):
        for other in range(count):
            first, second = numbers[one], numbers[other]
            if one != other and clash(
                board,
                (rows.comp[first], tables.entry_size[rows.entry[first]]),
                (rows.comp[second], tables.entry_size[rows.entry[second]]),
            ):
                against[one, other] = 1
    return against


@lean
def _packs(crowd: Crowd, packing: Packing, cap: I8, how: tuple[int, int]) -> bool:
    """True when everything finds room; `how` is the number of hosts that are on and a way to choose them."""
    count, way = how
    hosts = packing.left.shape[0]
    for line in range(crowd.number.shape[0]):
        for number in range(crowd.run[line]):
            if not _add(crowd, packing, cap, (line, NORMAL, int(number < crowd.stays[line])), (count, way)):
                return False
    for hot in (1, 0):
        for line in range(crowd.number.shape[0]):
            if crowd.hot[line] == hot:
                for _ in range(crowd.extra[line]):
                    among = count if hot else hosts
                    if not _add(crowd, packing, cap, (line, EXTRA, 1), (among, way)):
                        return False
    return True


@lean
def _add(crowd: Crowd, packing: Packing, cap: I8, what: tuple[int, int, int], how: tuple[int, int]) -> bool:
    """Add a replica to the host that it fills least: `what` is its line, its kind, and whether it is kept."""
    line, kind, kept = what
    among, way = how
    there, left, size = packing.there, packing.left, crowd.size
    best, best_fill = NOTHING, WIDEST
    for host in range(among):
        if _is_crowded(crowd, there, host, what) or _is_barred(crowd, there, host, line):
            continue
        fill = 0
        for s in range(left.shape[1]):
            if _counts(crowd, line, s, kind, kept):
                fill = max(fill, _filled(left[host, s], size[line], cap, way))
                if fill >= best_fill:
                    break
        if fill < best_fill:
            best, best_fill = host, fill
    if best == NOTHING:
        return False
    for s in range(left.shape[1]):
        if _counts(crowd, line, s, kind, kept):
            for r in range(size.shape[1]):
                left[best, s, r] -= size[line, r]
    if kind == NORMAL:
        there[line, best, 0] += 1
        there[line, best, 1] += kept
    else:
        there[line, best, 2] += 1
    return True


@inlined
def _is_crowded(crowd: Crowd, there: I8, host: int, what: tuple[int, int, int]) -> bool:
    """True when a host has as many replicas of a row as may share one."""
    line, kind, kept = what
    if kind == EXTRA:
        return bool(there[line, host, 1] + there[line, host, 2] >= crowd.most[line, 2])
    full = there[line, host, 0] >= crowd.most[line, 0]
    return bool(full or (kept and there[line, host, 1] >= crowd.most[line, 1]))


@lean
def _is_barred(crowd: Crowd, there: I8, host: int, line: int) -> bool:
    """True when a host holds a row that this one may not share it with."""
    for other in range(crowd.against.shape[0]):
        if crowd.against[line, other] and there[other, host, 0] + there[other, host, 2] > 0:
            return True
    return False


@inlined
def _filled(left: I8, size: I8, cap: I8, way: int) -> int:
    """How full a host is in a situation once a replica is there; WIDEST where it has no room."""
    fill = 0
    for r in range(size.shape[0]):
        if size[r] > 0:
            after = left[r] - size[r]
            if after < 0:
                return WIDEST
            part = SHARES - after * SHARES // cap[r]
            fill = max(fill, part) if way == 0 else fill + part * part // SHARES
    return fill


@inlined
def _counts(crowd: Crowd, line: int, situation: int, kind: int, kept: int) -> bool:
    """True when a replica counts in a situation."""
    if situation == 0:
        return kind == NORMAL
    turn = crowd.turn[line, situation - 1]
    if turn == GONE or not kept:
        return False
    return bool(turn == GROWS or (turn == STAYS and kind == NORMAL))


@lean
def _cells(packing: Packing) -> int:
    """How many cells it takes: rows on hosts."""
    count = 0
    for line in range(packing.there.shape[0]):
        for host in range(packing.there.shape[1]):
            if packing.there[line, host, 0] + packing.there[line, host, 2] > 0:
                count += 1
    return count


@compiled
def _seat_again(board: Board, pool: int, crowd: Crowd, packing: Packing) -> bool:
    """Move every row to its new hosts; False where there are too few free cells."""
    rows = board.rows
    if rows.free[3] < _cells(packing):
        return False
    for line in range(crowd.number.shape[0]):
        row = crowd.number[line]
        party = party_of(board, row)
        cell = rows.cells[row]
        while cell != NOTHING:
            charge(board, rows.cell_host[cell], party, rows.cell[cell], rows.turn[row], -1)
            cell = rows.cell_next[cell]
        free_cells(board, rows.cells[row])
        rows.cells[row] = NOTHING
    hosts = packing.there.shape[1]
    for line in range(crowd.number.shape[0]):
        row = crowd.number[line]
        party = party_of(board, row)
        seats = Seats(
            rows.turn[row].copy(), np.empty(hosts, dtype=np.int64), np.zeros((hosts, 4), dtype=np.int64)
        )
        used = 0
        for host in range(hosts):
            normal, kept, extra = packing.there[line, host]
            if normal + extra > 0:
                seats.hosts[used] = board.ground.host_start[pool] + host
                seats.cells[used, 0], seats.cells[used, 1] = normal, extra
                seats.cells[used, 2], seats.cells[used, 3] = kept, extra
                charge(board, seats.hosts[used], party, seats.cells[used], seats.turns, 1)
                used += 1
        keep_cells(board, row, seats, used)
    return True
