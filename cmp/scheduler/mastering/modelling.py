"""Writes the master: one layout a group, one way a side, and so many hosts on of each pool, all at once.

docs/scheduling.md ("The master") has the formulas. Amounts are counted in shares of a host, rounded up, so
that what it answers is no looser than it should be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from cmp.scheduler.board.arrays import GROWS, NOTHING, STAYS, RoleIndex
from cmp.scheduler.mastering.beside import bind_forms
from cmp.scheduler.mastering.conflicts import conflicts
from cmp.scheduler.mastering.solving import Program, Terms
from cmp.scheduler.mastering.stating import Asking, Choice, Side, Stage, Way

SHARES = 100_000
"""Parts that a host's amount of a resource is counted in."""
ROOM = 0.96
"""Of hosts that are on and of pools after a loss, so much is given away: packing loses a little."""
EVENED = 3
"""Resources whose balance counts: vCPU, memory, disk."""
MILLIONTHS = 1_000_000

Key = tuple[int, int, int]
"""Pool, situation, resource."""
Measure = Callable[[int, int], Fraction]
"""What a replica's size stands for, on a host of a capacity."""


@dataclass(slots=True)
class Master:
    """A program under way, with what its variables stand for.

    `on[pool]` are its hosts, the first one first; `layout[group, number]` and `way[variable]` say what is
    chosen; the rest are terms of sums until all columns are there.
    """

    stage: Stage
    program: Program = field(default_factory=Program)
    on: dict[int, list[int]] = field(default_factory=dict)
    layout: dict[tuple[int, int], int] = field(default_factory=dict)
    way: dict[int, tuple[int, Side, Way]] = field(default_factory=dict)
    load: dict[Key, list[tuple[int, int]]] = field(default_factory=dict)
    awake: dict[Key, list[tuple[int, int]]] = field(default_factory=dict)
    hot: set[Key] = field(default_factory=set)
    width: dict[tuple[int, int, int, int], list[int]] = field(default_factory=dict)
    claim: dict[Key, list[tuple[int, int]]] = field(default_factory=dict)
    hint: dict[int, int] = field(default_factory=dict)


def master_of(
    stage: Stage, asked: Sequence[Asking], max_moves: int | None = None, room: float = ROOM
) -> Master:
    """The program of all groups that may be moved, so many servers at most (None: no limit)."""
    master = Master(stage)
    for pool in range(len(stage.load)):
        master.on[pool] = _hosts(master, pool)
    for asking in asked:
        _add_group(master, asking)
    bind_forms(master.program, stage, master.way, master.hint)
    limits = _limits(stage, room)
    for key, terms in master.load.items():
        _add_load(master, key, terms, limits, room)
    for key, terms in sorted(master.load.items()):
        add_measures(master, key, terms)
        _add_conflicts(master, key, terms, room)
    for key in sorted(master.hot):
        _add_awake(master, key, room)
    for (_, _, pool, number), ways in master.width.items():
        master.program.within([*((way, 1) for way in ways), (master.on[pool][number - 1], -1)], 0)
    _add_claims(master)
    _add_balance(master)
    if max_moves is not None:
        moves = ((flag, stage.moves(side, way)) for flag, (_, side, way) in master.way.items())
        master.program.within([(flag, count) for flag, count in moves if count], max_moves)
    _hint_hosts(master, room)
    master.program.hinted(master.hint)
    return master


def _hosts(master: Master, pool: int) -> list[int]:
    """A flag for each host of a pool that is on, the first one first; those that are kept on are 1."""
    stage, program = master.stage, master.program
    cost, least = int(stage.placing.board.ground.on_cost[pool]), int(stage.least[pool])
    found = [program.number(int(number < least), 1, cost) for number in range(stage.hosts(pool))]
    for before, after in pairwise(found):
        program.within([(after, 1), (before, -1)], 0)
    return found


def _add_group(master: Master, asking: Asking) -> None:
    """Exactly one layout, and in it exactly one way for each side."""
    program = master.program
    here = layout_now(master.stage, asking)
    for layout in asking.layouts:
        flag = master.layout[asking.group, layout] = program.flag()
        master.hint[flag] = int(layout == here)
    program.one_of(master.layout[asking.group, layout] for layout in asking.layouts)
    for choice in asking.choices:
        ways = [_add_way(master, asking.group, choice, way, here) for way in choice.ways]
        layouts = [(master.layout[asking.group, layout], -1) for layout in choice.layouts]
        program.equal([*((way, 1) for way in ways), *layouts], 0)


def layout_now(stage: Stage, asking: Asking) -> int:
    """The layout that a group stands in; NOTHING where none of those it may take."""
    tables, ground = stage.placing.board.tables, stage.placing.board.ground
    start, end = int(tables.group_start[asking.group]), int(tables.group_start[asking.group + 1])
    sides = [(key, way) for key, way in stage.present.items() if start <= key[0] < end]
    for layout in asking.layouts:
        if all(
            tables.where[layout, tables.grade[comp], role] == ground.pool_center[way[0].pool]
            for (comp, role), way in sides
        ):
            return layout
    return NOTHING


def _add_way(master: Master, group: int, choice: Choice, way: Way, here: int) -> int:
    """A flag for a way to lay a side, with all that it takes."""
    stage, side = master.stage, choice.side
    flag = master.program.flag(stage.cost(side, way))
    master.way[flag] = group, side, way
    stands = here in choice.layouts and stage.present.get((side.comp, side.role)) == way
    master.hint[flag] = int(stands)
    for share in way:
        for resource, amount in enumerate(stage.size(share.entry)):
            counts = (share.run, *(share.count(turn) for turn in side.turns))
            for situation, count in enumerate(counts if amount else ()):
                if count:
                    key = share.pool, situation, resource
                    master.load.setdefault(key, []).append((flag, amount * count))
                    hot = situation > 0 and side.turns[situation - 1] == GROWS and stage.is_hot(side, share)
                    if situation and (hot or side.turns[situation - 1] == STAYS):
                        master.awake.setdefault(key, []).append((flag, amount * count))
                    if hot:
                        master.hot.add(key)
        for number in range(1, stage.width(side, share) + 1):
            master.width.setdefault((side.comp, side.role, share.pool, number), []).append(flag)
    _claim(master, side, way, flag)
    return flag


def _claim(master: Master, side: Side, way: Way, flag: int) -> None:
    """What a way takes of its owner's quota."""
    tables = master.stage.placing.board.tables
    owner = int(tables.owner[side.comp])
    if owner == NOTHING or side.role == RoleIndex.BACKUP:
        return
    for share in way:
        counts = (share.run, *(share.count(turn) for turn in side.turns))
        for resource, amount in enumerate(master.stage.size(share.entry)):
            for situation, count in enumerate(counts):
                if amount * count:
                    key = owner, situation, resource
                    master.claim.setdefault(key, []).append((flag, amount * count))


def _limits(stage: Stage, room: float) -> list[float]:
    """How much of each pool may be taken: what policy leaves, or as much as is taken now."""
    board = stage.placing.board
    policy = stage.placing.snapshot.environment.policy.objective
    most = min(room, 1 - policy.headroom_percent / 100)
    return [max(most, int(peak) / 1000) for peak in board.sums.peak]


def _shares(amount: int, cap: int) -> int:
    return -(-amount * SHARES // cap)


def _add_load(master: Master, key: Key, terms: Terms, limits: Sequence[float], room: float) -> None:
    """What a pool carries in a situation; in normal time on hosts that are on."""
    pool, situation, resource = key
    stage, program = master.stage, master.program
    cap = int(stage.placing.board.ground.cap[pool, resource])
    parts = [(flag, _shares(amount, cap)) for flag, amount in terms]
    fixed = _shares(int(stage.load[key]), cap)
    program.within(parts, int(limits[pool] * SHARES * stage.hosts(pool)) - fixed)
    if situation == 0:
        each = int(room * SHARES)
        hosts = [(flag, -each) for flag in master.on[pool]]
        program.within([*parts, *hosts], -fixed)


def add_measures(master: Master, key: Key, terms: Terms) -> None:
    """Conditions that hold however hosts are packed, where some replicas are large for a host.

    A measure of sizes that no packing of one host exceeds 1 in may stand for the sizes (dual feasible
    functions: Lueker 1983; Martello and Toth 1990). Two replicas of 0.5 and one of 0.3 take two hosts so.
    """
    pool, situation, resource = key
    stage = master.stage
    cap = int(stage.placing.board.ground.cap[pool, resource])
    sizes = {flag: _replicas(master, flag, key) for flag in dict(terms)}
    plain = {size: size / cap for parts in sizes.values() for size, _ in parts}
    for measure in MEASURES:
        found = {size: measure(size, cap) for size in plain}
        if all(found[size] <= plain[size] for size in plain):
            continue
        parts = [
            (flag, int(sum(found[size] * count for size, count in each) * SHARES))
            for flag, each in sizes.items()
        ]
        if situation == 0:
            hosts = [(flag, -SHARES) for flag in master.on[pool]]
            master.program.within([*parts, *hosts], 0)
        else:
            master.program.within(parts, SHARES * stage.hosts(pool))


def _add_conflicts(master: Master, key: Key, terms: Terms, room: float) -> None:
    """Who is too large to stand on a host together."""
    pool, situation, resource = key
    cap = int(master.stage.placing.board.ground.cap[pool, resource])
    sides = {flag: (master.way[flag][1], _replicas(master, flag, key)) for flag in dict(terms)}
    for sums in conflicts(master.stage, pool, room * cap, sides):
        hosts = [(flag, -1) for flag in master.on[pool]] if situation == 0 else []
        master.program.within([*sums, *hosts], 0 if situation == 0 else master.stage.hosts(pool))


def _replicas(master: Master, flag: int, key: Key) -> list[tuple[int, int]]:
    """Sizes and counts of a way's replicas on a pool in a situation."""
    pool, situation, resource = key
    _, side, way = master.way[flag]
    return [
        (
            master.stage.size(share.entry)[resource],
            share.count(side.turns[situation - 1]) if situation else share.run,
        )
        for share in way
        if share.pool == pool
    ]


def _above(least: Fraction) -> Measure:
    """What is larger than 1 - least takes a whole host, what is smaller than least keeps nothing away."""

    def measure(size: int, cap: int) -> Fraction:
        share = Fraction(size, cap)
        return Fraction(1) if share > 1 - least else share if share >= least else Fraction(0)

    return measure


def _parts(count: int) -> Measure:
    """A host has room for `count` replicas larger than 1 / (count + 1)."""

    def measure(size: int, cap: int) -> Fraction:
        share = Fraction(size * (count + 1), cap)
        whole = share.denominator == 1
        return Fraction(size, cap) if whole else Fraction(share.numerator // share.denominator, count)

    return measure


MEASURES: tuple[Measure, ...] = (_parts(1), _above(Fraction(3, 10)))
"""Each tells where large replicas leave gaps on hosts; more of them slow the solver more than they help."""


def _add_awake(master: Master, key: Key, room: float) -> None:
    """What a takeover grows by that waits for no host, beside all that stays: on hosts that are on."""
    pool, _, resource = key
    cap = int(master.stage.placing.board.ground.cap[pool, resource])
    hosts = [(flag, -int(room * SHARES)) for flag in master.on[pool]]
    parts = ((flag, _shares(amount, cap)) for flag, amount in master.awake[key])
    fixed = _shares(int(master.stage.load[key]), cap)
    master.program.within([*parts, *hosts], -fixed)


def _add_claims(master: Master) -> None:
    """What owners' quotas leave beside what is not moved, in every situation."""
    board = master.stage.placing.board
    for (owner, _, resource), terms in master.claim.items():
        most = int(board.ground.quota[owner, resource])
        if most != NOTHING:
            master.program.within(terms, most)


def _add_balance(master: Master) -> None:
    """The fullest pool's load above the mean of all, for each resource that is evened."""
    stage, ground = master.stage, master.stage.placing.board.ground
    weight, pools = int(ground.balance_weight[0]), len(stage.load)
    for resource in range(EVENED if weight else 0):
        most = master.program.number(0, 2 * MILLIONTHS, weight // 10_000)
        now = 0
        for pool in range(pools):
            total, fixed = int(ground.total[pool, resource]), int(stage.load[pool, 0, resource])
            terms = master.load.get((pool, 0, resource), [])
            if not total:
                continue
            parts = [(flag, -(-amount * MILLIONTHS // total)) for flag, amount in terms]
            base = -(-fixed * MILLIONTHS // total)
            master.program.within([*parts, (most, -1)], -base)
            now = max(now, base + sum(part for flag, part in parts if master.hint[flag]))
            for flag, part in parts:
                master.program.priced(flag, -(weight * part // (10_000 * pools)))
        master.hint[most] = min(now, 2 * MILLIONTHS)


def _hint_hosts(master: Master, room: float) -> None:
    """As many hosts on as what stands now takes by the program's own counting."""
    stage = master.stage
    needed: Mapping[int, list[int]] = {pool: [int(stage.least[pool])] for pool in master.on}
    for (pool, situation, resource), terms in master.load.items():
        cap = int(stage.placing.board.ground.cap[pool, resource])
        if situation == 0:
            taken = _shares(int(stage.load[pool, 0, resource]), cap)
            taken += sum(_shares(amount, cap) for flag, amount in terms if master.hint[flag])
            needed[pool].append(-(-taken // int(room * SHARES)))
    for (_, _, pool, number), ways in master.width.items():
        if any(master.hint[way] for way in ways):
            needed[pool].append(number)
    for pool, flags in master.on.items():
        for number, flag in enumerate(flags):
            master.hint[flag] = int(number < max(needed[pool]))
