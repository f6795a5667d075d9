"""Places groups one by one, hardest first, makes room where one finds none, then improves the whole."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np

from cmp.errors import Interrupted
from cmp.scheduler.board.arrays import I8
from cmp.scheduler.board.chance import Chance, chance_of
from cmp.scheduler.board.choosing import FULL, Manner
from cmp.scheduler.board.limits import FINE
from cmp.scheduler.board.loops import (
    exchange,
    improve,
    place_group,
    place_many,
    remove_group,
    repack_all,
    scarcity,
    shuffle,
)
from cmp.scheduler.placement.annealing import (
    Effort,
    annealed,
    attempts_at_once,
    is_worth_annealing,
)
from cmp.scheduler.placement.placing import Placing, emptied
from cmp.scheduler.placement.quorums import place_special
from cmp.scheduler.placement.telling import objective_of
from cmp.scheduler.placement.warm_start import Stays, keep, keep_all
from cmp.sentences import Sentence

WINDOW = 8
"""Pools of a class that are looked at."""
TRIALS = 4
"""Of the best pools, those tried on their hosts for their true cost when what was placed is improved."""
ROUNDS = 8
"""How often the search starts again with what it could not place in front."""
SHUFFLED_FROM = 4
"""From this round on the rest of the order is shuffled."""
EXCHANGES, ALL_EXCHANGES = 400, 4000
"""Placed groups that one without room is exchanged with, at most, and for all of those together."""
CHUNK = 64
"""Attempts between two looks at whether to stop."""
PIECE = 1024
"""Groups placed between two looks at whether to stop; fewer where a side has thousands of replicas."""


class Attempt(NamedTuple):
    """A board with what found a place, and the groups on it that were put back where they stood before.

    The board belongs to the attempt: it is filled and improved in place. What was kept belongs to this board
    only; another attempt that kept less says nothing about it.
    """

    placing: Placing
    back: frozenset[int] = frozenset()

    @property
    def movable(self) -> tuple[int, ...]:
        """The groups that may be moved to save something: no quorums, nothing that was kept."""
        fixed = self.placing.fixed | self.kept
        return tuple(group for group in range(len(self.placing.snapshot.groups)) if group not in fixed)

    @property
    def kept(self) -> frozenset[int]:
        """The groups that were put back and that nothing took off again."""
        return frozenset(group for group in self.back if self.placing.is_placed(group))


class Round(NamedTuple):
    """In which order groups are placed, and how pools are chosen for them.

    What found no room before goes `first`, at best where it stood: what stands in its way moves instead. What
    is `loose` need not stay.
    """

    groups: I8
    manner: Manner
    first: I8 | None = None
    loose: frozenset[int] = frozenset()


def search(placing: Placing, stays: Stays, seed: int, effort: Effort) -> Attempt:
    """Place as many groups as possible, each whole, then make what was placed cheaper.

    Args:
        placing: an empty board.
        stays: where groups stood before; those that may stay do, and are not moved to save something.
        seed: decides the shuffles of later rounds and the attempts to improve.
        effort: when to end.

    Raises:
        Interrupted: it was to end before every group had been tried once.
    """
    chance = chance_of(seed)
    first = _construct(placing, stays, Round(_by_difficulty(placing), manner_of(placing)), effort)
    best = _again(first, stays, chance, effort)
    _improve(best, stays, chance, effort)
    return best


def improved(found: Attempt, stays: Stays, seed: int, effort: Effort) -> Attempt:
    """Make what was placed cheaper for as long again."""
    if effort.attempts:
        _improve(found, stays, chance_of(seed), effort)
    return found


EVEN = Manner(even=1, window=WINDOW, trials=1, ceiling=FULL)
"""The fullest pools grow least: places more where room is scarce."""


def manner_of(placing: Placing, trials: int = 1) -> Manner:
    """How pools are chosen: money and watts decide, below what policy keeps free."""
    ceiling = FULL - round(10 * placing.snapshot.environment.policy.objective.headroom_percent)
    return Manner(even=0, window=WINDOW, trials=trials, ceiling=ceiling)


def _again(best: Attempt, stays: Stays, chance: Chance, effort: Effort) -> Attempt:
    """Start again while something that could be placed is missing."""
    order = _by_difficulty(best.placing)
    first = np.zeros(0, dtype=np.int64)
    for number in range(1, ROUNDS):
        hopeful = _hopeful(best.placing)
        if not len(hopeful) or effort.stop():
            break
        first = np.array(list(dict.fromkeys([*hopeful.tolist(), *first.tolist()])), dtype=np.int64)
        order = _reordered(
            order, hopeful if number > 1 else hopeful[:0], chance if number >= SHUFFLED_FROM else None
        )
        loose = frozenset(order[: _released(number, len(order))].tolist())
        found = _construct(emptied(best.placing), stays, Round(order, EVEN, first, loose), effort)
        if _misses(found.placing) < _misses(best.placing):
            best = found
        elif stays.rows:
            first = np.concatenate((_hopeful(found.placing), first))
    return best


def _released(number: int, groups: int) -> int:
    """How many groups need not stay in a round: none at first, twice as many each time, all in the last."""
    return groups if number == ROUNDS - 1 else min(groups, (2 << number) // 8 * 4)


def _construct(placing: Placing, stays: Stays, this: Round, effort: Effort) -> Attempt:
    """Place what may stay where it stood, then everything else in order."""
    back: set[int] = set()
    manner = this.manner
    for group in this.first.tolist() if this.first is not None and stays.rows else ():
        if keep(placing, stays, group):
            back.add(group)
        else:
            _place(placing, group, manner)
    back |= keep_all(placing, stays, (each for each in this.groups.tolist() if each not in this.loose))
    tried = looked = 0
    step = attempts_at_once(placing, PIECE)
    for part in _parts(placing, this.groups, step):
        if len(part) == 1:
            _place(placing, int(part[0]), manner)
        else:
            place_many(placing.handle, part, manner, _told(placing))
        tried += len(part)
        if tried >= looked + step:
            looked = tried
            if effort.stop():
                break
    if tried < len(this.groups) and this.first is None:
        raise Interrupted(
            Sentence(
                "stopped when {tried} of {groups} groups had been tried: there is no whole Plan yet",
                tried=tried,
                groups=len(this.groups),
            ),
            hint="give it longer: what was begun is not kept",
        )
    missing = placing.missing()
    for group in missing:
        if effort.stop():
            break
        _make_room(placing, group, manner, min(EXCHANGES, ALL_EXCHANGES // len(missing)))
    return Attempt(placing, frozenset(back))


def _told(placing: Placing) -> I8:
    return np.zeros(len(placing.snapshot.groups), dtype=np.int64)


def _parts(placing: Placing, order: I8, step: int) -> Iterator[I8]:
    """The order cut where a group needs to be placed by itself, and into pieces."""
    begin = 0
    for place, group in enumerate(order.tolist()):
        if group in placing.asked.special:
            if begin < place:
                yield from _pieces(order[begin:place], step)
            yield order[place : place + 1]
            begin = place + 1
    if begin < len(order):
        yield from _pieces(order[begin:], step)


def _pieces(order: I8, step: int) -> Iterator[I8]:
    for begin in range(0, len(order), step):
        yield order[begin : begin + step]


def _place(placing: Placing, group: int, manner: Manner) -> bool:
    if placing.is_placed(group):
        return True
    if group in placing.asked.special:
        return place_special(placing, group, manner) is None
    return place_group(placing.handle, group, manner) == FINE


def _make_room(placing: Placing, group: int, manner: Manner, most: int) -> None:
    """Exchange a group without room with one of so many that stand and find another place."""
    if group in placing.asked.special or _is_hopeless(placing, group):
        return
    others = (
        other
        for other in range(len(placing.snapshot.groups))
        if placing.is_placed(other) and other not in placing.asked.special
    )
    exchange(placing.handle, group, np.array(list(islice(others, most)), dtype=np.int64), manner)


def _hopeful(placing: Placing) -> I8:
    """What is missing although the empty estate would take it."""
    missing = [group for group in placing.missing() if not _is_hopeless(placing, group)]
    return np.array(missing, dtype=np.int64)


def _is_hopeless(placing: Placing, group: int) -> bool:
    """True when not even the empty estate takes a group."""
    bare = placing.bare()
    placed = _place(bare, group, EVEN)
    if placed:
        remove_group(bare.handle, group)
    return not placed


def _by_difficulty(placing: Placing) -> I8:
    """Quorums first, then by how few layouts there are, then by the scarcest need.

    That is the largest share that a component asks of all it may use.
    """
    tables, ground = placing.board.tables, placing.board.ground
    per_class = np.zeros((len(ground.class_cloud), ground.total.shape[1]), dtype=np.int64)
    np.add.at(per_class, ground.pool_class, ground.total)
    there = np.array(
        [per_class[tables.entry_class[starts[0] : starts[-1]]].sum(axis=0) for starts in tables.entry_start],
        dtype=np.int64,
    ).reshape(len(tables.entry_start), ground.total.shape[1])
    layouts = np.diff(tables.layout_start)[tables.group_kind]
    ordinary = np.ones(len(layouts), dtype=np.int64)
    ordinary[list(placing.asked.special)] = 0
    return np.lexsort((-scarcity(placing.handle, there), layouts, ordinary)).astype(np.int64)


def _reordered(order: I8, first: I8, chance: Chance | None) -> I8:
    rest = order[~np.isin(order, first)]
    if chance is not None:
        rest = rest.copy()
        shuffle(chance, rest)
    return np.concatenate((first, rest)).astype(np.int64)


def _misses(placing: Placing) -> int:
    starts = placing.board.tables.group_start
    return sum(int(starts[group + 1] - starts[group]) for group in placing.missing())


def _improve(best: Attempt, stays: Stays, chance: Chance, effort: Effort) -> None:
    """Make what was placed cheaper; what stood before, and what a quorum needs, stays where it is."""
    placing = best.placing
    groups = np.array(best.movable, dtype=np.int64)
    manner = manner_of(placing, TRIALS)
    left = effort.attempts
    if not stays.rows and is_worth_annealing(placing, groups, left):
        left = annealed(placing, groups, manner, chance, Effort(left, effort.stop, effort.told))
    step = attempts_at_once(placing, CHUNK)
    while left > 0 and len(groups) and not effort.stop():
        improve(placing.handle, groups, manner, chance, min(step, left))
        left -= step
        effort.told(effort.attempts - max(0, left), objective_of(placing))
    if effort.attempts and not stays.rows:
        repack_all(placing.handle)
