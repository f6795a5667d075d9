"""Proves a board: counts everything that stands anew, host by host, for normal time and for every failure."""

from __future__ import annotations

import numpy as np

from cmp.scheduler.board.arrays import GONE, GROWS, I8, NOTHING, STAYS, Board, RoleIndex
from cmp.scheduler.board.fates import follow, turn_of
from cmp.scheduler.board.limits import FINE, count_shared, near_enough, shared_fit
from cmp.scheduler.compiled import compiled, lean

COLD = int(RoleIndex.COLD)
HOLDS, OVERSOLD, NOWHERE_TO_GO, TOO_FAR_AWAY, EXCEEDED = 0, 1, 2, 4, 8
"""What a situation shows, added up."""


@compiled
def prove_board(board: Board) -> I8:
    """What every situation shows: HOLDS, or the sum of what does not hold.

    Nothing that the search added up is believed: fates follow from rows, loads from rows and their hosts.
    What may give way counts at its floor.
    """
    groups = board.sums.home.shape[0]
    shown = np.zeros(board.sums.load.shape[1], dtype=np.int64)
    for group in range(groups):
        if board.sums.home[group] == NOTHING:
            continue
        if not follow(board, group):
            for failure in range(board.sums.target.shape[1]):
                if board.sums.target[group, failure] == NOTHING:
                    shown[failure + 1] |= NOWHERE_TO_GO
        if not near_enough(board, group):
            shown[0] |= TOO_FAR_AWAY
    used = np.zeros((board.sums.left.shape[0], board.sums.left.shape[2]), dtype=np.int64)
    for situation in range(shown.shape[0]):
        used[:] = 0
        _use_all(board, situation, used)
        if _oversold(board, used):
            shown[situation] |= OVERSOLD
    if not _shared_holds(board):
        shown[0] |= EXCEEDED
    return shown


@compiled
def _shared_holds(board: Board) -> bool:
    """True when links and quotas, counted anew over all groups, are what they were and hold."""
    sums = board.sums
    stream, claim = sums.stream.copy(), sums.claim.copy()
    sums.stream[:] = 0
    sums.claim[:] = 0
    for group in range(sums.home.shape[0]):
        if sums.home[group] != NOTHING:
            count_shared(board, group, 1)
    same = _are_equal(stream, sums.stream)
    for owner in range(claim.shape[0]):
        same = same and _are_equal(claim[owner], sums.claim[owner])
    return same and shared_fit(board) == FINE


@lean
def _are_equal(one: I8, other: I8) -> bool:
    for line in range(one.shape[0]):
        for place in range(one.shape[1]):
            if one[line, place] != other[line, place]:
                return False
    return True


@compiled
def prove_beside(board: Board, trial: Board) -> I8:
    """What every situation shows where a trial board has rows, together with what stands there on a board.

    Pools on which the trial has nothing are as they were.
    """
    shown = np.zeros(board.sums.load.shape[1], dtype=np.int64)
    seen = np.zeros(board.ground.cap.shape[0], dtype=np.uint8)
    row = trial.rows.first[0]
    while row != NOTHING:
        pool = trial.rows.pool[row]
        if not seen[pool]:
            seen[pool] = 1
            _prove_pool(board, trial, pool, shown)
        row = trial.rows.next[row]
    return shown


@compiled
def _prove_pool(board: Board, trial: Board, pool: int, shown: I8) -> None:
    """Count one pool's hosts anew, in every situation."""
    ground = board.ground
    first, end = ground.host_start[pool], ground.host_start[pool + 1]
    used = np.zeros((end - first, shown.shape[0], ground.cap.shape[1]), dtype=np.int64)
    for host in range(first, end):
        _use_cells(board, host, used[host - first])
        _use_cells(trial, host, used[host - first])
    for host in range(used.shape[0]):
        for situation in range(used.shape[1]):
            for r in range(used.shape[2]):
                if used[host, situation, r] > ground.cap[pool, r]:
                    shown[situation] |= OVERSOLD


@lean
def _use_cells(board: Board, host: int, used: I8) -> None:
    """Add what all cells on a host take, in every situation."""
    rows, size = board.rows, board.tables.size
    cell = rows.host_cell[host]
    while cell != NOTHING:
        row = rows.cell_row[cell]
        group = rows.group[row]
        kind = board.tables.entry_size[rows.entry[row]]
        for situation in range(used.shape[0]):
            count = _count_of(board, group, row, cell, situation)
            if count > 0:
                for r in range(used.shape[1]):
                    used[situation, r] += size[kind, r] * count
        cell = rows.after[cell]


@lean
def _count_of(board: Board, group: int, row: int, cell: int, situation: int) -> int:
    """Replicas of a cell in a situation, what may give way at its floor."""
    rows, ground = board.rows, board.ground
    if situation == 0:
        return rows.cell[cell, 0]
    turn = GONE if ground.lost[situation - 1, rows.pool[row]] else STAYS
    if rows.role[row] <= COLD:
        turn = turn_of(board, group, row, situation - 1)
    if turn == GONE:
        return 0
    return rows.cell[cell, 2] + (rows.cell[cell, 3] if turn == GROWS else 0)


@lean
def _use_all(board: Board, situation: int, used: I8) -> None:
    """Add what everything takes on its hosts in a situation."""
    for group in range(board.sums.home.shape[0]):
        row = board.rows.first[group]
        while row != NOTHING:
            _use(board, group, row, situation, used)
            row = board.rows.next[row]


@lean
def _oversold(board: Board, used: I8) -> bool:
    """True when some host carries more than it has."""
    ground = board.ground
    for pool in range(ground.cap.shape[0]):
        for host in range(ground.host_start[pool], ground.host_start[pool + 1]):
            for r in range(used.shape[1]):
                if used[host, r] > ground.cap[pool, r]:
                    return True
    return False


@lean
def _use(board: Board, group: int, row: int, situation: int, used: I8) -> None:
    """Add what a row takes on its hosts in a situation."""
    rows, size = board.rows, board.tables.size
    kind = board.tables.entry_size[rows.entry[row]]
    cell = rows.cells[row]
    while cell != NOTHING:
        count = _count_of(board, group, row, cell, situation)
        for r in range(used.shape[1]):
            used[rows.cell_host[cell], r] += size[kind, r] * count
        cell = rows.cell_next[cell]
