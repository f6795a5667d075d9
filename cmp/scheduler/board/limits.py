"""Checks what all groups share beside hosts: links, quotas and bounded round trips."""

from __future__ import annotations

from cmp.scheduler.board.arrays import GROWS, NOTHING, STAYS, Board, RoleIndex
from cmp.scheduler.compiled import lean

ACTIVE, PRIMARY, BACKUP, MEMBER = (
    int(RoleIndex.ACTIVE),
    int(RoleIndex.PRIMARY),
    int(RoleIndex.BACKUP),
    int(RoleIndex.MEMBER),
)
FINE, NO_ROOM, STRANDED, LINK_FULL, OVER_QUOTA, TOO_FAR, TIED = 0, 1, 2, 3, 4, 5, 6
"""What a group is told."""


@lean
def count_shared(board: Board, group: int, sign: int) -> None:
    """Add a group's streams and claims to the sums, or take them off."""
    tables = board.tables
    for comp in range(tables.group_start[group], tables.group_start[group + 1]):
        if (tables.kbps[comp] > 0 or tables.copied[comp]) and not tables.member[comp]:
            for situation in range(board.sums.stream.shape[0]):
                _stream(board, group, comp, situation, sign)
    row = board.rows.first[group]
    while row != NOTHING:
        if tables.owner[board.rows.comp[row]] != NOTHING and board.rows.role[row] != BACKUP:
            _claim(board, row, sign)
        row = board.rows.next[row]


@lean
def _claim(board: Board, row: int, sign: int) -> None:
    rows, sums, tables = board.rows, board.sums, board.tables
    quota = tables.owner[rows.comp[row]]
    size = tables.size[tables.entry_size[rows.entry[row]]]
    for situation in range(sums.claim.shape[1]):
        count = rows.run[row]
        if situation > 0:
            turn = rows.turn[row, situation - 1]
            keep = rows.keep[row]
            count = min(rows.run[row], keep) if turn == STAYS else 0
            count = min(rows.take[row], keep) if turn == GROWS else count
        for r in range(size.shape[0]):
            sums.claim[quota, situation, r] += sign * size[r] * count


@lean
def _stream(board: Board, group: int, comp: int, situation: int, sign: int) -> None:
    """One stream from where a component runs to every other center that holds a side or copy of it.

    Where there is no link even what never changes is too much.
    """
    rows, sums, ground = board.rows, board.sums, board.ground
    source = _source(board, group, comp, situation)
    if source == NOTHING:
        return
    row = rows.first[group]
    while row != NOTHING:
        center = ground.pool_center[rows.pool[row]]
        if center != source and _stands_first(board, row, comp, situation):
            carried = board.tables.kbps[comp]
            if ground.rtt_us[source, center] < 0:
                carried = max(carried, 1)
            sums.stream[situation, ground.pair[source, center]] += sign * carried
        row = rows.next[row]


@lean
def _stands(board: Board, row: int, comp: int, situation: int) -> bool:
    """True when a row is of a component and what a situation takes is not its pool."""
    gone = situation > 0 and board.ground.lost[situation - 1, board.rows.pool[row]]
    return bool(board.rows.comp[row] == comp and not gone)


@lean
def _stands_first(board: Board, row: int, comp: int, situation: int) -> bool:
    """The same, and no row of its group before it does so in its center."""
    rows, ground = board.rows, board.ground
    if not _stands(board, row, comp, situation):
        return False
    center = ground.pool_center[rows.pool[row]]
    other = rows.first[rows.group[row]]
    while other != row:
        if ground.pool_center[rows.pool[other]] == center and _stands(board, other, comp, situation):
            return False
        other = rows.next[other]
    return True


@lean
def _source(board: Board, group: int, comp: int, situation: int) -> int:
    """The center that a component's changes come from; NOTHING where it does not run any more."""
    rows, sums, ground = board.rows, board.sums, board.ground
    home = sums.home[group]
    if situation == 0:
        return home
    failure = situation - 1
    target = sums.target[group, failure]
    if target >= 0 and target != home and ground.promised[failure, board.tables.grade[comp]]:
        return target
    row = rows.first[group]
    while row != NOTHING:
        stands = not ground.lost[failure, rows.pool[row]]
        if stands and rows.comp[row] == comp and rows.role[row] == PRIMARY:
            return home
        row = rows.next[row]
    return NOTHING


@lean
def shared_fit(board: Board) -> int:
    """FINE, or which of links and quotas is exceeded."""
    sums, ground = board.sums, board.ground
    for situation in range(sums.stream.shape[0]):
        for pair in range(sums.stream.shape[1]):
            if sums.stream[situation, pair] > ground.usable_kbps[pair]:
                return LINK_FULL
    for quota in range(sums.claim.shape[0]):
        for situation in range(sums.claim.shape[1]):
            for r in range(sums.claim.shape[2]):
                most = ground.quota[quota, r]
                if most >= 0 and sums.claim[quota, situation, r] > most:
                    return OVER_QUOTA
    return FINE


@lean
def near_enough(board: Board, group: int) -> bool:
    """True when every bounded round trip of a group with groups that are placed holds in every situation."""
    tables = board.tables
    for place in range(tables.bound_start[group], tables.bound_start[group + 1]):
        if not _holds(board, tables.bound_of[place]):
            return False
    return True


@lean
def _holds(board: Board, number: int) -> bool:
    sums, ground, tables = board.sums, board.ground, board.tables
    asking, asking_grade, asking_work, asked, asked_grade, asked_work = tables.bound[number]
    if sums.home[asking] < 0 or sums.home[asked] < 0:  # not there, or nothing of it runs but members
        return True
    most = tables.bound_us[number]
    here, there = sums.home[asking], sums.home[asked]
    if not _reaches(board, here, there, most):
        return False
    active = _active_center(board, asking, asking_work)
    if active >= 0 and active != here:
        other = active if _active_center(board, asked, asked_work) == active else there
        if not _reaches(board, active, other, most):
            return False
    for failure in range(sums.target.shape[1]):
        if not ground.promised[failure, asking_grade]:
            continue
        if sums.hit[asked, failure] and not ground.promised[failure, asked_grade]:
            continue
        here, there = sums.target[asking, failure], sums.target[asked, failure]
        if min(here, there) >= 0 and not _reaches(board, here, there, most):
            return False
    return True


@lean
def _reaches(board: Board, one: int, other: int, most: int) -> bool:
    took = board.ground.rtt_us[one, other]
    return took >= 0 and took <= most


@lean
def _active_center(board: Board, group: int, workload: int) -> int:
    """Where the active side of a workload lies."""
    rows = board.rows
    row = rows.first[group]
    while row != NOTHING:
        if rows.role[row] == ACTIVE and board.tables.workload[rows.comp[row]] == workload:
            return board.ground.pool_center[rows.pool[row]]
        row = rows.next[row]
    return NOTHING
