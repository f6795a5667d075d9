"""Moves groups as if every pool were packed anew, at first also to what is dearer, later less and less."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cmp.scheduler.board.arrays import I8, NOTHING, ROLES, U1, Board, Line, RoleIndex
from cmp.scheduler.board.chance import Chance, below, shuffle
from cmp.scheduler.board.choosing import Manner
from cmp.scheduler.board.following import exactly, place_as_told
from cmp.scheduler.board.hosts import THOUSAND, apart_of
from cmp.scheduler.board.improving import aim_of, choose, judge, lift_group
from cmp.scheduler.board.limits import FINE, NO_ROOM
from cmp.scheduler.board.placing import lies_in, place_below, place_in_layout
from cmp.scheduler.board.rowstore import party_of
from cmp.scheduler.compiled import compiled, lean

BACKUP = int(RoleIndex.BACKUP)
GUESSES = 2
"""One of so many times a group takes any of its layouts, else the one that looks cheapest."""
WAYS = 8
"""One of so many attempts makes a pool narrower; of the others half move one side."""
LEVELS = 3
"""Of the widths on a pool, how many it is made narrower by at most."""
SOFT, HARD = 65, 15
"""Percent of the attempts that are left when width begins to count, and from when on it counts in full."""
MOST = 24
"""Groups that are moved to make a pool narrower, at most."""


class Course(NamedTuple):
    """The attempts from `begin` to `end` of `total`; `hot` is the first heat, in the costs of a board."""

    begin: int
    end: int
    total: int
    hot: int


class Walk(NamedTuple):
    """What attempts share: claims whether a group may be moved, and room to tell sides where to go."""

    may_move: U1
    told: I8


@compiled
def anneal(board: Board, movable: Line, manner: Manner, chance: Chance, course: Course) -> int:
    """Attempts that are accepted where they cost at most a random part of the heat more.

    At first rows whose replicas lie apart count by their load alone, so that a good mix of pools is found;
    then more and more by the hosts that they take.

    Returns:
        The attempts that lowered what is aimed at.
    """
    walk = Walk(
        np.zeros(board.sums.home.shape[0], dtype=np.uint8),
        np.full(board.tables.amount.shape[0] * ROLES, NOTHING, dtype=np.int64),
    )
    for number in range(movable.shape[0]):
        walk.may_move[movable[number]] = 1
    helped = 0
    for number in range(course.begin, course.end):
        left = course.total - number
        soft = THOUSAND * (left * 100 // course.total - HARD) // (SOFT - HARD)
        board.sums.soft[0] = max(0, min(THOUSAND, soft))
        heat = course.hot * left // course.total * left // course.total * left // course.total
        way = below(chance, WAYS)
        if way == 0:
            helped += _narrow(board, walk, manner, chance, heat)
        elif way < WAYS // 2:
            helped += _shift(board, movable[below(chance, movable.shape[0])], walk, (manner, heat), chance)
        else:
            chosen = choose(board, movable, walk.may_move, chance)
            helped += _try(board, chosen, manner, chance, heat)
    board.sums.soft[0] = 0
    return helped


@compiled
def _try(board: Board, chosen: I8, manner: Manner, chance: Chance, heat: int) -> int:
    """Take groups off and put them back elsewhere, if that is not too dear; 1 where it is cheaper."""
    before = aim_of(board, manner)
    heads = np.empty(chosen.shape[0], dtype=np.int64)
    for number in range(chosen.shape[0]):
        heads[number] = lift_group(board, chosen[number])
    placed = 0
    while placed < chosen.shape[0] and _place(board, chosen[placed], manner, chance) == FINE:
        placed += 1
    return judge(board, (chosen, heads, placed), manner, (before, _allowed(chance, before, heat)))


@lean
def _allowed(chance: Chance, before: int, heat: int) -> int:
    """What an attempt may come to at most."""
    return before + (below(chance, heat) if heat > 0 else 0)


@compiled
def _shift(board: Board, group: int, walk: Walk, how: tuple[Manner, int], chance: Chance) -> int:
    """Put one side of a group on another class of pools of its center; 1 where that is cheaper."""
    rows, tables, told = board.rows, board.tables, walk.told
    manner, heat = how
    if board.sums.home[group] == NOTHING:
        return 0
    layout = layout_of(board, group)
    if layout == NOTHING:
        return 0
    count = 0
    row = rows.first[group]
    while row != NOTHING:
        told[rows.comp[row] * ROLES + rows.role[row]] = exactly(rows.pool[row])
        count += 1
        row = rows.next[row]
    row = rows.first[group]
    for _ in range(below(chance, count)):
        row = rows.next[row]
    role, center = rows.role[row], board.ground.pool_center[rows.pool[row]]
    options = tables.copies[rows.comp[row]] if role == BACKUP else tables.options[rows.comp[row]]
    first, end = tables.entry_start[options, center], tables.entry_start[options, center + 1]
    told[rows.comp[row] * ROLES + role] = tables.entry_class[first + below(chance, end - first)]
    before = aim_of(board, manner)
    chosen, heads = np.full(1, group, dtype=np.int64), np.full(1, lift_group(board, group), dtype=np.int64)
    placed = 1 if place_as_told(board, group, layout, told, manner) == FINE else 0
    return judge(board, (chosen, heads, placed), manner, (before, _allowed(chance, before, heat)))


@compiled
def _narrow(board: Board, walk: Walk, manner: Manner, chance: Chance, heat: int) -> int:
    """Put the widest rows of a pool elsewhere, all at once; 1 where that is cheaper."""
    pool = below(chance, board.ground.cap.shape[0])
    width = _narrower(board, pool, 1 + below(chance, LEVELS))
    if width == NOTHING:
        return 0
    chosen = _wider(board, pool, width, walk.may_move)
    if chosen.shape[0] == 0:
        return 0
    shuffle(chance, chosen)
    before = aim_of(board, manner)
    layouts, heads = np.empty_like(chosen), np.empty_like(chosen)
    for number in range(chosen.shape[0]):
        layouts[number] = layout_of(board, chosen[number])
        heads[number] = lift_group(board, chosen[number])
    held = board.sums.narrow[pool]
    board.sums.narrow[pool] = width
    placed = 0
    while placed < chosen.shape[0]:
        told = NO_ROOM
        if layouts[placed] != NOTHING and below(chance, GUESSES) != 0:
            _tell(board, heads[placed], walk.told, (pool, width))
            told = place_as_told(board, chosen[placed], layouts[placed], walk.told, manner)
        if told != FINE and place_below(board, chosen[placed], manner) != FINE:
            break
        placed += 1
    board.sums.narrow[pool] = held
    return judge(board, (chosen, heads, placed), manner, (before, _allowed(chance, before, heat)))


@lean
def _tell(board: Board, head: int, told: I8, spared: tuple[int, int]) -> None:
    """Tell a group's sides to stay where they are, but for those that are too wide for a pool."""
    pool, width = spared
    row = head
    while row != NOTHING:
        wide = board.rows.pool[row] == pool and apart_of(board, party_of(board, row)) > width
        wish = NOTHING if wide else exactly(board.rows.pool[row])
        told[board.rows.comp[row] * ROLES + board.rows.role[row]] = wish
        row = board.rows.next[row]


@lean
def _narrower(board: Board, pool: int, levels: int) -> int:
    """The width of a pool's rows so many levels below the widest; NOTHING where they are all alike."""
    seen = 0
    for width in range(board.ground.host_start[pool + 1] - board.ground.host_start[pool], -1, -1):
        if board.sums.wide[pool, width] > 0 or width == 0:
            if seen == levels or (width == 0 and seen > 0):
                return width
            seen += 1
    return NOTHING


@compiled
def _wider(board: Board, pool: int, width: int, may_move: U1) -> I8:
    """The groups with rows on a pool that are wider; none where they are too many or may not be moved."""
    rows = board.rows
    chosen = np.empty(MOST, dtype=np.int64)
    count = 0
    for host in range(board.ground.host_start[pool], board.ground.host_start[pool + 1]):
        cell = rows.host_cell[host]
        while cell != NOTHING:
            row = rows.cell_row[cell]
            group = rows.group[row]
            if apart_of(board, party_of(board, row)) > width:
                known = False
                for number in range(count):
                    known = known or chosen[number] == group
                if not known:
                    if count == MOST or not may_move[group]:
                        return chosen[:0]
                    chosen[count] = group
                    count += 1
            cell = rows.after[cell]
    return chosen[:count]


@compiled
def layout_of(board: Board, group: int) -> int:
    """The layout in which a group stands."""
    rows, tables = board.rows, board.tables
    kind = tables.group_kind[group]
    for layout in range(tables.layout_start[kind], tables.layout_start[kind + 1]):
        same = True
        row = rows.first[group]
        while row != NOTHING and same:
            same = lies_in(board, layout, (rows.comp[row], rows.role[row]), rows.pool[row])
            row = rows.next[row]
        if same:
            return layout
    return NOTHING


@compiled
def _place(board: Board, group: int, manner: Manner, chance: Chance) -> int:
    """Place a group in the layout that looks cheapest, or in any."""
    tables = board.tables
    kind = tables.group_kind[group]
    first, end = tables.layout_start[kind], tables.layout_start[kind + 1]
    if end - first > 1 and below(chance, GUESSES) == 0:
        return place_in_layout(board, group, first + below(chance, end - first), manner)
    return place_below(board, group, manner)
