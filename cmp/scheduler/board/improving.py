"""Improves a placement: takes a few groups off and puts them back where that is cheaper."""

from __future__ import annotations

import numpy as np

from cmp.scheduler.board.arrays import I8, NOTHING, Board, Line
from cmp.scheduler.board.chance import Chance, below, shuffle
from cmp.scheduler.board.choosing import AS_PACKED, Manner
from cmp.scheduler.board.fates import follow
from cmp.scheduler.board.hosts import THOUSAND, hosts_with, nobody_on
from cmp.scheduler.board.limits import FINE, count_shared
from cmp.scheduler.board.placing import place_below, remove_group
from cmp.scheduler.board.rowstore import free_row, lift_row
from cmp.scheduler.compiled import compiled, lean

MOST = 8
"""Groups that are taken off at once, at most."""
WAYS = 4
"""Ways to choose them."""
CROWDING = 200_000_000
"""What a pool weighs for each thousandth that it is filled above the ceiling, in millionths of a point."""
EVENED = 3
"""Resources whose balance counts: vCPU, memory, disk."""


@lean
def total_of(board: Board, ceiling: int) -> int:
    """The objective of what stands, in millionths of a point, and what pools above the ceiling weigh."""
    cost = board.sums.cost
    over = 0
    for pool in range(board.sums.peak.shape[0]):
        over += max(0, board.sums.peak[pool] - ceiling)
    return cost[0] + cost[1] + cost[2] + balance_of(board) + over * CROWDING


@lean
def aim_of(board: Board, manner: Manner) -> int:
    """What attempts lower: the objective, or what it would be if every pool were packed anew."""
    total = total_of(board, manner.ceiling)
    if manner.even == AS_PACKED:
        total -= board.sums.cost[0]
        for pool in range(board.ground.cap.shape[0]):
            cost = board.ground.on_cost[pool]
            if cost > 0:
                total += cost * hosts_with(board, nobody_on(pool)) // THOUSAND
    return total


@lean
def balance_of(board: Board) -> int:
    """The part for balance: per resource, the fullest pool in normal time above the mean of all."""
    load, total = board.sums.load, board.ground.total
    uneven = 0
    for r in range(EVENED):
        most, together = 0, 0
        for pool in range(total.shape[0]):
            if total[pool, r] > 0:
                share = load[pool, 0, r] * 1_000_000 // total[pool, r]
                most = max(most, share)
                together += share
        uneven += most - together // total.shape[0]
    return uneven * board.ground.balance_weight[0] // 10_000


@compiled
def improve(board: Board, movable: Line, manner: Manner, chance: Chance, rounds: int) -> int:
    """So many attempts to take groups off and put them back cheaper; the number of attempts that helped."""
    helped = 0
    if movable.shape[0] == 0:
        return helped
    may_move = np.zeros(board.sums.home.shape[0], dtype=np.uint8)
    for number in range(movable.shape[0]):
        may_move[movable[number]] = 1
    for _ in range(rounds):
        chosen = choose(board, movable, may_move, chance)
        helped += _retry(board, chosen, manner)
    return helped


@compiled
def choose(board: Board, movable: I8, may_move: np.ndarray, chance: Chance) -> I8:
    """Groups to take off: one alone, or those that share a host that carries little, or with a stranger."""
    chosen = np.empty(MOST, dtype=np.int64)
    first = movable[below(chance, movable.shape[0])]
    if board.sums.home[first] == NOTHING:
        return chosen[:0]
    chosen[0] = first
    count = 1
    way = below(chance, WAYS)
    if way == 0:
        return chosen[:1]
    host = _thin_host(board, movable, chance) if way == 1 else _host_of(board, first, chance)
    if host != NOTHING:
        most = 2 + below(chance, MOST - 2)
        cell = board.rows.host_cell[host]
        while cell != NOTHING and count < most:
            group = board.rows.group[board.rows.cell_row[cell]]
            if may_move[group] and not _among(chosen, count, group):
                chosen[count] = group
                count += 1
            cell = board.rows.after[cell]
    if way == WAYS - 1 and count < MOST:
        other = movable[below(chance, movable.shape[0])]
        if board.sums.home[other] != NOTHING and not _among(chosen, count, other):
            chosen[count] = other
            count += 1
    shuffle(chance, chosen[:count])
    return chosen[:count]


@lean
def _among(chosen: I8, count: int, group: int) -> bool:
    for number in range(count):  # noqa: SIM110 - compiled loops know no generators
        if chosen[number] == group:
            return True
    return False


@lean
def _host_of(board: Board, group: int, chance: Chance) -> int:
    """A host on which some replica of a group runs."""
    rows = board.rows
    host, seen = NOTHING, 0
    row = rows.first[group]
    while row != NOTHING:
        cell = rows.cells[row]
        while cell != NOTHING:
            if rows.cell[cell, 0] > 0:
                seen += 1
                if below(chance, seen) == 0:
                    host = rows.cell_host[cell]
            cell = rows.cell_next[cell]
        row = rows.next[row]
    return host


@lean
def _thin_host(board: Board, movable: I8, chance: Chance) -> int:
    """Of a few hosts, the one with the fewest replicas."""
    best = NOTHING
    for _ in range(6):
        group = movable[below(chance, movable.shape[0])]
        if board.sums.home[group] == NOTHING:
            continue
        host = _host_of(board, group, chance)
        if host != NOTHING and (best == NOTHING or board.sums.on[host] < board.sums.on[best]):
            best = host
    return best


@compiled
def _retry(board: Board, chosen: I8, manner: Manner) -> int:
    """Take groups off and put them back in order; 1 where that is cheaper, else all is as before."""
    before = aim_of(board, manner)
    heads = np.empty(chosen.shape[0], dtype=np.int64)
    for number in range(chosen.shape[0]):
        heads[number] = lift_group(board, chosen[number])
    placed = 0
    while placed < chosen.shape[0] and place_below(board, chosen[placed], manner) == FINE:
        placed += 1
    return judge(board, (chosen, heads, placed), manner, (before, before))


@lean
def judge(board: Board, moved: tuple[I8, I8, int], manner: Manner, against: tuple[int, int]) -> int:
    """Keep what was put back elsewhere if it costs no more than is allowed; 1 where it is cheaper.

    `moved` are groups, their former rows, and how many of them stand again; `against` is what it was and what
    is allowed.
    """
    chosen, heads, placed = moved
    if placed == chosen.shape[0]:
        after = aim_of(board, manner)
        if after <= against[1]:
            for number in range(chosen.shape[0]):
                forget_group(board, heads[number])
            return 1 if after < against[0] else 0
    for number in range(placed):
        remove_group(board, chosen[number])
    for number in range(chosen.shape[0]):
        return_group(board, chosen[number], heads[number])
    return 0


@lean
def lift_group(board: Board, group: int) -> int:
    """Take a group off but keep its rows, to put it back as it was; the first of them."""
    count_shared(board, group, -1)
    head = board.rows.first[group]
    row = head
    while row != NOTHING:
        lift_row(board, row, -1)
        board.rows.off[row] = 1
        row = board.rows.next[row]
    board.rows.first[group] = NOTHING
    board.sums.home[group] = NOTHING
    return head


@lean
def return_group(board: Board, group: int, head: int) -> None:
    """Put a group back as it was."""
    board.rows.first[group] = head
    row = head
    while row != NOTHING:
        lift_row(board, row, 1)
        board.rows.off[row] = 0
        row = board.rows.next[row]
    follow(board, group)
    count_shared(board, group, 1)


@lean
def forget_group(board: Board, head: int) -> None:
    """Give back the rows of a group that was taken off and stands elsewhere now."""
    row = head
    while row != NOTHING:
        after = board.rows.next[row]
        free_row(board, row)
        row = after
