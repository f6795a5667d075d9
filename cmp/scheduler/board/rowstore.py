"""Adds rows to a board and takes them off, with everything that they add up to."""

from __future__ import annotations

from typing import NamedTuple

from cmp.scheduler.board.arrays import GROWS, NOTHING, ROLES, STAYS, Board, RoleIndex
from cmp.scheduler.board.fates import turn_of
from cmp.scheduler.board.hosts import Party, Seats, apart_of, charge, repeak
from cmp.scheduler.compiled import lean

PRIMARY, COLD, BACKUP = int(RoleIndex.PRIMARY), int(RoleIndex.COLD), int(RoleIndex.BACKUP)


class Ask(NamedTuple):
    """One side: a component of a group, its role, the center it has to lie in, and forms of its data."""

    group: int
    comp: int
    role: int
    center: int
    forms: int


@lean
def most_on_host(board: Board, comp: int, role: int) -> int:
    """The most replicas of a side on one host; a copy is one."""
    return board.tables.most_host[comp] if role != BACKUP else 1


@lean
def picky(board: Board, comp: int) -> int:
    """A component that does not go with everybody on a host; NOTHING for one that does."""
    return comp if board.tables.picky[comp] else NOTHING


@lean
def party_of(board: Board, row: int) -> Party:
    """The party that a row is."""
    rows, tables = board.rows, board.tables
    comp = rows.comp[row]
    return Party(
        rows.pool[row],
        tables.entry_size[rows.entry[row]],
        rows.run[row],
        rows.take[row],
        rows.keep[row],
        tables.spread[comp] if rows.role[row] != BACKUP else 0,
        is_hot(board, comp, rows.pool[row]),
        most_on_host(board, comp, rows.role[row]),
        picky(board, comp),
    )


@lean
def is_hot(board: Board, comp: int, pool: int) -> int:
    """1 when a takeover of a component must not wait for a host of the pool to boot."""
    return 1 if board.tables.patience[comp] < board.ground.ready[pool] else 0


@lean
def missed_of(board: Board, entry: int, role: int) -> int:
    """The soft wishes that a row in a role misses, for each of its replicas on takeover."""
    tables = board.tables
    if role == BACKUP:
        return 0
    missed = tables.entry_wishes[entry]
    if role != COLD:
        missed += tables.entry_elsewhere[entry]
    return missed + tables.entry_away[entry] if role == PRIMARY else missed


@lean
def rate_of(board: Board, entry: int, role: int, run: int, take: int) -> int:
    """The rate part of the objective that a row adds: watts by load, money, wishes missed."""
    if role == BACKUP:
        return 0
    wishes = missed_of(board, entry, role) * take
    return board.tables.entry_cost[entry] * run + board.ground.wish_weight[0] * wishes


@lean
def move_of(board: Board, comp: int, role: int, pool: int, run: int) -> int:
    """The move part of a row: replicas that run where none of theirs ran, near the others or far."""
    tables, ground = board.tables, board.ground
    side = comp * ROLES + role
    first, end = tables.previous_start[side], tables.previous_start[side + 1]
    if first == end:
        return 0
    more, near = run, 0
    for place in range(first, end):
        before = tables.previous_pool[place]
        if before == pool:
            more -= tables.previous_count[place]
        if ground.pool_center[before] == ground.pool_center[pool]:
            near = 1
    return max(0, more) * tables.move_cost[comp, 0 if near else 1]


@lean
def add_row(board: Board, ask: Ask, entry: int, party: Party) -> int:
    """Link a row without cells to its group, and count its costs; its number."""
    rows = board.rows
    row = rows.free[0]
    rows.free[0] = rows.next[row]
    rows.free[2] -= 1
    rows.comp[row], rows.role[row], rows.pool[row], rows.entry[row] = ask.comp, ask.role, party.pool, entry
    rows.run[row], rows.take[row], rows.keep[row] = party.run, party.take, party.keep
    rows.cells[row] = NOTHING
    rows.off[row] = 0
    rows.group[row] = ask.group
    rows.next[row] = rows.first[ask.group]
    rows.first[ask.group] = row
    board.sums.wide[party.pool, apart_of(board, party)] += 1
    board.sums.cost[1] += rate_of(board, entry, ask.role, party.run, party.take)
    board.sums.cost[2] += move_of(board, ask.comp, ask.role, party.pool, party.run)
    return row


@lean
def keep_cells(board: Board, row: int, seats: Seats, used: int) -> None:
    """Give a row the cells that it was seated in."""
    rows = board.rows
    for failure in range(seats.turns.shape[0]):
        rows.turn[row, failure] = seats.turns[failure]
    for number in range(used):
        cell = rows.free[1]
        rows.free[1] = rows.cell_next[cell]
        rows.free[3] -= 1
        rows.cell_host[cell] = seats.hosts[number]
        for part in range(4):
            rows.cell[cell, part] = seats.cells[number, part]
        rows.cell_next[cell] = rows.cells[row]
        rows.cells[row] = cell
        rows.cell_row[cell] = row
        _link(board, cell, seats.hosts[number])
    repeak(board, rows.pool[row])


@lean
def _link(board: Board, cell: int, host: int) -> None:
    rows = board.rows
    first = rows.host_cell[host]
    rows.after[cell], rows.before[cell] = first, NOTHING
    if first != NOTHING:
        rows.before[first] = cell
    rows.host_cell[host] = cell


@lean
def _unlink(board: Board, cell: int) -> None:
    rows = board.rows
    before, after = rows.before[cell], rows.after[cell]
    if before == NOTHING:
        rows.host_cell[rows.cell_host[cell]] = after
    else:
        rows.after[before] = after
    if after != NOTHING:
        rows.before[after] = before


@lean
def lift_row(board: Board, row: int, sign: int) -> None:
    """Take a row's cells and costs off the sums (-1), or put them back (1); the row itself stays as it is."""
    rows = board.rows
    party = party_of(board, row)
    cell = rows.cells[row]
    while cell != NOTHING:
        charge(board, rows.cell_host[cell], party, rows.cell[cell], rows.turn[row], sign)
        cell = rows.cell_next[cell]
    repeak(board, party.pool)
    board.sums.wide[party.pool, apart_of(board, party)] += sign
    comp, role = rows.comp[row], rows.role[row]
    board.sums.cost[1] += sign * rate_of(board, rows.entry[row], role, party.run, party.take)
    board.sums.cost[2] += sign * move_of(board, comp, role, party.pool, party.run)


@lean
def free_row(board: Board, row: int) -> None:
    """Give a row's number and cells back; it is linked to nothing any more."""
    rows = board.rows
    free_cells(board, rows.cells[row])
    rows.next[row] = rows.free[0]
    rows.free[0] = row
    rows.free[2] += 1


@lean
def free_cells(board: Board, cell: int) -> None:
    """Give a chain of cells back."""
    rows = board.rows
    while cell != NOTHING:
        _unlink(board, cell)
        after = rows.cell_next[cell]
        rows.cell_next[cell] = rows.free[1]
        rows.free[1] = cell
        rows.free[3] += 1
        cell = after


@lean
def relax(board: Board, group: int) -> bool:
    """Replace what failures make of a group's rows at most by what they really make of them.

    False where a failure makes more of a row than was seen ahead: its hosts may not have room for that.
    """
    rows = board.rows
    row = rows.first[group]
    foreseen = True
    while row != NOTHING:
        foreseen = _relax_row(board, group, row) and foreseen
        row = rows.next[row]
    return foreseen


@lean
def _relax_row(board: Board, group: int, row: int) -> bool:
    rows, sums, size = board.rows, board.sums, board.tables.size
    party = party_of(board, row)
    changed, foreseen = False, True
    for failure in range(rows.turn.shape[1]):
        was = rows.turn[row, failure]
        turn = turn_of(board, group, row, failure) if rows.role[row] <= COLD else was
        if turn == was:
            continue
        changed = True
        foreseen = foreseen and turn < was
        rows.turn[row, failure] = turn
        cell = rows.cells[row]
        while cell != NOTHING:
            each = rows.cell[cell]
            less = _counted(each[2], each[3], was) - _counted(each[2], each[3], turn)
            for r in range(size.shape[1]):
                amount = size[party.size, r] * less
                sums.left[rows.cell_host[cell], failure + 1, r] += amount
                sums.load[party.pool, failure + 1, r] -= amount
            cell = rows.cell_next[cell]
    if changed:
        repeak(board, party.pool)
    return foreseen


@lean
def _counted(normal: int, extra: int, turn: int) -> int:
    return normal if turn == STAYS else normal + extra if turn == GROWS else 0
