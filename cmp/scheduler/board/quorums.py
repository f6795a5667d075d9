"""Puts the members of a quorum that a center gets on its pools, one after the other."""

from __future__ import annotations

import numpy as np

from cmp.scheduler.board.arrays import BY_POOL, GONE, NOTHING, STAYS, Board, RoleIndex
from cmp.scheduler.board.choosing import Chosen, Manner, candidate_cost, commit, party_for, room_by_host
from cmp.scheduler.board.hosts import Seats, peak_with, seat, sums_fit
from cmp.scheduler.board.placing import seats_for
from cmp.scheduler.board.relations import barred
from cmp.scheduler.board.rowstore import Ask
from cmp.scheduler.board.siding import in_order
from cmp.scheduler.compiled import compiled, lean

MEMBER = int(RoleIndex.MEMBER)
MOST_POOLS = 64
"""Pools that the members in one center use at most."""


@compiled
def place_members(board: Board, ask: Ask, count: int, manner: Manner) -> bool:
    """Give so many members in a center their rows; False where it has no room, and then some may stand."""
    seats = seats_for(board)
    for failure in range(seats.turns.shape[0]):
        seats.turns[failure] = GONE if board.ground.lost_center[failure, ask.center] else STAYS
    shares = np.zeros((MOST_POOLS, 3), dtype=np.int64)
    used = 0
    for _ in range(count):
        entry, pool = _next(board, ask, seats, manner, shares[:used])
        if entry == NOTHING or used == MOST_POOLS:
            return False
        there = _place_of(shares[:used], pool)
        if there == used:
            shares[there, 0], shares[there, 1] = pool, entry
            used += 1
        shares[there, 2] += 1
    return _seat_all(board, ask, seats, manner, shares[:used])


@lean
def _place_of(shares: np.ndarray, pool: int) -> int:
    for number in range(shares.shape[0]):
        if shares[number, 0] == pool:
            return number
    return shares.shape[0]


@lean
def _next(board: Board, ask: Ask, seats: Seats, manner: Manner, shares: np.ndarray) -> tuple[int, int]:
    """The entry and pool that one more member costs least on, in a window of each class."""
    tables, ground = board.tables, board.ground
    options = tables.options[ask.comp]
    best_entry, best_pool, best_cost = NOTHING, NOTHING, np.inf
    for entry in range(tables.entry_start[options, ask.center], tables.entry_start[options, ask.center + 1]):
        kind = tables.entry_class[entry]
        low, width = ground.class_start[kind], ground.class_start[kind + 1] - ground.class_start[kind]
        seen = 0
        for step in range(width):
            if seen == manner.window:
                break
            pool = ground.class_pool[low + (board.sums.class_cursor[kind] + step) % width]
            there = _place_of(shares, pool)
            number = shares[there, 2] if there < shares.shape[0] else 0
            most = min(tables.most_pool[ask.comp], room_by_host(board, ask, pool))
            more = (number + 1, number + 1)
            if number >= most or barred(board, (ask.comp, ask.role), pool, more, seats.turns):
                continue
            if number and (tables.spread[ask.comp] == BY_POOL or shares[there, 1] != entry):
                continue
            party = party_for(board, ask, entry, pool, (number + 1, number + 1))
            if not sums_fit(board, party, seats.turns):
                continue
            seen += 1
            peak = peak_with(board, party, seats.turns)
            cost = candidate_cost(board, ask, entry, party, (peak, manner.even))
            if cost < best_cost:
                best_entry, best_pool, best_cost = entry, pool, cost
    return best_entry, best_pool


@lean
def _seat_all(board: Board, ask: Ask, seats: Seats, manner: Manner, shares: np.ndarray) -> bool:
    in_order(shares)
    for number in range(shares.shape[0]):
        count = shares[number, 2]
        party = party_for(board, ask, shares[number, 1], shares[number, 0], (count, count))
        peak = board.sums.peak[party.pool]
        used = seat(board, party, seats)
        if used < 0:
            return False
        commit(board, ask, Chosen(shares[number, 1], party, used, peak, manner.even), seats)
    return True
