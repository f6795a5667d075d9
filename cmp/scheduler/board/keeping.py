"""Puts groups back exactly where a Plan has them, and exchanges two groups where one finds no room."""

from __future__ import annotations

import numpy as np

from cmp.scheduler.board.arrays import GONE, I8, NOTHING, STAYS, Board, Grid, Line, RoleIndex
from cmp.scheduler.board.choosing import Manner
from cmp.scheduler.board.hosts import Party, seat_as
from cmp.scheduler.board.improving import forget_group, lift_group, return_group
from cmp.scheduler.board.limits import FINE, NO_ROOM
from cmp.scheduler.board.placing import drop_rows, lies_in, place_group, remove_group, seats_for, settle
from cmp.scheduler.board.relations import ANY_FORMAT
from cmp.scheduler.board.rowstore import Ask, add_row, is_hot, keep_cells, most_on_host, picky
from cmp.scheduler.compiled import compiled, lean

BACKUP, MEMBER = int(RoleIndex.BACKUP), int(RoleIndex.MEMBER)


@compiled
def place_as(board: Board, group: int, rows: Grid, hosts: Line) -> int:
    """Place a group in given rows, if possible on given hosts, or tell what forbids it.

    A row is component, role, pool, entry, running, on takeover, kept, and where its hosts begin in `hosts`:
    one for each replica of normal time, then one for each extra one.
    """
    layout = layout_of(board, group, rows)
    if layout == NOTHING:
        return NO_ROOM
    seats = seats_for(board)
    for number in range(rows.shape[0]):
        comp, role, pool, entry = rows[number, 0], rows[number, 1], rows[number, 2], rows[number, 3]
        run, take, keep = rows[number, 4], rows[number, 5], rows[number, 6]
        center = board.ground.pool_center[pool]
        if role == MEMBER:
            for failure in range(seats.turns.shape[0]):
                seats.turns[failure] = GONE if board.ground.lost_center[failure, center] else STAYS
        else:
            for failure in range(seats.turns.shape[0]):
                seats.turns[failure] = board.tables.turn[layout, board.tables.grade[comp], role, failure]
        spread = 0 if role == BACKUP else board.tables.spread[comp]
        size = board.tables.entry_size[entry]
        most = most_on_host(board, comp, role)
        hot = is_hot(board, comp, pool)
        party = Party(pool, size, run, take, keep, spread, hot, most, picky(board, comp))
        used = seat_as(board, party, seats, hosts[rows[number, 7] :])
        if used < 0:
            drop_rows(board, group)
            return NO_ROOM
        row = add_row(board, Ask(group, comp, role, center, ANY_FORMAT), entry, party)
        keep_cells(board, row, seats, used)
    return settle(board, group)


@lean
def layout_of(board: Board, group: int, rows: I8) -> int:
    """The layout in which all these rows lie where their sides belong; NOTHING where there is none."""
    tables = board.tables
    kind = tables.group_kind[group]
    for layout in range(tables.layout_start[kind], tables.layout_start[kind + 1]):
        right = True
        for number in range(rows.shape[0]):
            right = right and lies_in(board, layout, (rows[number, 0], rows[number, 1]), rows[number, 2])
        if right:
            return layout
    return NOTHING


@compiled
def exchange(board: Board, group: int, others: Line, manner: Manner) -> bool:
    """Place a group where another stood, and that one elsewhere; False, and all as before, if none helps."""
    for number in range(others.shape[0]):
        other = others[number]
        if board.sums.home[other] == NOTHING:
            continue
        head = lift_group(board, other)
        if place_group(board, group, manner) == FINE:
            if place_group(board, other, manner) == FINE:
                forget_group(board, head)
                return True
            remove_group(board, group)
        return_group(board, other, head)
    return False


@compiled
def scarcity(board: Board, there: Grid) -> I8:
    """For each group the largest share, in millionths, that a side takes of all pools that may carry it.

    `there[set, r]` is what the pools of a set of entries have in all.
    """
    tables = board.tables
    found = np.zeros(tables.group_kind.shape[0], dtype=np.int64)
    for group in range(found.shape[0]):
        for comp in range(tables.group_start[group], tables.group_start[group + 1]):
            options = tables.options[comp]
            width = tables.entry_start.shape[1] - 1
            for r in range(tables.size.shape[1]):
                asked = 0
                for entry in range(tables.entry_start[options, 0], tables.entry_start[options, width]):
                    count = max(-(-tables.amount[comp] // tables.entry_worth[entry]), tables.least[comp])
                    asked = max(asked, tables.size[tables.entry_size[entry], r] * count)
                if there[options, r] > 0:
                    found[group] = max(found[group], asked * 1_000_000 // there[options, r])
    return found
