"""Says where components may stand beside each other: forms of data, who is near or apart, owners, cards.

What holds on a host (`bars`) is asked before a replica is seated, what holds on a pool (`barred`) before a
pool is looked at, and everything once more (`ties_hold`) when a group stands whole.
"""

from __future__ import annotations

from cmp.scheduler.board.arrays import GONE, GROWS, NOTHING, STAYS, U1, Board, RoleIndex
from cmp.scheduler.compiled import lean

COLD, BACKUP = int(RoleIndex.COLD), int(RoleIndex.BACKUP)
ON_HOST, ON_POOL, ON_CLOUD, ON_CENTER = 0, 1, 2, 3
"""What two components share, or must not."""
ANY_FORMAT = -1
"""Every form of data will do."""
FORMATS = 62
"""Forms that are told apart before a group stands; beyond them two may look alike until then."""
CARDS = 3
"""The first resource that is an accelerator."""


@lean
def formats_for(board: Board, group: int, side: tuple[int, int, int]) -> int:
    """The forms (bits) that a side may take: those that every further center has, and what stands takes.

    `side` is a component, its layout and its grade.
    """
    tables, rows = board.tables, board.rows
    comp, layout, grade = side
    if not tables.bytewise[comp]:
        return ANY_FORMAT
    forms = ANY_FORMAT
    for role in range(COLD + 1):
        center = tables.where[layout, grade, role]
        if center != NOTHING:
            forms &= _offered(board, comp, center)
    row = rows.first[group]
    while row != NOTHING:
        if rows.comp[row] == comp and rows.role[row] <= COLD:
            forms &= _bit(tables.entry_format[rows.entry[row]])
        row = rows.next[row]
    return forms


@lean
def _offered(board: Board, comp: int, center: int) -> int:
    tables = board.tables
    options = tables.options[comp]
    forms = 0
    for entry in range(tables.entry_start[options, center], tables.entry_start[options, center + 1]):
        forms |= _bit(tables.entry_format[entry])
    return forms


@lean
def _bit(form: int) -> int:
    return 1 << (form % FORMATS)


@lean
def form_of(board: Board, entry: int) -> int:
    """The form of an entry's data alone."""
    return _bit(board.tables.entry_format[entry])


@lean
def takes_form(board: Board, forms: int, entry: int) -> bool:
    """True when an entry has one of some forms."""
    return bool(forms & _bit(board.tables.entry_format[entry]) != 0)


@lean
def same_place(board: Board, place: int, one: int, other: int) -> bool:
    """True when two pools share what `place` says."""
    ground = board.ground
    if place == ON_CENTER:
        return bool(ground.pool_center[one] == ground.pool_center[other])
    if place == ON_CLOUD:
        return bool(ground.pool_cloud[one] == ground.pool_cloud[other])
    return bool(one == other)


@lean
def barred(board: Board, side: tuple[int, int], pool: int, counts: tuple[int, int], turns: U1) -> bool:
    """True when a side (component and role) may not stand on a pool because of what stands there.

    `counts` are what runs and what takes over, `turns` what each failure makes of it at most.
    """
    tables, rows = board.tables, board.rows
    comp, role = side
    if role == BACKUP:
        return False
    for tie in range(tables.tie_start[comp], tables.tie_start[comp + 1]):
        place = tables.tie_place[tie]
        if place == ON_HOST:
            continue
        beside, others = False, False
        row = rows.first[tables.tie_group[tie]]
        while row != NOTHING:
            if rows.comp[row] == tables.tie_comp[tie] and rows.role[row] != BACKUP:
                shares = same_place(board, place, pool, rows.pool[row])
                if tables.tie_apart[tie]:
                    if shares and _meet(board, row, pool, counts, turns, tables.tie_normal[tie]):
                        return True
                elif rows.role[row] == role:
                    others = True
                    beside = beside or shares
            row = rows.next[row]
        if others and not beside:
            return True
    return False


@lean
def _meet(board: Board, row: int, pool: int, counts: tuple[int, int], turns: U1, normal: int) -> bool:
    """True when a row and another party run at the same time, in normal time or after some failure."""
    rows, lost = board.rows, board.ground.lost
    if counts[0] > 0 and rows.run[row] > 0:
        return True
    if normal:
        return False
    for failure in range(turns.shape[0]):
        if lost[failure, pool] or lost[failure, rows.pool[row]]:
            continue
        own = _count(turns[failure], counts[0], counts[1])
        if own > 0 and _count(rows.turn[row, failure], rows.run[row], rows.take[row]) > 0:
            return True
    return False


@lean
def _count(turn: int, run: int, take: int) -> int:
    if turn == GONE:
        return 0
    return take if turn == GROWS else run if turn == STAYS else 0


@lean
def ties_hold(board: Board, group: int) -> bool:
    """True when every wish of a group's components about others holds, as all of them stand."""
    tables = board.tables
    for comp in range(tables.group_start[group], tables.group_start[group + 1]):
        if tables.bytewise[comp] and not _one_form(board, group, comp):
            return False
        for tie in range(tables.tie_start[comp], tables.tie_start[comp + 1]):
            if tables.tie_place[tie] == ON_HOST:
                continue
            if tables.tie_apart[tie]:
                if not _apart(board, group, comp, tie):
                    return False
            elif tables.tie_asks[tie] and not _near(board, group, comp, tie):
                return False
    return True


@lean
def _one_form(board: Board, group: int, comp: int) -> bool:
    rows, tables = board.rows, board.tables
    form = NOTHING
    row = rows.first[group]
    while row != NOTHING:
        if rows.comp[row] == comp and rows.role[row] <= COLD:
            here = tables.entry_format[rows.entry[row]]
            if form not in (NOTHING, here):
                return False
            form = here
        row = rows.next[row]
    return True


@lean
def _apart(board: Board, group: int, comp: int, tie: int) -> bool:
    rows = board.rows
    row = rows.first[group]
    while row != NOTHING:
        if rows.comp[row] == comp:
            counts = rows.run[row], rows.take[row]
            side = comp, rows.role[row]
            if _barred_by(board, side, (tie, row), counts):
                return False
        row = rows.next[row]
    return True


@lean
def _barred_by(board: Board, side: tuple[int, int], what: tuple[int, int], counts: tuple[int, int]) -> bool:
    rows, tables = board.rows, board.tables
    tie, own = what
    if side[1] == BACKUP:
        return False
    row = rows.first[tables.tie_group[tie]]
    while row != NOTHING:
        if (
            rows.comp[row] == tables.tie_comp[tie]
            and rows.role[row] != BACKUP
            and same_place(board, tables.tie_place[tie], rows.pool[own], rows.pool[row])
            and _meet(board, row, rows.pool[own], counts, rows.turn[own], tables.tie_normal[tie])
        ):
            return True
        row = rows.next[row]
    return False


@lean
def _near(board: Board, group: int, comp: int, tie: int) -> bool:
    rows, tables = board.rows, board.tables
    row = rows.first[group]
    while row != NOTHING:
        if rows.comp[row] == comp and rows.role[row] != BACKUP:
            beside, others = False, False
            other = rows.first[tables.tie_group[tie]]
            while other != NOTHING:
                if rows.comp[other] == tables.tie_comp[tie] and rows.role[other] == rows.role[row]:
                    others = True
                    beside = beside or same_place(
                        board, tables.tie_place[tie], rows.pool[row], rows.pool[other]
                    )
                other = rows.next[other]
            if others and not beside:
                return False
        row = rows.next[row]
    return True


@lean
def bars(board: Board, comp: int, size: int, host: int) -> bool:
    """True when a host carries what a replica of a component may not share it with."""
    if comp == NOTHING:
        return False
    rows, tables = board.rows, board.tables
    cell = rows.host_cell[host]
    while cell != NOTHING:
        row = rows.cell_row[cell]
        if not rows.off[row] and clash(
            board, (comp, size), (rows.comp[row], tables.entry_size[rows.entry[row]])
        ):
            return True
        cell = rows.after[cell]
    return False


@lean
def clash(board: Board, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """True when replicas of two components, each with its size, may not share a host."""
    tables = board.tables
    first, second = one[0], other[0]
    if (tables.own_hosts[first] or tables.own_hosts[second]) and tables.tenant[first] != tables.tenant[
        second
    ]:
        return True
    if _is_copy(board, one[1]) or _is_copy(board, other[1]):
        return False
    if tables.cut[0] and _cut_otherwise(board, one[1], other[1]):
        return True
    for tie in range(tables.tie_start[first], tables.tie_start[first + 1]):
        if tables.tie_place[tie] == ON_HOST and tables.tie_apart[tie] and tables.tie_comp[tie] == second:
            return True
    return False


@lean
def _is_copy(board: Board, size: int) -> bool:
    return bool(board.tables.size[size, 0] == 0 and board.tables.size[size, 1] == 0)


@lean
def _cut_otherwise(board: Board, one: int, other: int) -> bool:
    """True when two sizes take cards of one kind that are cut differently, or not at all by one of them."""
    tables = board.tables
    for r in range(CARDS, tables.size.shape[1]):
        if tables.size[one, r] > 0:
            for q in range(CARDS, tables.size.shape[1]):
                if q != r and tables.size[other, q] > 0 and tables.card[r] == tables.card[q]:
                    return True
    return False
