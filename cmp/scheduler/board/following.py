"""Places a group as it was told: in one layout, each side on the best pool of a class if that has room."""

from __future__ import annotations

from cmp.scheduler.board.arrays import I8, NOTHING, Board
from cmp.scheduler.board.choosing import (
    AS_PACKED,
    Chosen,
    Manner,
    commit,
    entries_of,
    party_for,
    running_of,
    taken_cloud,
    takeover_of,
)
from cmp.scheduler.board.hosts import Party, Seats, more_hosts, peak_with, seat, sums_fit
from cmp.scheduler.board.limits import NO_ROOM
from cmp.scheduler.board.placing import asked_for, drop_rows, seats_for, settle, sides_of
from cmp.scheduler.board.rowstore import Ask
from cmp.scheduler.board.siding import place_side
from cmp.scheduler.compiled import compiled

EXACTLY = -2


@compiled
def exactly(pool: int) -> int:
    """How a side is told one pool."""
    return EXACTLY - pool


@compiled
def place_as_told(board: Board, group: int, layout: int, told: I8, manner: Manner) -> int:
    """Place a group in a layout; FINE, or what forbids it, with nothing changed.

    Args:
        board: what stands.
        group: the group.
        layout: its layout.
        told: by component * 6 + role the class of pools that a side is meant for, `exactly` a pool, or
            NOTHING.
        manner: how pools are chosen where a class has no room.
    """
    sides = sides_of(board, group, layout)
    seats = seats_for(board)
    for number in range(sides.shape[0]):
        ask = asked_for(board, group, layout, sides[number], seats)
        wish = told[sides[number]]
        if wish <= EXACTLY:
            stands = _on_pool(board, ask, seats, EXACTLY - wish)
        else:
            stands = _on_class(board, ask, seats, wish)
        if not stands and not place_side(board, ask, seats, manner):
            drop_rows(board, group)
            return NO_ROOM
    return settle(board, group)


@compiled
def _on_class(board: Board, ask: Ask, seats: Seats, kind: int) -> bool:
    """Put a side on the pool of a class that needs the fewest hosts more for it."""
    tables, ground = board.tables, board.ground
    if kind == NOTHING or ground.class_cloud[kind] == taken_cloud(board, ask):
        return False
    first, end = entries_of(board, ask)
    for entry in range(first, end):
        if tables.entry_class[entry] != kind:
            continue
        take = takeover_of(board, ask, tables.entry_worth[entry])
        run = running_of(board, ask, take)
        best, least, lowest = NOTHING, 0, 0
        for place in range(ground.class_start[kind], ground.class_start[kind + 1]):
            party = party_for(board, ask, entry, ground.class_pool[place], (run, take))
            if not sums_fit(board, party, seats.turns):
                continue
            more = more_hosts(board, party)
            peak = peak_with(board, party, seats.turns)
            if best == NOTHING or more < least or (more == least and peak < lowest):
                best, least, lowest = party.pool, more, peak
        if best != NOTHING:
            return _seated(board, ask, seats, (entry, best), (run, take))
    return False


@compiled
def _on_pool(board: Board, ask: Ask, seats: Seats, pool: int) -> bool:
    """Put a side on a pool."""
    tables, ground = board.tables, board.ground
    if ground.pool_cloud[pool] == taken_cloud(board, ask):
        return False
    first, end = entries_of(board, ask)
    for entry in range(first, end):
        if tables.entry_class[entry] == ground.pool_class[pool]:
            take = takeover_of(board, ask, tables.entry_worth[entry])
            run = running_of(board, ask, take)
            if sums_fit(board, party_for(board, ask, entry, pool, (run, take)), seats.turns):
                return _seated(board, ask, seats, (entry, pool), (run, take))
    return False


@compiled
def _seated(board: Board, ask: Ask, seats: Seats, where: tuple[int, int], counts: tuple[int, int]) -> bool:
    entry, pool = where
    party: Party = party_for(board, ask, entry, pool, counts)
    peak = board.sums.peak[pool]
    used = seat(board, party, seats)
    if used < 0:
        return False
    commit(board, ask, Chosen(entry, party, used, peak, AS_PACKED), seats)
    return True
