"""Holds most groups of the master where they are and leaves a few free, those that share pools.

The whole master is solved once; from there on the solver finds more in small programs that it ends (large
neighbourhood search: Shaw 1998), since what frees a host is a matter of few pools.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np

from cmp.scheduler.board.chance import Chance
from cmp.scheduler.board.loops import shuffle
from cmp.scheduler.mastering.modelling import Master

FREE = 16
"""Groups that are free at once."""


def some(master: Master, values: Sequence[int], chance: Chance) -> Collection[int]:
    """Groups to leave free: those on pools in an order of chance, until there are enough."""
    on = _by_pool(master, values)
    found: dict[int, None] = {}
    for pool in _shuffled(on, chance):
        found |= dict.fromkeys(_shuffled(on[pool], chance))
    return tuple(found)[:FREE]


def _shuffled(numbers: Iterable[int], chance: Chance) -> list[int]:
    order = np.array(sorted(numbers), dtype=np.int64)
    shuffle(chance, order)
    found: list[int] = order.tolist()
    return found


def _by_pool(master: Master, values: Sequence[int]) -> dict[int, set[int]]:
    """The groups on each pool."""
    found: dict[int, set[int]] = {}
    for flag, (group, _, way) in master.way.items():
        for share in way if values[flag] else ():
            found.setdefault(share.pool, set()).add(group)
    return found


def hold_all_but(master: Master, free: Collection[int], values: Sequence[int]) -> None:
    """Layouts and ways of all groups stay as the values say, but for those that are free."""
    for flag, group in _owners(master):
        least, most = (0, 1) if group in free else (values[flag], values[flag])
        master.program.bounded(flag, least, most)
    master.program.hinted(dict(enumerate(values)))


def _owners(master: Master) -> Iterator[tuple[int, int]]:
    """Every flag of a group, with its group."""
    yield from ((flag, group) for (group, _), flag in master.layout.items())
    yield from ((flag, group) for flag, (group, *_) in master.way.items())
