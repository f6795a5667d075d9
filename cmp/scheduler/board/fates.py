"""Follows a group through every failure, as `cmp.scheduler.problem.failover` defines it, over the arrays."""

from __future__ import annotations

from cmp.scheduler.board.arrays import GONE, GROWS, NOTHING, NOWHERE, STAYS, Board, RoleIndex
from cmp.scheduler.compiled import lean

PRIMARY, WARM, COLD = int(RoleIndex.PRIMARY), int(RoleIndex.WARM), int(RoleIndex.COLD)
CLOUD = 1


@lean
def follow(board: Board, group: int) -> bool:
    """Write a group's fate after each failure; False where a promise leaves it nowhere to go."""
    sums = board.sums
    home = _home(board, group)
    if home == NOTHING:
        home = NOWHERE
    sums.home[group] = home
    survived = True
    for failure in range(sums.target.shape[1]):
        hit, target = _fate(board, group, failure, home)
        sums.hit[group, failure] = hit
        sums.target[group, failure] = target
        survived = survived and target != NOTHING
    return survived


@lean
def turn_of(board: Board, group: int, row: int, failure: int) -> int:
    """What a failure makes of a row, its group's fate being known."""
    rows, sums, ground = board.rows, board.sums, board.ground
    pool, role = rows.pool[row], rows.role[row]
    if ground.lost[failure, pool]:
        return GONE
    promised = ground.promised[failure, board.tables.grade[rows.comp[row]]]
    if not (sums.hit[group, failure] and promised and role <= COLD):
        return STAYS
    target = sums.target[group, failure]
    if ground.pool_center[pool] == target:
        return GROWS
    return GONE if role == PRIMARY and target != sums.home[group] else STAYS


@lean
def _home(board: Board, group: int) -> int:
    """The center of a group's primaries."""
    rows = board.rows
    row = rows.first[group]
    while row != NOTHING:
        if rows.role[row] == PRIMARY:
            return board.ground.pool_center[rows.pool[row]]
        row = rows.next[row]
    return NOTHING


@lean
def _fate(board: Board, group: int, failure: int, home: int) -> tuple[int, int]:
    """Whether a failure hits a group, and where it runs afterwards."""
    rows, ground = board.rows, board.ground
    hit, moves = 0, False
    row = rows.first[group]
    while row != NOTHING:
        role = rows.role[row]
        if role <= WARM and ground.lost[failure, rows.pool[row]]:
            hit = 1
            promised = ground.promised[failure, board.tables.grade[rows.comp[row]]]
            moves = moves or (role == PRIMARY and promised > 0)
        row = rows.next[row]
    if not moves:
        return hit, home
    for place in range(ground.order.shape[1]):
        center = ground.order[home, place]
        if not ground.lost_center[failure, center] and _can_take(board, group, failure, center):
            return hit, center
    return hit, NOTHING


@lean
def _can_take(board: Board, group: int, failure: int, center: int) -> bool:
    """True when every promised component with sides has one that stands in a center as a whole."""
    tables, ground = board.tables, board.ground
    for comp in range(tables.group_start[group], tables.group_start[group + 1]):
        if tables.member[comp] or not ground.promised[failure, tables.grade[comp]]:
            continue
        if not _stands(board, group, comp, failure, center):
            return False
    return True


@lean
def _stands(board: Board, group: int, comp: int, failure: int, center: int) -> bool:
    """True when some side of a component lies in a center wholly on pools that remain."""
    rows, ground = board.rows, board.ground
    for role in range(COLD + 1):
        found, whole = False, True
        row = rows.first[group]
        while row != NOTHING:
            if rows.comp[row] == comp and rows.role[row] == role:
                pool = rows.pool[row]
                found = True
                whole = whole and ground.pool_center[pool] == center and not ground.lost[failure, pool]
            row = rows.next[row]
        if found and whole:
            return True
    return False
