"""States what the master chooses from: each group's layouts, and every way to lay a side on pools."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from cmp.scheduler.board.arrays import BY_CENTER, BY_HOST, BY_POOL, GROWS, I8, NOTHING, STAYS, RoleIndex
from cmp.scheduler.placement.placing import ROLE, Placing
from cmp.scheduler.problem import sizes

ROLES = tuple(RoleIndex)
SPLIT = 40
"""Replicas of a side up to which every way to split it is looked at."""


class Share(NamedTuple):
    """Replicas of a side on one pool: `run` in normal time, `take` on takeover, `keep` of it at its floor."""

    pool: int
    entry: int
    run: int
    take: int
    keep: int

    @property
    def extra(self) -> int:
        """Replicas that start in a takeover only."""
        return max(0, min(self.take, self.keep) - min(self.run, self.keep))

    def count(self, turn: int) -> int:
        """Replicas that count after a failure that makes `turn` of the side."""
        if turn == STAYS:
            return min(self.run, self.keep)
        return min(self.take, self.keep) if turn == GROWS else 0


class Side(NamedTuple):
    """A component's side in a center: its role, and what each situation after the first makes of it."""

    comp: int
    role: int
    center: int
    turns: tuple[int, ...]


Way = tuple[Share, ...]
"""A side laid on pools, in order of their ids."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Where a side lies in some layouts of its group, and all ways to lay it there."""

    side: Side
    layouts: tuple[int, ...]
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """A group that may be moved: its layouts, and what there is to choose for each of its sides."""

    group: int
    layouts: tuple[int, ...]
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What all groups share.

    `failures` are the numbers of the losses of whole centers that are told apart, the situations after
    normal time. `present` is how every side stands now, by component and role; `least[pool]` are the hosts
    that what is not moved keeps on, `load[pool, situation, resource]` is what it takes, `fixed` are its rows.
    """

    placing: Placing
    failures: tuple[int, ...]
    present: Mapping[tuple[int, int], Way]
    least: I8
    load: I8
    fixed: tuple[tuple[Side, Share], ...] = ()
    sizes: dict[int, list[int]] = field(default_factory=dict)
    packings: dict[Hashable, object] = field(default_factory=dict)

    def hosts(self, pool: int) -> int:
        """Usable hosts of a pool."""
        starts = self.placing.board.ground.host_start
        return int(starts[pool + 1] - starts[pool])

    def size(self, entry: int) -> list[int]:
        """What one replica of an entry takes of each resource."""
        found = self.sizes.get(entry)
        if found is None:
            tables = self.placing.board.tables
            found = self.sizes[entry] = tables.size[tables.entry_size[entry]].tolist()
        return found

    def cost(self, side: Side, way: Way) -> int:
        """The rate part of the objective, in millionths of a point."""
        if side.role == RoleIndex.BACKUP:
            return 0
        total = self._moving(side, way)
        tables, wish = self.placing.board.tables, int(self.placing.board.ground.wish_weight[0])
        for share in way:
            missed = int(tables.entry_wishes[share.entry])
            missed += int(tables.entry_elsewhere[share.entry]) if side.role != RoleIndex.COLD else 0
            missed += int(tables.entry_away[share.entry]) if side.role == RoleIndex.PRIMARY else 0
            total += int(tables.entry_cost[share.entry]) * share.run + wish * missed * share.take
        return total

    def moves(self, side: Side, way: Way) -> int:
        """Servers that start elsewhere than in the Plan before, or 1 where only what is reserved does."""
        before = self._before(side)
        if not before or way == self.present.get((side.comp, side.role)):
            return 0
        return max(1, sum(max(0, share.run - before.get(share.pool, 0)) for share in way))

    def _before(self, side: Side) -> dict[int, int]:
        """Running replicas by pool in the Plan before."""
        tables = self.placing.board.tables
        place = side.comp * len(ROLES) + side.role
        rows = range(int(tables.previous_start[place]), int(tables.previous_start[place + 1]))
        return {int(tables.previous_pool[row]): int(tables.previous_count[row]) for row in rows}

    def _moving(self, side: Side, way: Way) -> int:
        """The move part of the objective as the board counts it."""
        before, centers = self._before(side), self.placing.board.ground.pool_center
        if not before:
            return 0
        near, far = map(int, self.placing.board.tables.move_cost[side.comp])
        return sum(
            max(0, share.run - before.get(share.pool, 0))
            * (near if any(centers[pool] == centers[share.pool] for pool in before) else far)
            for share in way
        )

    def is_hot(self, side: Side, share: Share) -> bool:
        """True when extra replicas may wait for no host of the pool to boot."""
        board = self.placing.board
        return share.extra > 0 and bool(board.tables.patience[side.comp] < board.ground.ready[share.pool])

    def width(self, side: Side, share: Share) -> int:
        """Hosts that a row keeps on at least: in normal time, and where it grows on hosts that are on."""
        grown = min(share.take, share.keep) if self.is_hot(side, share) else 0
        if self.placing.board.tables.spread[side.comp] != BY_HOST or side.role == RoleIndex.BACKUP:
            return min(1, max(share.run, grown))
        hosts = self.hosts(share.pool)
        return max(-(-count // -(-count // hosts)) if count else 0 for count in (share.run, grown))


def stage_of(placing: Placing, movable: Sequence[int]) -> Stage:
    """What the groups that may be moved share with everything else on the board."""
    board = placing.board
    failures = _center_losses(board.ground.lost_center)
    fixed = set(range(len(placing.snapshot.groups))) - set(movable)
    shape = len(board.ground.cap), 1 + len(failures), board.ground.cap.shape[1]
    stage = Stage(placing, failures, {}, np.zeros(shape[0], dtype=np.int64), np.zeros(shape, dtype=np.int64))
    present = dict(stage.present)
    for group in movable:
        present |= standing(placing, group)
    for group in sorted(fixed):
        _count_fixed(stage, group)
    stand = tuple(row for group in sorted(fixed) for row in fixed_rows(stage, group))
    return Stage(placing, failures, present, stage.least, stage.load, stand)


def _center_losses(lost: np.ndarray) -> tuple[int, ...]:
    """The numbers of the failures that take centers, one of each set of centers."""
    found: dict[bytes, int] = {}
    for failure in range(len(lost)):
        if lost[failure].any():
            found.setdefault(lost[failure].tobytes(), failure)
    return tuple(found.values())


def standing(placing: Placing, group: int) -> dict[tuple[int, int], Way]:
    """How a group's sides stand, by component and role."""
    rows = placing.board.rows
    found: dict[tuple[int, int], list[Share]] = {}
    for number in placing.numbers(group):
        key = int(rows.comp[number]), int(rows.role[number])
        found.setdefault(key, []).append(_share(placing, number))
    return {key: tuple(sorted(shares)) for key, shares in found.items()}


def fixed_rows(stage: Stage, group: int) -> list[tuple[Side, Share]]:
    """The rows of a group that is not moved, as they stand."""
    board, found = stage.placing.board, []
    for number in stage.placing.numbers(group):
        turns = tuple(int(board.rows.turn[number, failure]) for failure in stage.failures)
        share = _share(stage.placing, number)
        center = int(board.ground.pool_center[share.pool])
        comp, role = int(board.rows.comp[number]), int(board.rows.role[number])
        found.append((Side(comp, role, center, turns), share))
    return found


def _share(placing: Placing, number: int) -> Share:
    rows = placing.board.rows
    return Share(*(int(each[number]) for each in (rows.pool, rows.entry, rows.run, rows.take, rows.keep)))


def _count_fixed(stage: Stage, group: int) -> None:
    """Add what a group that is not moved takes of pools, and the hosts that it keeps on."""
    for side, share in fixed_rows(stage, group):
        stage.least[share.pool] = max(stage.least[share.pool], stage.width(side, share))
        size = np.array(stage.size(share.entry), dtype=np.int64)
        stage.load[share.pool, 0] += size * share.run
        for place, turn in enumerate(side.turns):
            stage.load[share.pool, place + 1] += size * share.count(turn)


def asking_of(stage: Stage, group: int, pools: int) -> Asking | None:
    """What there is to choose for a group, sides split over so many pools at most; None where nothing."""
    tables = stage.placing.board.tables
    kind = int(tables.group_kind[group])
    layouts = range(int(tables.layout_start[kind]), int(tables.layout_start[kind + 1]))
    choices: list[Choice] = []
    for comp in range(int(tables.group_start[group]), int(tables.group_start[group + 1])):
        for role in ROLES:
            choices += _choices(stage, (comp, int(role)), layouts, pools)
    empty = {layout for choice in choices if not choice.ways for layout in choice.layouts}
    left = tuple(layout for layout in layouts if layout not in empty)
    if not left:
        return None
    kept = (
        Choice(choice.side, tuple(each for each in choice.layouts if each not in empty), choice.ways)
        for choice in choices
        if choice.ways
    )
    return Asking(group, left, tuple(choice for choice in kept if choice.layouts))


def _choices(stage: Stage, what: tuple[int, int], layouts: Sequence[int], pools: int) -> Iterator[Choice]:
    """One choice for each center and fate that a side has in any layout."""
    tables = stage.placing.board.tables
    comp, role = what
    if tables.member[comp] or role == RoleIndex.MEMBER:
        return
    if role == RoleIndex.BACKUP and tables.copies[comp] == NOTHING:
        return
    grade = int(tables.grade[comp])
    by_side: dict[Side, list[int]] = {}
    for layout in layouts:
        center = int(tables.where[layout, grade, role])
        if center != NOTHING:
            turns = tuple(int(tables.turn[layout, grade, role, failure]) for failure in stage.failures)
            by_side.setdefault(Side(comp, role, center, turns), []).append(layout)
    for side, inside in by_side.items():
        yield Choice(side, tuple(inside), tuple(_ways(stage, side, pools)))


def _ways(stage: Stage, side: Side, pools: int) -> Iterator[Way]:
    """Every way to lay a side whole or on two pools, and the way it lies there now."""
    present = stage.present.get((side.comp, side.role), ())
    centers = stage.placing.board.ground.pool_center
    here = bool(present) and int(centers[present[0].pool]) == side.center
    found = [*_whole(stage, side)]
    if pools > 1:
        found += _halves(stage, side)
    if here and present not in found:
        found.append(present)
    return iter(found)


def _offers(stage: Stage, side: Side) -> Iterator[tuple[int, int]]:
    """Pools and entries that may take a side in its center."""
    tables, ground = stage.placing.board.tables, stage.placing.board.ground
    options = int((tables.copies if side.role == RoleIndex.BACKUP else tables.options)[side.comp])
    first, end = tables.entry_start[options, side.center], tables.entry_start[options, side.center + 1]
    for entry in range(int(first), int(end)):
        kind = tables.entry_class[entry]
        for place in range(int(ground.class_start[kind]), int(ground.class_start[kind + 1])):
            yield int(ground.class_pool[place]), entry


def _whole(stage: Stage, side: Side) -> Iterator[Way]:
    """Every way to lay a side on one pool that has room for it."""
    tables = stage.placing.board.tables
    for pool, entry in _offers(stage, side):
        worth = int(tables.entry_worth[entry])
        take = max(-(-int(tables.amount[side.comp]) // worth), int(tables.least[side.comp]))
        yield from _seated(stage, side, ((pool, entry, 1 if side.role == RoleIndex.BACKUP else take),))


def _halves(stage: Stage, side: Side) -> Iterator[Way]:
    """Every way to lay a side on two pools with no replica that could be left out."""
    tables = stage.placing.board.tables
    if side.role == RoleIndex.BACKUP or tables.spread[side.comp] == BY_CENTER:
        return
    amount, least = int(tables.amount[side.comp]), int(tables.least[side.comp])
    offers = sorted(_offers(stage, side))
    if offers and max(amount // min(int(tables.entry_worth[entry]) for _, entry in offers), least) > SPLIT:
        return
    for place, (pool, entry) in enumerate(offers):
        one = int(tables.entry_worth[entry])
        for other_pool, other_entry in offers[place + 1 :]:
            other = int(tables.entry_worth[other_entry])
            if other_pool == pool:
                continue
            for first in range(1, max(-(-amount // one), least)):
                second = max(-(-(amount - first * one) // other), least - first, 1)
                done, count = first * one + second * other, first + second
                if any(done - worth >= amount and count - 1 >= least for worth in (one, other)):
                    continue
                yield from _seated(stage, side, ((pool, entry, first), (other_pool, other_entry, second)))


def _seated(stage: Stage, side: Side, parts: Sequence[tuple[int, int, int]]) -> Iterator[Way]:
    """The shares of a side on pools, unless `spread` or a pool's size forbids it."""
    tables = stage.placing.board.tables
    spread, count = tables.spread[side.comp], sum(take for *_, take in parts)
    if side.role == RoleIndex.BACKUP:
        ((pool, entry, _),) = parts
        shares = [Share(pool, entry, 1, 1, 1)]
    elif (spread == BY_POOL and max(take for *_, take in parts) > 1) or (spread == BY_CENTER and count > 1):
        return
    else:
        left = sizes.running(ROLE[RoleIndex(side.role)], count, stateful=bool(tables.stateful[side.comp]))
        kept, shares = int(tables.floor[side.comp, int(side.role != RoleIndex.PRIMARY)]), []
        for pool, entry, take in parts:
            shares.append(Share(pool, entry, min(take, left), take, min(take, kept)))
            left, kept = left - shares[-1].run, kept - shares[-1].keep
    if all(_has_room(stage, side, share) for share in shares):
        yield tuple(shares)


def _has_room(stage: Stage, side: Side, share: Share) -> bool:
    """True when the empty pool would carry it in every situation."""
    total = stage.placing.board.ground.total[share.pool]
    most = max(share.run, *(share.count(turn) for turn in side.turns)) if side.turns else share.run
    return all(amount * most <= have for amount, have in zip(stage.size(share.entry), total, strict=True))
