"""Places a group whole, in the layout that costs least, or tells what forbade it."""

from __future__ import annotations

import numpy as np

from cmp.scheduler.board.arrays import I8, NOTHING, ROLES, Board, Line, RoleIndex
from cmp.scheduler.board.choosing import EVENLY, FULL, Manner, cheapest
from cmp.scheduler.board.fates import follow
from cmp.scheduler.board.hosts import Seats
from cmp.scheduler.board.limits import (
    FINE,
    NO_ROOM,
    STRANDED,
    TIED,
    TOO_FAR,
    count_shared,
    near_enough,
    shared_fit,
)
from cmp.scheduler.board.relations import ANY_FORMAT, formats_for, ties_hold
from cmp.scheduler.board.rowstore import Ask, free_row, lift_row, relax
from cmp.scheduler.board.siding import place_side
from cmp.scheduler.compiled import compiled, lean

SPARE_ROWS, SPARE_CELLS = 512, 4096
"""Free rows and cells that a placement must find; boards are made with far more."""
COLD, BACKUP, MEMBER = int(RoleIndex.COLD), int(RoleIndex.BACKUP), int(RoleIndex.MEMBER)
RETRIES = 4
"""How often a side that finds no room is put in front and all are chosen again."""


@compiled
def place_group(board: Board, group: int, manner: Manner) -> int:
    """Place a group in the cheapest layout that holds; FINE, or what forbade the last layout.

    Pools are filled above the ceiling only where the group finds no room below it.
    """
    answer = place_below(board, group, manner)
    if answer != FINE and manner.ceiling < FULL:
        answer = place_below(board, group, Manner(manner.even, manner.window, manner.trials, FULL))
    return answer


@compiled
def place_below(board: Board, group: int, manner: Manner) -> int:
    """Place a group in the cheapest layout that holds, on pools that stay below the ceiling."""
    tables, sums = board.tables, board.sums
    kind = tables.group_kind[group]
    first, end = tables.layout_start[kind], tables.layout_start[kind + 1]
    if manner.trials <= 1 and manner.even != EVENLY:
        return _place_as_estimated(board, group, manner)
    best, best_cost, told = NOTHING, 0, NO_ROOM
    for layout in range(first, end):
        before = sums.cost[0] + sums.cost[1] + sums.cost[2]
        sums.cost[3] = 0
        answer = place_in_layout(board, group, layout, manner)
        if answer != FINE:
            told = answer
            continue
        cost = sums.cost[3]
        if manner.even != EVENLY:
            cost += sums.cost[0] + sums.cost[1] + sums.cost[2] - before
        if end - first == 1:
            return FINE
        if best == NOTHING or cost < best_cost:
            best, best_cost = layout, cost
        remove_group(board, group)
    if best == NOTHING:
        return told
    # + 0: a number that can be a constant has a type of its own, for which all this were compiled once more
    return place_in_layout(board, group, best + 0, manner)


@compiled
def _place_as_estimated(board: Board, group: int, manner: Manner) -> int:
    """Place a group in the first layout that holds, those that look cheapest first."""
    tables = board.tables
    kind = tables.group_kind[group]
    first, end = tables.layout_start[kind], tables.layout_start[kind + 1]
    costs = np.empty(end - first, dtype=np.float64)
    for layout in range(first, end):
        costs[layout - first] = _estimate(board, group, layout, manner)
    told = NO_ROOM
    for _ in range(end - first):
        best = 0
        for number in range(1, end - first):
            if costs[number] < costs[best]:
                best = number
        if costs[best] == np.inf:
            break
        costs[best] = np.inf
        told = place_in_layout(board, group, first + best, manner)
        if told == FINE:
            break
    return told


@compiled
def _estimate(board: Board, group: int, layout: int, manner: Manner) -> float:
    """What a layout costs if each side took the pool that its cheapest class offers first."""
    tables = board.tables
    sides = sides_of(board, group, layout)
    total = 0.0
    for number in range(sides.shape[0]):
        comp, role = sides[number] // ROLES, sides[number] % ROLES
        grade = tables.grade[comp]
        forms = formats_for(board, group, (comp, layout, grade)) if role <= COLD else ANY_FORMAT
        ask = Ask(group, comp, role, tables.where[layout, grade, role], forms)
        total += cheapest(board, ask, tables.turn[layout, grade, role], manner)
    return total


@compiled
def place_in_layout(board: Board, group: int, layout: int, manner: Manner) -> int:
    """Place a group in one layout; FINE, or what forbids it, with nothing changed."""
    answer = place_sides(board, group, layout, manner)
    return settle(board, group) if answer == FINE else answer


@compiled
def place_sides(board: Board, group: int, layout: int, manner: Manner) -> int:
    """Give every side of a group its rows; FINE, or NO_ROOM with nothing changed."""
    sides = sides_of(board, group, layout)
    if board.rows.free[2] < SPARE_ROWS or board.rows.free[3] < SPARE_CELLS:
        return NO_ROOM
    seats = seats_for(board)
    for _ in range(RETRIES):
        failed = _place_all(board, group, layout, sides, (seats, manner))
        if failed == NOTHING:
            return FINE
        drop_rows(board, group)
        if failed == 0:
            return NO_ROOM
        code = sides[failed]
        for number in range(failed, 0, -1):
            sides[number] = sides[number - 1]
        sides[0] = code
    return NO_ROOM


@compiled
def seats_for(board: Board) -> Seats:
    """Room to seat one party."""
    widest = board.ground.widest[0]
    return Seats(
        np.empty(board.rows.turn.shape[1], dtype=np.uint8),
        np.empty(widest, dtype=np.int64),
        np.empty((widest, 4), dtype=np.int64),
    )


@compiled
def sides_of(board: Board, group: int, layout: int) -> I8:
    """The sides that a group has in a layout, as component * 6 + role, in order of component and role."""
    tables = board.tables
    first, end = tables.group_start[group], tables.group_start[group + 1]
    sides = np.empty((end - first) * ROLES, dtype=np.int64)
    found = 0
    for comp in range(first, end):
        if tables.member[comp]:
            continue
        for role in range(BACKUP + 1):
            if tables.where[layout, tables.grade[comp], role] == NOTHING:
                continue
            if role == BACKUP and tables.copies[comp] == NOTHING:
                continue
            sides[found] = comp * ROLES + role
            found += 1
    return sides[:found]


@compiled
def _place_all(board: Board, group: int, layout: int, sides: I8, with_: tuple[Seats, Manner]) -> int:
    """The place of the first side that finds no room, or NOTHING."""
    seats, manner = with_
    for number in range(sides.shape[0]):
        if not place_side(board, asked_for(board, group, layout, sides[number], seats), seats, manner):
            return number
    return NOTHING


@lean
def asked_for(board: Board, group: int, layout: int, side: int, seats: Seats) -> Ask:
    """What a side (component * 6 + role) asks for in a layout; `seats` get what failures make of it."""
    tables = board.tables
    comp, role = side // ROLES, side % ROLES
    grade = tables.grade[comp]
    for failure in range(seats.turns.shape[0]):
        seats.turns[failure] = tables.turn[layout, grade, role, failure]
    forms = formats_for(board, group, (comp, layout, grade)) if role <= COLD else ANY_FORMAT
    return Ask(group, comp, role, tables.where[layout, grade, role], forms)


@lean
def lies_in(board: Board, layout: int, side: tuple[int, int], pool: int) -> bool:
    """True when a side (component and role) on a pool lies where a layout has it; members lie anywhere."""
    comp, role = side
    center = board.tables.where[layout, board.tables.grade[comp], role]
    return bool(role == MEMBER or center == board.ground.pool_center[pool])


@lean
def settle(board: Board, group: int) -> int:
    """Judge a group whose rows all stand and count what it shares; taken off where something forbids it."""
    if not follow(board, group):
        drop_rows(board, group)
        return STRANDED
    if not relax(board, group):
        drop_rows(board, group)
        return NO_ROOM
    count_shared(board, group, 1)
    answer = shared_fit(board)
    if answer == FINE and not near_enough(board, group):
        answer = TOO_FAR
    if answer == FINE and not ties_hold(board, group):
        answer = TIED
    if answer != FINE:
        remove_group(board, group)
    return answer


@lean
def remove_group(board: Board, group: int) -> None:
    """Take a group that stands off, with everything it shares."""
    count_shared(board, group, -1)
    drop_rows(board, group)


@lean
def drop_rows(board: Board, group: int) -> None:
    """Take a group's rows off and forget them."""
    rows = board.rows
    row = rows.first[group]
    while row != NOTHING:
        after = rows.next[row]
        lift_row(board, row, -1)
        free_row(board, row)
        row = after
    rows.first[group] = NOTHING
    board.sums.home[group] = NOTHING


@compiled
def place_many(board: Board, order: Line, manner: Manner, told: Line) -> int:
    """Place groups in order; `told` gets what each was told. The number of those placed."""
    placed = 0
    for number in range(order.shape[0]):
        group = order[number]
        if board.sums.home[group] != NOTHING:
            continue
        told[group] = place_group(board, group, manner)
        placed += told[group] == FINE
    return placed


@lean
def drop_component(board: Board, group: int, comp: int) -> None:
    """Take the rows of one component of a group off and forget them."""
    rows = board.rows
    row, last = rows.first[group], NOTHING
    while row != NOTHING:
        after = rows.next[row]
        if rows.comp[row] == comp:
            lift_row(board, row, -1)
            free_row(board, row)
            if last == NOTHING:
                rows.first[group] = after
            else:
                rows.next[last] = after
        else:
            last = row
        row = after
