"""Chooses the pools of one side: the pool that costs least, or several where none has room for all of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cmp.scheduler.board.arrays import BY_CENTER, BY_POOL, NOTHING, U1, Board, RoleIndex
from cmp.scheduler.board.hosts import (
    THOUSAND,
    Party,
    Seats,
    apart_of,
    more_hosts,
    peak_with,
    seat,
    sums_fit,
    unseat,
)
from cmp.scheduler.board.relations import barred, takes_form
from cmp.scheduler.board.rowstore import (
    Ask,
    add_row,
    is_hot,
    keep_cells,
    missed_of,
    most_on_host,
    move_of,
    picky,
    rate_of,
)
from cmp.scheduler.compiled import compiled, lean

PRIMARY, COLD, BACKUP, WARM = (
    int(RoleIndex.PRIMARY),
    int(RoleIndex.COLD),
    int(RoleIndex.BACKUP),
    int(RoleIndex.WARM),
)
CROWDED = 800
"""Above this peak, in thousandths, a pool gets dearer, so that scarce room is left for those who need it."""
CROWDS = 10.0
"""How much dearer a full pool is than an empty one, against a host that is on and the side itself."""
DISLIKE = 0.52**8 / 4
"""Where peaks decide, what one soft wish not met counts.

A pool weighs its peak to the eighth (`steep`), a wish a quarter of a pool that is 52 % full: wishes decide
while pools stay below about half, room decides above that.
"""
FULL = 1000
ALL = 10**15
"""More replicas than anything has."""


LAPS = 16
"""Windows of pools that are looked at where none has hosts for a side, at most."""
PLACED, REFUSED = 1, 0
TOO_WIDE = 1e15
"""What a pool costs that should not take so wide a row: it is chosen only where there is no other."""
BY_COST, EVENLY, AS_PACKED = 0, 1, 2
"""What decides between pools."""
EVEN = 1e12
"""The unit that the cost of peaks is counted in, as integers."""


class Chosen(NamedTuple):
    """A party that is seated: its entry, its number of cells, and the pool's peak before."""

    entry: int
    party: Party
    used: int
    peak: int
    even: int


class Manner(NamedTuple):
    """How pools are chosen: `even` EVENLY fills the fullest pools least, else money and watts decide.

    They do on hosts as they stand (BY_COST), or as if every pool were packed anew (AS_PACKED).
    `window` is how many pools of a class are looked at; `trials` how many of the best are tried on hosts, for
    their true cost; `ceiling` is the peak, in thousandths, above which a pool is left alone if that is
    possible.
    """

    even: int
    window: int
    trials: int
    ceiling: int


@lean
def takeover_of(board: Board, ask: Ask, worth: int) -> int:
    """Replicas that do a side's work alone on one kind of chip; a copy is one."""
    if ask.role == BACKUP:
        return 1
    return max(-(-board.tables.amount[ask.comp] // worth), board.tables.least[ask.comp])


@lean
def running_of(board: Board, ask: Ask, take: int) -> int:
    """Replicas of a whole side that run in normal time."""
    if ask.role == COLD:
        return 0
    if ask.role == WARM and not board.tables.stateful[ask.comp]:
        return max(1, -(-take // 2))
    return take


@lean
def party_for(board: Board, ask: Ask, entry: int, pool: int, counts: tuple[int, int]) -> Party:
    """A side, or its share, on a pool; `counts` are what runs and what takes over."""
    tables = board.tables
    run, take = counts
    copy = ask.role == BACKUP
    keep = take if copy else min(tables.floor[ask.comp, int(ask.role != PRIMARY)], take)
    spread = 0 if copy else tables.spread[ask.comp]
    hot, most = is_hot(board, ask.comp, pool), most_on_host(board, ask.comp, ask.role)
    size = tables.entry_size[entry]
    return Party(pool, size, run, take, keep, spread, hot, most, picky(board, ask.comp))


@lean
def room_by_host(board: Board, ask: Ask, pool: int) -> int:
    """The most replicas of a side on a pool, where no more than so many may stand on one host."""
    if ask.role == BACKUP or board.tables.most_host[ask.comp] >= ALL:
        return ALL
    hosts = board.ground.host_start[pool + 1] - board.ground.host_start[pool]
    return hosts * board.tables.most_host[ask.comp]


@lean
def entries_of(board: Board, ask: Ask) -> tuple[int, int]:
    """The entries that a side may choose from."""
    tables = board.tables
    options = tables.copies[ask.comp] if ask.role == BACKUP else tables.options[ask.comp]
    if options == NOTHING:
        return 0, 0
    return tables.entry_start[options, ask.center], tables.entry_start[options, ask.center + 1]


@lean
def taken_cloud(board: Board, ask: Ask) -> int:
    """The cloud of another side of the same component in the same center; this one needs another."""
    rows, ground = board.rows, board.ground
    if ask.role > COLD:
        return NOTHING
    row = rows.first[ask.group]
    while row != NOTHING:
        pool = rows.pool[row]
        if (
            rows.comp[row] == ask.comp
            and rows.role[row] <= COLD
            and rows.role[row] != ask.role
            and ground.pool_center[pool] == ask.center
        ):
            return ground.pool_cloud[pool]
        row = rows.next[row]
    return NOTHING


@lean
def cheapest(board: Board, ask: Ask, turns: U1, manner: Manner) -> float:
    """What a side costs at least on the pools that its classes offer first; a lot where it needs several."""
    tables, ground = board.tables, board.ground
    first, end = entries_of(board, ask)
    best = np.inf if first == end else CROWDS * float(board.ground.dearest[0])
    for entry in range(first, end):
        if not takes_form(board, ask.forms, entry):
            continue
        kind = tables.entry_class[entry]
        low = ground.class_start[kind]
        pool = ground.class_pool[low + board.sums.class_cursor[kind]]
        party = _whole(board, ask, entry, pool)
        if not sums_fit(board, party, turns):
            continue
        peak = peak_with(board, party, turns)
        if peak <= manner.ceiling:
            how = AS_PACKED if manner.even == AS_PACKED else BY_COST
            best = min(best, candidate_cost(board, ask, entry, party, (peak, how)))
    return best


@lean
def candidate_cost(board: Board, ask: Ask, entry: int, party: Party, how: tuple[int, int]) -> float:
    """What a side costs on a pool that it takes to a peak; `how` is the peak and what decides.

    Unless peaks do it is the objective's parts, the side's share of a host that is on, and crowding.
    """
    peak, even = how
    if even == EVENLY:
        return steep(peak) - steep(board.sums.peak[party.pool]) + _wishes(board, ask, entry)
    tables, ground = board.tables, board.ground
    rate = rate_of(board, entry, ask.role, party.run, party.take)
    move = move_of(board, ask.comp, ask.role, party.pool, party.run)
    if even == AS_PACKED:
        more = more_hosts(board, party)
        far = TOO_WIDE if apart_of(board, party) > board.sums.narrow[party.pool] else 0.0
        return far + float(rate + move + ground.on_cost[party.pool] * more // THOUSAND)
    share = 0
    for r in range(tables.size.shape[1]):
        there = ground.cap[party.pool, r]
        if there > 0:
            share = max(share, tables.size[party.size, r] * party.run * 1000 // there)
    part = ground.on_cost[party.pool] * share // 1000
    return float(rate + move + part) + _crowding(board, ask, entry, party, peak)


@lean
def _crowding(board: Board, ask: Ask, entry: int, party: Party, peak: int) -> float:
    """What a pool that gets crowded costs on top."""
    if peak <= CROWDED:
        return 0.0
    over = float(peak - CROWDED) / float(FULL - CROWDED)
    rate = rate_of(board, entry, ask.role, party.run, party.take)
    return CROWDS * over * over * float(board.ground.on_cost[party.pool] + rate)


@lean
def _wishes(board: Board, ask: Ask, entry: int) -> float:
    """What soft wishes not met cost where only peaks and wishes count."""
    return DISLIKE * missed_of(board, entry, ask.role)


@lean
def steep(peak: int) -> float:
    """What a pool weighs where only peaks count: its peak to the eighth."""
    part = float(peak) / FULL
    square = part * part
    fourth = square * square
    return fourth * fourth


@compiled
def place_on_one(board: Board, ask: Ask, seats: Seats, manner: Manner) -> bool:
    """Put all of a side on the pool that costs least."""
    for lap in range(LAPS):
        answer = _on_one_of(board, ask, seats, manner, lap)
        if answer != NOTHING:
            return answer == PLACED
    return False


@compiled
def _on_one_of(board: Board, ask: Ask, seats: Seats, manner: Manner, lap: int) -> int:
    """The same on one window: PLACED, REFUSED where no pool has room, NOTHING where hosts have none."""
    pools = np.empty(64, dtype=np.int64)
    entries = np.empty(64, dtype=np.int64)
    costs = np.empty(64, dtype=np.float64)
    found = _candidates(board, ask, seats, (manner, lap), (pools, entries, costs))
    if found == 0:
        return REFUSED
    best, best_cost, tried = NOTHING, np.inf, 0
    for _ in range(found):
        place = NOTHING
        for number in range(found):
            if costs[number] < np.inf and (place == NOTHING or costs[number] < costs[place]):
                place = number
        if place == NOTHING or (best != NOTHING and tried >= manner.trials):
            break
        cost = costs[place]
        costs[place] = np.inf
        party = _whole(board, ask, entries[place], pools[place])
        before, peak = board.sums.cost[0], board.sums.peak[pools[place]]
        used = seat(board, party, seats)
        if used < 0:
            _pass_over(board, pools[place])
            continue
        if manner.trials <= 1:
            commit(board, ask, Chosen(entries[place], party, used, peak, manner.even), seats)
            return PLACED
        tried += 1
        cost += float(board.sums.cost[0] - before)
        unseat(board, party, seats, used)
        if cost < best_cost:
            best, best_cost = place, cost
    if best == NOTHING:
        return NOTHING
    party = _whole(board, ask, entries[best], pools[best])
    peak = board.sums.peak[pools[best]]
    used = seat(board, party, seats)
    if used < 0:
        return NOTHING
    commit(board, ask, Chosen(entries[best], party, used, peak, manner.even), seats)
    return PLACED


@lean
def _pass_over(board: Board, pool: int) -> None:
    """Look first at the next pool of a class, where this one had room by its sums but not on its hosts."""
    ground, cursor = board.ground, board.sums.class_cursor
    kind = ground.pool_class[pool]
    low, high = ground.class_start[kind], ground.class_start[kind + 1]
    if ground.class_pool[low + cursor[kind]] == pool:
        cursor[kind] = (cursor[kind] + 1) % (high - low)


@lean
def _whole(board: Board, ask: Ask, entry: int, pool: int) -> Party:
    take = takeover_of(board, ask, board.tables.entry_worth[entry])
    return party_for(board, ask, entry, pool, (running_of(board, ask, take), take))


@lean
def commit(board: Board, ask: Ask, chosen: Chosen, seats: Seats) -> None:
    """Make a row of a party that is seated."""
    row = add_row(board, ask, chosen.entry, chosen.party)
    keep_cells(board, row, seats, chosen.used)
    peak = board.sums.peak[chosen.party.pool]
    if chosen.even == EVENLY:
        cost = steep(peak) - steep(chosen.peak) + _wishes(board, ask, chosen.entry)
        board.sums.cost[3] += int(cost * EVEN)
    elif chosen.even == BY_COST:
        board.sums.cost[3] += int(_crowding(board, ask, chosen.entry, chosen.party, peak))


@lean
def _may_be_one(board: Board, ask: Ask, entry: int, take: int) -> bool:
    """True when a whole side of so many replicas may stand on one pool, in the form that it has there."""
    tables = board.tables
    if not takes_form(board, ask.forms, entry):
        return False
    if ask.role == BACKUP:
        return True
    apart = take > 1 and tables.spread[ask.comp] in (BY_POOL, BY_CENTER)
    return not apart and take <= tables.most_pool[ask.comp]


@lean
def _candidates(
    board: Board,
    ask: Ask,
    seats: Seats,
    how: tuple[Manner, int],
    into: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> int:
    """Pools with room by their sums, with their entries and costs; of each class a window from its cursor.

    `how` is the manner, and how many windows were looked at before.
    """
    tables, ground = board.tables, board.ground
    manner, lap = how
    pools, entries, costs = into
    first, end = entries_of(board, ask)
    other = taken_cloud(board, ask)
    found = 0
    for entry in range(first, end):
        kind = tables.entry_class[entry]
        take = takeover_of(board, ask, tables.entry_worth[entry])
        if ground.class_cloud[kind] == other or not _may_be_one(board, ask, entry, take):
            continue
        run = running_of(board, ask, take)
        low, high = ground.class_start[kind], ground.class_start[kind + 1]
        width = high - low
        start = board.sums.class_cursor[kind]
        seen = 0
        for step in range(width):
            pool = ground.class_pool[low + (start + step) % width]
            if take > room_by_host(board, ask, pool) or barred(
                board, (ask.comp, ask.role), pool, (run, take), seats.turns
            ):
                continue
            party = party_for(board, ask, entry, pool, (run, take))
            if not sums_fit(board, party, seats.turns):
                if step == 0 and width > manner.window:
                    board.sums.class_cursor[kind] = (start + 1) % width
                continue
            peak = peak_with(board, party, seats.turns)
            seen += 1
            if seen <= lap * manner.window:
                continue
            costs[found] = candidate_cost(board, ask, entry, party, (peak, manner.even))
            pools[found], entries[found] = pool, entry
            found += 1
            if found == pools.shape[0]:
                return found
            if seen >= (lap + 1) * manner.window:
                break
    return found
