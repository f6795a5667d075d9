"""Takes a few groups off and puts them back as well as can be, whole hosts and all, again and again.

What shares a host that carries little is taken off together: a host goes off only if all of it leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from cmp.scheduler.board.arrays import GROWS, I8, NOTHING, STAYS
from cmp.scheduler.board.chance import Chance, chance_of
from cmp.scheduler.board.loops import remove_group, shuffle, total_of
from cmp.scheduler.mastering.beside import bind_forms
from cmp.scheduler.mastering.modelling import EVENED, MILLIONTHS, layout_now
from cmp.scheduler.mastering.packing import Hosts, Line, lines_of
from cmp.scheduler.mastering.seating import Rows, hosts_now, seat_group
from cmp.scheduler.mastering.solving import Budget, Program
from cmp.scheduler.mastering.stating import (
    Asking,
    Choice,
    Share,
    Side,
    Stage,
    Way,
    asking_of,
    fixed_rows,
    stage_of,
)
from cmp.scheduler.placement.annealing import held, restore
from cmp.scheduler.placement.placing import Placing

GROUPS = 7
"""Groups that are taken off at once."""
WORK = 0.5
"""Deterministic time for putting them back."""
Cell = tuple[int, int, int]
"""Variables of a row on one host: kept replicas of normal time, others of it, extra ones."""


@dataclass(slots=True)
class _Whole:
    """A program under way that knows every host; `left` is what all other groups leave free."""

    stage: Stage
    left: I8
    awake: np.ndarray
    program: Program = field(default_factory=Program)
    hint: dict[int, int] = field(default_factory=dict)
    way: dict[int, tuple[int, Side, Way]] = field(default_factory=dict)
    cells: dict[tuple[Side, Share], list[Cell]] = field(default_factory=dict)
    used: dict[int, int] = field(default_factory=dict)
    terms: dict[tuple[int, int, int], list[tuple[int, int]]] = field(default_factory=dict)
    load: dict[tuple[int, int], list[tuple[int, int]]] = field(default_factory=dict)


def neighbour(placing: Placing, groups: Sequence[int], budget: Budget, ceiling: int) -> bool:
    """Put some groups back for less; False, and the board is as before, where that is not found.

    `ceiling` is how full pools may be before that weighs, in thousandths.
    """
    before = total_of(placing.handle, ceiling), held(placing.board)
    stage = stage_of(placing, groups)
    asked = [asking_of(stage, group, 1) for group in groups]
    if None in asked:
        return False
    whole = _Whole(stage, *_free(placing, groups))
    for asking in asked:
        if asking is not None:
            _add_group(whole, asking)
    bind_forms(whole.program, stage, whole.way, whole.hint)
    _add_hosts(whole)
    _add_balance(whole)
    whole.program.hinted(whole.hint)
    answer = whole.program.solved(budget)
    if answer is None:
        return False
    seated = _put_back(whole, groups, answer.values)
    if seated and total_of(placing.handle, ceiling) < before[0]:
        return True
    restore(placing.board, before[1])
    return False


def _free(placing: Placing, groups: Sequence[int]) -> tuple[I8, np.ndarray]:
    """What hosts have left without some groups, and which of them are on all the same."""
    before = held(placing.board)
    for group in groups:
        remove_group(placing.handle, group)
    left = placing.board.sums.left.copy()
    awake = (placing.board.sums.on > 0) | (placing.board.sums.hot > 0)
    restore(placing.board, before)
    return left, awake


def _add_group(whole: _Whole, asking: Asking) -> None:
    program, here = whole.program, layout_now(whole.stage, asking)
    flags = {layout: program.flag() for layout in asking.layouts}
    whole.hint |= {flag: int(layout == here) for layout, flag in flags.items()}
    program.one_of(flags.values())
    standing = _standing(whole.stage, asking.group)
    for choice in asking.choices:
        ways = {}
        for way in choice.ways:
            flag = ways[way] = program.flag(whole.stage.cost(choice.side, way))
            whole.way[flag] = asking.group, choice.side, way
            stands = here in choice.layouts and whole.stage.present.get(choice.side[:2]) == way
            whole.hint[flag] = int(stands)
        program.equal(
            [*((way, 1) for way in ways.values()), *((flags[each], -1) for each in choice.layouts)], 0
        )
        _add_rows(whole, choice, ways, standing)


def _standing(stage: Stage, group: int) -> dict[tuple[int, int, Share], Hosts]:
    """The hosts of each row that stands, by component, role and share."""
    rows, hosts = fixed_rows(stage, group), hosts_now(stage, group)
    return {(side.comp, side.role, share): each for (side, share), each in zip(rows, hosts, strict=True)}


def _add_rows(
    whole: _Whole, choice: Choice, ways: dict[Way, int], standing: dict[tuple[int, int, Share], Hosts]
) -> None:
    """Replicas of each share of a side on each host of its pool."""
    by_share: dict[Share, list[int]] = {}
    for way, flag in ways.items():
        for share in way:
            by_share.setdefault(share, []).append(flag)
    for share, flags in by_share.items():
        (line,) = lines_of(whole.stage, [(choice.side, share)])
        there = standing.get((choice.side.comp, choice.side.role, share))
        if not any(whole.hint[flag] for flag in flags):
            there = None
        whole.cells[choice.side, share] = _add_line(whole, line, flags, there)


def _add_line(whole: _Whole, line: Line, flags: Sequence[int], there: Hosts | None) -> list[Cell]:
    program, hosts = whole.program, whole.stage.hosts(line.share.pool)
    first = int(whole.stage.placing.board.ground.host_start[line.share.pool])
    totals = line.stays, line.share.run - line.stays, line.share.extra
    cells = [_cell(whole, line, first + host, totals, hosts) for host in range(hosts)]
    for part, total in enumerate(totals):
        if total:
            program.equal([*((cell[part], 1) for cell in cells), *((flag, -total) for flag in flags)], 0)
    for host, cell in enumerate(cells):
        normal, extra = there or ((), ())
        counts = normal[: line.stays].count(host), normal[line.stays :].count(host), extra.count(host)
        whole.hint |= {name: count for name, count in zip(cell, counts, strict=True) if name != NOTHING}
    size = whole.stage.size(line.share.entry)
    for resource in range(EVENED):
        amount = size[resource] * line.share.run
        whole.load.setdefault((line.share.pool, resource), []).extend(
            (flag, amount) for flag in flags if amount
        )
    return cells


def _cell(whole: _Whole, line: Line, host: int, totals: Sequence[int], hosts: int) -> Cell:
    """One row on one host, with what it takes there in every situation."""
    program = whole.program
    kept, other, extra = (program.number(0, total) if total else NOTHING for total in totals)
    for names, most in (
        ((kept, other), line.most(line.share.run, hosts)),
        ((kept,), line.most(line.stays, hosts)),
        ((kept, extra), line.most(line.grown, hosts)),
    ):
        there = [(name, 1) for name in names if name != NOTHING]
        if line.apart and there:
            program.within(there, most)
    turns = (STAYS, *line.side.turns)
    for situation, turn in enumerate(turns):
        counted = [kept] if turn in {STAYS, GROWS} else []
        counted += [other] if situation == 0 else []
        counted += [extra] if situation and turn == GROWS else []
        for resource, amount in enumerate(line.size):
            if amount:
                there = [(name, amount) for name in counted if name != NOTHING]
                whole.terms.setdefault((host, situation, resource), []).extend(there)
    for name, total in ((kept, totals[0]), (other, totals[1]), (extra if line.hot else NOTHING, totals[2])):
        if name != NOTHING and not whole.awake[host]:
            program.within([(name, 1), (_used(whole, host), -total)], 0)
    return kept, other, extra


def _used(whole: _Whole, host: int) -> int:
    """A flag for a host that only these groups keep on."""
    if host not in whole.used:
        board = whole.stage.placing.board
        pool = int(np.searchsorted(board.ground.host_start, host, side="right")) - 1
        whole.used[host] = whole.program.flag(int(board.ground.on_cost[pool]))
        whole.hint[whole.used[host]] = int(board.sums.on[host] > 0 or board.sums.hot[host] > 0)
    return whole.used[host]


def _add_hosts(whole: _Whole) -> None:
    """What every host has left, in every situation."""
    failures = whole.stage.failures
    for (host, situation, resource), terms in whole.terms.items():
        number = failures[situation - 1] + 1 if situation else 0
        if terms:
            whole.program.within(terms, int(whole.left[host, number, resource]))


def _add_balance(whole: _Whole) -> None:
    """The fullest pool above the mean, as in the master."""
    stage, ground = whole.stage, whole.stage.placing.board.ground
    weight, pools = int(ground.balance_weight[0]), len(stage.load)
    for resource in range(EVENED if weight else 0):
        totals = ground.total[:, resource]
        fixed = [
            -(-int(stage.load[pool, 0, resource]) * MILLIONTHS // max(1, int(totals[pool])))
            for pool in range(pools)
        ]
        most = whole.program.number(max(fixed), 2 * MILLIONTHS, weight // 10_000)
        now = max(fixed)
        for pool in range(pools):
            terms = whole.load.get((pool, resource), [])
            parts = [(flag, -(-amount * MILLIONTHS // int(totals[pool]))) for flag, amount in terms]
            if parts:
                whole.program.within([*parts, (most, -1)], -fixed[pool])
                now = max(now, fixed[pool] + sum(part for flag, part in parts if whole.hint[flag]))
            for flag, part in parts:
                whole.program.priced(flag, -(weight * part // (10_000 * pools)))
        whole.hint[most] = min(now, 2 * MILLIONTHS)


def _put_back(whole: _Whole, groups: Sequence[int], values: Sequence[int]) -> bool:
    """Seat the groups as chosen; False where the board refuses one."""
    placing = whole.stage.placing
    for group in groups:
        remove_group(placing.handle, group)
    rows: dict[int, Rows] = {group: [] for group in groups}
    hosts: dict[tuple[int, int], Hosts] = {}
    for flag, (group, side, way) in whole.way.items():
        if values[flag]:
            for share in way:
                hosts[group, len(rows[group])] = _read(whole, side, share, values)
                rows[group] = [*rows[group], (side, share)]
    return all(seat_group(placing, group, rows[group], hosts) for group in groups)


def _read(whole: _Whole, side: Side, share: Share, values: Sequence[int]) -> Hosts:
    """The hosts of a row as chosen."""
    kept, other, extra = (
        tuple(
            host
            for host, cell in enumerate(whole.cells[side, share])
            for _ in range(values[cell[part]] if cell[part] != NOTHING else 0)
        )
        for part in range(3)
    )
    return (*kept, *other), extra


def chances(placing: Placing, movable: Sequence[int], seed: int) -> Iterator[tuple[int, ...]]:
    """Groups to take off together, without an end: those of a host, then of its pool, then any."""
    chance, able = chance_of(seed), np.array(movable, dtype=np.int64)
    while True:
        order = able.copy()
        shuffle(chance, order)
        yield tuple(_around(placing, order, chance)[:GROUPS])


def _around(placing: Placing, order: I8, chance: Chance) -> list[int]:
    """The groups, those first that stand on one host that carries little, then those of its pool."""
    board = placing.board
    hosts = np.flatnonzero(board.sums.on > 0)
    shuffle(chance, hosts)
    few = min(hosts[: max(1, len(hosts) // 3)].tolist(), key=lambda host: int(board.sums.on[host]), default=0)
    return _nearest(placing, order.tolist(), few)


def _nearest(placing: Placing, order: Sequence[int], host: int) -> list[int]:
    """The groups, those first that stand on a host, then those of its pool."""
    starts = placing.board.ground.host_start
    pool = int(np.searchsorted(starts, host, side="right")) - 1
    span = range(int(starts[pool]), int(starts[pool + 1]))
    first, near = set(_on(placing, host)), {group for each in span for group in _on(placing, each)}
    return sorted(order, key=lambda group: (group not in first, group not in near))


def _on(placing: Placing, host: int) -> Iterator[int]:
    """The groups with replicas on a host in normal time."""
    rows = placing.board.rows
    cell = int(rows.host_cell[host])
    while cell != NOTHING:
        if rows.cell[cell, 0] > 0:
            yield int(rows.group[rows.cell_row[cell]])
        cell = int(rows.after[cell])
