"""Defines the arrays of the search: what there is, what is asked for, what stands, and what it adds up to.

Indices stand for things in order of id: P pools, H hosts (those of pool p are `host_start[p]` to
`host_start[p + 1] - 1`), R resources (thousandths of a vCPU, MiB, GiB, then accelerators), F failures, S = 1
+ F situations (0 is normal time), C centers, L pairs of linked centers, Q quotas, G groups. A *class* is a
set
of equal pools of one cloud. Costs are in millionths of a point of the objective.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray

I8 = NDArray[np.int64]
"""64-bit integers, for indices too: one type of number, so that each loop is compiled once."""
U1 = NDArray[np.uint8]
"""Small numbers and claims (0 or 1)."""

Line = Annotated[I8, 1]
Grid = Annotated[I8, 2]
Cube = Annotated[I8, 3]
"""Integers in one, two or three dimensions: loops that Python calls are compiled for what annotations say."""
Flags = Annotated[U1, 1]
FlagGrid = Annotated[U1, 2]
FlagGrids = Annotated[U1, 4]
"""The same of small numbers; the last in four dimensions."""

NOTHING = -1
"""The index of nothing."""

NOWHERE = -2
"""The home of a group that stands but has no sides, only members of quorums."""


class RoleIndex(IntEnum):
    """Roles as the arrays count them; the first four take over."""

    PRIMARY = 0
    ACTIVE = 1
    WARM = 2
    COLD = 3
    BACKUP = 4
    MEMBER = 5


ROLES = len(RoleIndex)
"""A side is numbered component * ROLES + role."""

GONE, STAYS, GROWS = 0, 1, 2
"""What a failure makes of a row."""


FREE, BY_HOST, BY_POOL, BY_CENTER = 0, 1, 2, 3
"""What two replicas of a side must not share."""


class Ground(NamedTuple):
    """What there is; it never changes.

    `cap` is one host's capacity, `total` a pool's, of its usable hosts. `lost[f, p]` says that failure f
    takes pool p, `lost_center[f, c]` a whole center, `promised[f, g]` that grade g promises to survive it.
    `order[c]` lists centers as a group at home in c prefers them to go to. `pair[c, d]` is the link of two
    centers.
    `rtt_us` is in microseconds, -1 without a link. `on_cost` is what one host that is on costs, `ready` the
    seconds that one takes to boot; `widest[0]` is the most hosts of a pool, `dearest[0]`
    the most that a host that is on costs.
    """

    pool_center: Line
    pool_cloud: Line
    pool_class: Line
    host_start: Line
    cap: Grid
    total: Grid
    on_cost: Line
    ready: Line
    class_start: Line
    class_pool: Line
    class_cloud: Line
    lost: FlagGrid
    lost_center: FlagGrid
    promised: FlagGrid
    order: Grid
    pair: Grid
    usable_kbps: Line
    rtt_us: Grid
    quota: Grid
    balance_weight: Line
    wish_weight: Line
    widest: Line
    dearest: Line


class Tables(NamedTuple):
    """What is asked for; it never changes.

    Entries: what a component of a set may take in a center, an entry for each class of pools:
    `entry_start[set, c]` to `entry_start[set, c + 1] - 1` are those of center c. `entry_cost` is the rate
    part of the objective for one running replica. `entry_wishes` counts the soft wishes that a replica
    misses there,
    `entry_elsewhere` those on top of it in a role that runs (preferred locations), `entry_away` those of a
    primary (production first). `smallest` is the least vCPU and memory of any replica and disk of any copy.

    Components: those of group g are `group_start[g]` to `group_start[g + 1] - 1`. `options` and `copies` are
    their sets of entries, `amount` and `least` their work, `floor[c, 0]` what is left of a
    primary that gives way, `floor[c, 1]` of another side;
    `kbps` is what changes, `copied` says that something has to be carried although some centers lack a link.

    Layouts: those of group g are `layout_start[group_kind[g]]` onwards; `where[l, grade, role]` is a center,
    `turn[l, grade, role, f]` what failure f makes of the side at most.

    Previously: the pools where a side stood (`previous_start[c * 6 + role]` onwards) with their running
    replicas; `move_cost[c, 0]` and `[c, 1]` is what moving one replica within a center and between centers
    costs.

    Relations: `bytewise` components have one form of data (`entry_format`) on all sides that take over;
    `most_host` and `most_pool` is the most of a component on one host or pool. The ties of component c are
    `tie_start[c]` onwards: the other component and its group, what is shared, whether they keep apart, only
    in normal time, and whether it is c that asks. `own_hosts` says that an owner (`tenant`) shares hosts with
    no other, `card[r]` of which card resource r is (NOTHING: none), `cut[0]` that cards are cut at all,
    `picky[c]` that any of this concerns hosts of c.

    Bounds: those that concern group g are `bound_start[g]` onwards in `bound_of`; `bound[b]` is the asking
    group and grade and the asked group and grade, `bound_us[b]` the slowest round trip allowed.
    """

    entry_start: Grid
    entry_class: Line
    entry_size: Line
    entry_worth: Line
    entry_way: Line
    entry_cost: Line
    entry_wishes: Line
    entry_elsewhere: Line
    entry_away: Line
    entry_format: Line
    size: Grid
    smallest: Line
    group_start: Line
    group_kind: Line
    layout_start: Line
    where: Cube
    turn: FlagGrids
    options: Line
    copies: Line
    amount: Line
    least: Line
    grade: Line
    workload: Line
    stateful: Flags
    spread: Line
    floor: Grid
    kbps: Line
    copied: Flags
    owner: Line
    patience: Line
    member: Flags
    previous_start: Line
    previous_pool: Line
    previous_count: Line
    move_cost: Grid
    bound_start: Line
    bound_of: Line
    bound: Grid
    bound_us: Line
    bytewise: Flags
    most_host: Line
    most_pool: Line
    tie_start: Line
    tie_comp: Line
    tie_group: Line
    tie_place: Line
    tie_apart: Flags
    tie_normal: Flags
    tie_asks: Flags
    own_hosts: Flags
    tenant: Line
    card: Line
    cut: Flags
    picky: Flags


class Rows(NamedTuple):
    """What stands: rows by number, linked by group; cells by number, linked by row.

    `keep[row]` is what is left of it when it gives way. `cell[i]` are the replicas on host `cell_host[i]`:
    normal ones, extra ones once the side takes over, and of each those that are kept. Free rows and cells
    are linked
    from `free[0]` and `free[1]`, `free[2]` and `free[3]` are their numbers. The cells on host h are linked
    both ways from `host_cell[h]` by `after` and `before`; rows that are `off` are only kept to be put back.
    """

    first: Line
    next: Line
    comp: Line
    role: Line
    pool: Line
    entry: Line
    run: Line
    take: Line
    keep: Line
    group: Line
    turn: FlagGrid
    cells: Line
    cell_next: Line
    cell_host: Line
    cell_row: Line
    cell: Grid
    host_cell: Line
    after: Line
    before: Line
    off: Flags
    free: Line


class Sums(NamedTuple):
    """What everything that stands adds up to.

    `load[p, s, r]` and `left[h, s, r]` count what may give way at its floor after failures. `peak[p]` is the
    largest load over capacity in thousandths, rounded up. `on[h]` are replicas on a host in normal time,
    `hot[h]`
    those that have to start there sooner than it boots. `stream[s, l]` in kbit/s, `claim[q, s, r]`.
    `narrow[p]` is the most different hosts that a row should take of a pool;
    `wide[p, w]` are the rows that take w different hosts of a pool at least.
    `home[g]` (NOTHING:
    not placed; NOWHERE: members only), `target[g, f]` (where it runs then; NOTHING: nowhere) and `hit[g, f]`
    are
    groups' fates. `cursor[0, p]` and `cursor[1, p]` are the first hosts with room for some replica and some
    copy, `cursor[2, p]` the last
    with room for a takeover; no host from `frontier[p]` on is on; `class_cursor` is the first pool of a
    class to
    look at. `cost` holds what the objective's parts come to: hosts that are on, rows, moves; and what a
    choice weighs beside them. `soft[0]` is how little width counts, in thousandths, where hosts are counted
    as if packed anew.
    """

    load: Cube
    left: Cube
    peak: Line
    on: Line
    hot: Line
    narrow: Line
    wide: Grid
    stream: Grid
    claim: Cube
    home: Line
    target: Grid
    hit: FlagGrid
    cursor: Grid
    frontier: Line
    class_cursor: Line
    cost: Line
    soft: Line


class Board(NamedTuple):
    """Everything a compiled loop needs, in one value."""

    ground: Ground
    tables: Tables
    rows: Rows
    sums: Sums
