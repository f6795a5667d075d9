"""Seats replicas on the hosts of a pool so that they fit in normal time and after every failure at once."""

from __future__ import annotations

from typing import NamedTuple

from cmp.scheduler.board.arrays import BY_HOST, GROWS, I8, NOTHING, STAYS, U1, Board
from cmp.scheduler.board.relations import bars
from cmp.scheduler.compiled import lean

THOUSAND = 1000
NEVER_FITS = THOUSAND + 1
"""The peak of a pool that has nothing of what is asked for: above any ceiling, which is a full pool."""
EXTRA = 2
"""What is added to the kind of a replica (1: it is kept) that starts in a takeover only."""
LOOSE = 1020
"""Thousandths of hosts that a load of one host takes once it is packed: a little is lost on each."""


class Party(NamedTuple):
    """Replicas to be seated on one pool: `run` in normal time, `take` once the side takes over.

    `keep` of them stay when the side gives way. `hot` says that a takeover must not wait for a host to boot.
    `most` is the most of them on one host; `comp` is their component where it does not go with everybody.
    """

    pool: int
    size: int
    run: int
    take: int
    keep: int
    spread: int
    hot: int
    most: int
    comp: int


Cell = I8 | tuple[int, int, int, int]
"""Replicas of a row on one host: normal ones, extra ones, and of each those that are kept."""


class Seats(NamedTuple):
    """Where a party is seated: what each failure makes of it, hosts by cell, and cells.

    A cell is a row: normal replicas, extra ones, and of each those that are kept.
    """

    turns: U1
    hosts: I8
    cells: I8


@lean
def counts_of(party: Party) -> tuple[int, int]:
    """Replicas counted where the side stays, and where it takes over; what gives way, at its floor."""
    return min(party.run, party.keep), min(party.take, party.keep)


@lean
def apart_of(board: Board, party: Party) -> int:
    """Different hosts that a party takes in normal time at least."""
    hosts = board.ground.host_start[party.pool + 1] - board.ground.host_start[party.pool]
    return min(-(-party.run // _limit(party, party.run, hosts)), hosts) if party.run > 0 else 0


@lean
def nobody_on(pool: int) -> Party:
    """No replica at all."""
    return Party(pool, 0, 0, 0, 0, 0, 0, 1, NOTHING)


@lean
def hosts_with(board: Board, party: Party) -> int:
    """Thousandths of hosts that a pool takes in normal time with one more party, if it is packed well.

    That is its fullest resource, or the row whose replicas must not share hosts and that has most.
    """
    sums, ground, pool = board.sums, board.ground, party.pool
    widest = apart_of(board, party)
    for count in range(ground.host_start[pool + 1] - ground.host_start[pool], widest, -1):
        if sums.wide[pool, count] > 0:
            widest = count
            break
    most = 0
    for r in range(ground.cap.shape[1]):
        if ground.cap[pool, r] > 0:
            load = sums.load[pool, 0, r] + board.tables.size[party.size, r] * party.run
            most = max(most, load * LOOSE // ground.cap[pool, r])
    beyond = max(0, widest * THOUSAND - most)
    return most + beyond - beyond * sums.soft[0] // THOUSAND


@lean
def more_hosts(board: Board, party: Party) -> int:
    """Thousandths of hosts that a pool takes more with a party than without it, if it is packed well."""
    return hosts_with(board, party) - hosts_with(board, nobody_on(party.pool))


@lean
def sums_fit(board: Board, party: Party, turns: U1) -> bool:
    """True when the pool as a whole has room in every situation."""
    load, total, size = board.sums.load, board.ground.total, board.tables.size
    stays, grows = counts_of(party)
    pool = party.pool
    for s in range(load.shape[1]):
        count = party.run
        if s > 0:
            turn = turns[s - 1]
            count = stays if turn == STAYS else grows if turn == GROWS else 0
        if count > 0:
            for r in range(size.shape[1]):
                amount = size[party.size, r]
                if amount > 0 and load[pool, s, r] + amount * count > total[pool, r]:
                    return False
    return True


@lean
def peak_with(board: Board, party: Party, turns: U1) -> int:
    """How full the pool gets, in thousandths of its most used resource, rounded up."""
    load, total, size = board.sums.load, board.ground.total, board.tables.size
    stays, grows = counts_of(party)
    pool = party.pool
    peak = board.sums.peak[pool]
    for r in range(size.shape[1]):
        amount = size[party.size, r]
        if amount == 0:
            continue
        if total[pool, r] == 0:
            return NEVER_FITS
        most = load[pool, 0, r] + amount * party.run
        for s in range(1, load.shape[1]):
            turn = turns[s - 1]
            count = stays if turn == STAYS else grows if turn == GROWS else 0
            if count > 0:
                most = max(most, load[pool, s, r] + amount * count)
        peak = max(peak, -((-most * 1000) // total[pool, r]))
    return peak


@lean
def repeak(board: Board, pool: int) -> None:
    """Work out a pool's peak anew."""
    load, total = board.sums.load, board.ground.total
    peak = 0
    for r in range(load.shape[2]):
        most = load[pool, 0, r]
        for s in range(1, load.shape[1]):
            most = max(most, load[pool, s, r])
        if most > 0:
            peak = max(peak, -((-most * 1000) // max(total[pool, r], 1)))
    board.sums.peak[pool] = peak


@lean
def host_fits(left: I8, size: I8, turns: U1, need: tuple[int, int, int]) -> bool:
    """True when a host has room for so many replicas in normal time, where they stay, and where they grow."""
    for s in range(left.shape[0]):
        count = need[0]
        if s > 0:
            turn = turns[s - 1]
            count = need[1] if turn == STAYS else need[2] if turn == GROWS else 0
        if count > 0:
            for r in range(size.shape[0]):
                if left[s, r] < size[r] * count:
                    return False
    return True


@lean
def charge(board: Board, host: int, party: Party, cell: Cell, turns: U1, sign: int) -> None:
    """Put a cell on a host, or take it off: its normal and extra replicas and, of each, those kept."""
    sums, size = board.sums, board.tables.size
    normal, extra, kept_normal, kept_extra = cell[0], cell[1], cell[2], cell[3]
    for s in range(sums.left.shape[1]):
        count = normal
        if s > 0:
            turn = turns[s - 1]
            count = kept_normal if turn == STAYS else kept_normal + kept_extra if turn == GROWS else 0
        if count > 0:
            for r in range(size.shape[1]):
                amount = size[party.size, r] * count * sign
                sums.left[host, s, r] -= amount
                sums.load[party.pool, s, r] += amount
    was = sums.on[host] > 0 or sums.hot[host] > 0
    sums.on[host] += normal * sign
    if party.hot:
        sums.hot[host] += extra * sign
    now = sums.on[host] > 0 or sums.hot[host] > 0
    if now != was:
        sums.cost[0] += board.ground.on_cost[party.pool] * sign
    if now:
        sums.frontier[party.pool] = max(sums.frontier[party.pool], host + 1)
    if sign < 0:
        _step_back(board, party.pool, host)


@lean
def _step_back(board: Board, pool: int, host: int) -> None:
    """Let searches look again at a host that has room now."""
    cursor = board.sums.cursor
    cursor[0, pool] = min(cursor[0, pool], host)
    cursor[1, pool] = min(cursor[1, pool], host)
    cursor[2, pool] = max(cursor[2, pool], host)


@lean
def advance(board: Board, pool: int) -> None:
    """Move a pool's cursors past hosts that are full."""
    sums, ground, smallest = board.sums, board.ground, board.tables.smallest
    cursor, left = sums.cursor, sums.left
    first, end = ground.host_start[pool], ground.host_start[pool + 1]
    while cursor[0, pool] < end - 1 and (
        left[cursor[0, pool], 0, 0] < smallest[0] or left[cursor[0, pool], 0, 1] < smallest[1]
    ):
        cursor[0, pool] += 1
    while cursor[1, pool] < end - 1 and left[cursor[1, pool], 0, 2] < smallest[2]:
        cursor[1, pool] += 1
    while cursor[2, pool] > first:
        host = cursor[2, pool]
        full = False
        for s in range(1, left.shape[1]):
            full = full or left[host, s, 0] < smallest[0] or left[host, s, 1] < smallest[1]
        if not full:
            break
        cursor[2, pool] -= 1


@lean
def seat(board: Board, party: Party, seats: Seats) -> int:
    """Find hosts for a party and charge them; the number of cells, or -1 (and nothing charged)."""
    advance(board, party.pool)
    stays, grows = counts_of(party)
    used = 0
    for number in range(party.run):
        used = _seat_normal(board, party, seats, used, int(number < stays))
        if used < 0:
            return -1
    for _ in range(max(0, grows - stays)):
        used = _seat_extra(board, party, seats, used)
        if used < 0:
            return -1
    return used


@lean
def seat_as(board: Board, party: Party, seats: Seats, hosts: I8) -> int:
    """Seat a party on given hosts as far as they have room, the rest as `seat` does; cells used, or -1.

    `hosts` are those of the replicas of normal time, then those of extra ones; NOTHING where none is given.
    """
    advance(board, party.pool)
    stays, grows = counts_of(party)
    count = board.ground.host_start[party.pool + 1] - board.ground.host_start[party.pool]
    used = 0
    for number in range(party.run + max(0, grows - stays)):
        extra = number >= party.run
        kept = int(number < stays)
        host = hosts[number]
        limits = (
            _limit(party, party.run, count),
            _limit(party, min(party.take if extra else party.run, party.keep), count),
        )
        if host != NOTHING and _takes_one(board, party, seats, (used, host), (extra, kept), limits):
            used = _put(board, party, seats, used, host, EXTRA + 1 if extra else kept)
        elif extra:
            used = _seat_extra(board, party, seats, used)
        else:
            used = _seat_normal(board, party, seats, used, kept)
        if used < 0:
            return -1
    return used


@lean
def _takes_one(
    board: Board,
    party: Party,
    seats: Seats,
    place: tuple[int, int],
    what: tuple[bool, int],
    limits: tuple[int, int],
) -> bool:
    """True when a host takes one more replica: `place` is cells used and host, `what` is extra and kept."""
    used, host = place
    extra, kept = what
    if bars(board, party.comp, party.size, host):
        return False
    there = _cell_of(seats, used, host)
    if there < used:
        if extra and seats.cells[there, 2] + seats.cells[there, 3] >= limits[1]:
            return False
        if not extra and (
            seats.cells[there, 0] >= limits[0] or (kept and seats.cells[there, 2] >= limits[1])
        ):
            return False
    need = (0, 0, 1) if extra else (1, kept, kept)
    return bool(host_fits(board.sums.left[host], board.tables.size[party.size], seats.turns, need))


@lean
def unseat(board: Board, party: Party, seats: Seats, used: int) -> None:
    """Take cells off their hosts."""
    for number in range(used):
        charge(board, seats.hosts[number], party, seats.cells[number], seats.turns, -1)


@lean
def _seat_normal(board: Board, party: Party, seats: Seats, used: int, kept: int) -> int:
    """Seat one more replica of normal time on the first host with room, one that is on if there is any.

    One that is kept stays there after failures.
    """
    ground, sums = board.ground, board.sums
    size = board.tables.size[party.size]
    start, end = ground.host_start[party.pool], ground.host_start[party.pool + 1]
    most = _limit(party, party.run, end - start)
    most_kept = _limit(party, min(party.run, party.keep), end - start)
    copy = size[0] == 0 and size[1] == 0
    first = sums.cursor[1 if copy else 0, party.pool]
    asleep = NOTHING
    for step in range(end - start):
        host = first + step if first + step < end else start + (first + step - end)
        if asleep != NOTHING and step + first >= sums.frontier[party.pool] and first + step < end:
            break
        if sums.on[host] == 0 and asleep != NOTHING:
            continue
        if sums.left[host, 0, 0] < size[0] or sums.left[host, 0, 1] < size[1]:
            continue
        there = _cell_of(seats, used, host)
        if there < used and (seats.cells[there, 0] >= most or (kept and seats.cells[there, 2] >= most_kept)):
            continue
        if bars(board, party.comp, party.size, host):
            continue
        if host_fits(sums.left[host], size, seats.turns, (1, kept, kept)):
            if sums.on[host] > 0:
                return _put(board, party, seats, used, host, kept)
            asleep = host
    if asleep != NOTHING:
        # + 0: a number that can be a constant has a type of its own, for which `_put` were compiled once more
        return _put(board, party, seats, used, asleep + 0, kept)
    unseat(board, party, seats, used)
    return -1


@lean
def _seat_extra(board: Board, party: Party, seats: Seats, used: int) -> int:
    """Seat one more replica of a takeover on the last host with room."""
    ground, sums = board.ground, board.sums
    size = board.tables.size[party.size]
    start, end = ground.host_start[party.pool], ground.host_start[party.pool + 1]
    most = _limit(party, min(party.take, party.keep), end - start)
    last = sums.cursor[2, party.pool]
    for lap in range(2):
        high, low = (last, start - 1) if lap == 0 else (end - 1, last)
        for host in range(high, low, -1):
            there = _cell_of(seats, used, host)
            if there < used and seats.cells[there, 2] + seats.cells[there, 3] >= most:
                continue
            if bars(board, party.comp, party.size, host):
                continue
            if host_fits(sums.left[host], size, seats.turns, (0, 0, 1)):
                # + 0 * used: the same for a constant
                return _put(board, party, seats, used, host, EXTRA + 1 + 0 * used)
    unseat(board, party, seats, used)
    return -1


@lean
def _limit(party: Party, count: int, hosts: int) -> int:
    """The most of so many replicas on one host."""
    return min(-(-count // hosts) if party.spread == BY_HOST else max(count, 1), party.most)


@lean
def _cell_of(seats: Seats, used: int, host: int) -> int:
    """The cell of a host, or the number of the next new one."""
    for number in range(used):
        if seats.hosts[number] == host:
            return number
    return used


@lean
def _put(board: Board, party: Party, seats: Seats, used: int, host: int, kind: int) -> int:
    """Add a replica to the cell of its host, or to a new one; of its `kind` 2 says extra, 1 says kept."""
    cell = _cell_of(seats, used, host)
    extra = kind // EXTRA
    kept = kind % EXTRA
    one = (1 - extra, extra, kept * (1 - extra), kept * extra)
    charge(board, host, party, one, seats.turns, 1)
    if cell == used:
        seats.hosts[cell] = host
        for part in range(4):
            seats.cells[cell, part] = 0
        used += 1
    for part in range(4):
        seats.cells[cell, part] += one[part]
    return used
