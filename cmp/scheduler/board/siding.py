"""Places a side: on the one pool that costs least, or on several where none has room for all of it."""

from __future__ import annotations

import numpy as np

from cmp.scheduler.board.arrays import BY_CENTER, BY_POOL, NOTHING, U1, Board, RoleIndex
from cmp.scheduler.board.choosing import (
    Chosen,
    Manner,
    commit,
    entries_of,
    party_for,
    place_on_one,
    room_by_host,
    running_of,
    taken_cloud,
)
from cmp.scheduler.board.hosts import Party, Seats, seat, sums_fit
from cmp.scheduler.board.relations import barred, form_of, takes_form
from cmp.scheduler.board.rowstore import Ask
from cmp.scheduler.compiled import compiled, lean

PRIMARY, COLD, BACKUP = int(RoleIndex.PRIMARY), int(RoleIndex.COLD), int(RoleIndex.BACKUP)


@compiled
def place_side(board: Board, ask: Ask, seats: Seats, manner: Manner) -> bool:
    """Give a side its rows; False where its center has no room, and then some of its rows may stand."""
    return place_on_one(board, ask, seats, manner) or _split(board, ask, seats, manner)


@compiled
def _split(board: Board, ask: Ask, seats: Seats, manner: Manner) -> bool:
    """A side over several pools: each time the pool that takes most, then the one that is filled least."""
    if ask.role == BACKUP or board.tables.spread[ask.comp] == BY_CENTER:
        return False
    shares = np.empty((16, 3), dtype=np.int64)
    used, done, count = 0, 0, 0
    while done < board.tables.amount[ask.comp] or count < board.tables.least[ask.comp]:
        if used == shares.shape[0]:
            return False
        entry, pool, takes = _most(board, ask, seats.turns, shares[:used], (done, count))
        if takes == 0:
            return False
        shares[used, 0], shares[used, 1], shares[used, 2] = pool, entry, takes
        used += 1
        done += takes * board.tables.entry_worth[entry]
        count += takes
    _trim(board, ask, shares[:used], done, count)
    return _seat_shares(board, ask, seats, manner, shares[:used])


@lean
def _most(
    board: Board, ask: Ask, turns: U1, shares: np.ndarray, so_far: tuple[int, int]
) -> tuple[int, int, int]:
    """The entry and pool that take most of what is missing, and how many replicas that is."""
    tables, ground = board.tables, board.ground
    first, end = entries_of(board, ask)
    other = taken_cloud(board, ask)
    best_entry, best_pool, best_takes, best_peak = NOTHING, NOTHING, 0, 0
    for entry in range(first, end):
        kind = tables.entry_class[entry]
        if ground.class_cloud[kind] == other:
            continue
        worth = tables.entry_worth[entry]
        missing = max(-(-(tables.amount[ask.comp] - so_far[0]) // worth), tables.least[ask.comp] - so_far[1])
        if tables.spread[ask.comp] == BY_POOL:
            missing = min(missing, 1)
        missing = min(missing, tables.most_pool[ask.comp])
        if not takes_form(board, _one_form(board, ask, shares), entry):
            continue
        for place in range(ground.class_start[kind], ground.class_start[kind + 1]):
            pool = ground.class_pool[place]
            if _among(shares, pool):
                continue
            one = (min(missing, int(ask.role != COLD)), min(missing, 1))
            if barred(board, (ask.comp, ask.role), pool, one, turns):
                continue
            takes = _takes(board, ask, turns, (entry, pool, min(missing, room_by_host(board, ask, pool))))
            peak = board.sums.peak[pool]
            if takes > best_takes or (takes == best_takes and takes > 0 and peak < best_peak):
                best_entry, best_pool, best_takes, best_peak = entry, pool, takes, peak
    return best_entry, best_pool, best_takes


@lean
def _one_form(board: Board, ask: Ask, shares: np.ndarray) -> int:
    """The forms that a further share may take: once a byte-wise side has one, that of the first."""
    if shares.shape[0] == 0 or not board.tables.bytewise[ask.comp]:
        return ask.forms
    return form_of(board, shares[0, 1])


@lean
def _among(shares: np.ndarray, pool: int) -> bool:
    for number in range(shares.shape[0]):  # noqa: SIM110 - compiled loops know no generators
        if shares[number, 0] == pool:
            return True
    return False


@lean
def _takes(board: Board, ask: Ask, turns: U1, wish: tuple[int, int, int]) -> int:
    """How many replicas a pool takes, up to what is missing; as if all of them ran in normal time."""
    entry, pool, missing = wish
    low, high = 0, missing
    while low < high:
        middle = (low + high + 1) // 2
        run = 0 if ask.role == COLD else middle
        if sums_fit(board, party_for(board, ask, entry, pool, (run, middle)), turns):
            low = middle
        else:
            high = middle - 1
    return low


@lean
def _trim(board: Board, ask: Ask, shares: np.ndarray, done: int, count: int) -> None:
    """Leave out every replica that the side can do without, the last ones first."""
    tables = board.tables
    for number in range(shares.shape[0] - 1, -1, -1):
        worth = tables.entry_worth[shares[number, 1]]
        while (
            shares[number, 2] > 0
            and done - worth >= tables.amount[ask.comp]
            and count - 1 >= tables.least[ask.comp]
        ):
            shares[number, 2] -= 1
            done -= worth
            count -= 1


@lean
def in_order(shares: np.ndarray) -> None:
    """Sort shares (pool, entry, replicas) by pool."""
    for number in range(1, shares.shape[0]):
        place = number
        while place > 0 and shares[place, 0] < shares[place - 1, 0]:
            for part in range(shares.shape[1]):
                held = shares[place, part]
                shares[place, part] = shares[place - 1, part]
                shares[place - 1, part] = held
            place -= 1


@lean
def _seat_shares(board: Board, ask: Ask, seats: Seats, manner: Manner, shares: np.ndarray) -> bool:
    """Seat every share, in order of pool, which gives the running replicas to the first ones."""
    in_order(shares)
    count = 0
    for number in range(shares.shape[0]):
        count += shares[number, 2]
    left = running_of(board, ask, count)
    kept = board.tables.floor[ask.comp, int(ask.role != PRIMARY)]
    for number in range(shares.shape[0]):
        take = shares[number, 2]
        if take == 0:
            continue
        run = min(take, left)
        left -= run
        party = party_for(board, ask, shares[number, 1], shares[number, 0], (run, take))
        keep = min(kept, take)
        kept -= keep
        party = Party(
            party.pool, party.size, run, take, keep, party.spread, party.hot, party.most, party.comp
        )
        peak = board.sums.peak[party.pool]
        used = seat(board, party, seats)
        if used < 0:
            return False
        commit(board, ask, Chosen(shares[number, 1], party, used, peak, manner.even), seats)
    return True
