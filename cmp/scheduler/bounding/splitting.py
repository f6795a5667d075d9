"""Finds the cheapest way to split a side over pools by trying all that leave no replica out.

Pools are gone through in order of their name, as replicas that run are handed out. What costs more already
than the best found is not followed further.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cmp.scheduler.bounding.arrays import I8, Line, Mode, Offers, Terms
from cmp.scheduler.bounding.widths import kept
from cmp.scheduler.compiled import compiled

ALL, HALF, NONE = (int(mode) for mode in (Mode.ALL, Mode.HALF, Mode.NONE))
MOST_STEPS = 20_000
"""Steps after which a side has too many ways to be split."""
TOO_MANY = -(1 << 62)
"""What stands for not having tried all."""


class Costs(NamedTuple):
    """What a replica costs on takeover and running, by entry from the `first` of a side on."""

    first: int
    take: Line
    run: Line


@compiled
def running(mode: int, takeover: int) -> int:
    """Replicas that run of those that a side has on takeover."""
    if mode == NONE:
        return 0
    return max(1, (takeover + 1) // 2) if mode == HALF else takeover


@compiled
def single(terms: Terms, costs: Costs) -> bool:
    """True when each class of a side's entries is one pool: there it has one row at most."""
    for place in range(costs.take.shape[0]):
        if terms.ground.pools[terms.offers.kind[costs.first + place]] != 1:
            return False
    return True


@compiled
def cheapest_split(terms: Terms, number: int, costs: Costs, known: tuple[int, I8]) -> int:
    """The least that a side costs, split or not; `TOO_MANY` where not all could be tried.

    `known` are the least known so far and the replicas on each entry with that, which are written anew where
    less is found.
    """
    best, found = known
    offers, sides = terms.offers, terms.sides
    mode, amount, least = sides.mode[number], sides.amount[number], sides.least[number]
    length = costs.take.shape[0]
    count = np.zeros(length, dtype=np.int64)
    work = np.zeros(length, dtype=np.int64)
    there = np.zeros(length, dtype=np.int64)
    paid = np.zeros(length, dtype=np.int64)
    rising = costs.take.min() >= 0 and costs.run.min() >= 0
    place, steps = 0, 0
    count[0] = -1
    while place >= 0:
        steps += 1
        if steps > MOST_STEPS:
            return TOO_MANY
        count[place] += 1
        here = count[place]
        done = work[place] + here * offers.worth[costs.first + place]
        all_there = there[place] + here
        spent = paid[place] + here * (costs.take[place] + (costs.run[place] if mode == ALL else 0))
        if here and _taken(offers, costs.first, count, place):
            place -= 1
        elif done >= amount and all_there >= least:
            cost = _cost(terms, number, costs, count[: place + 1])
            if cost < best:
                best = cost
                found[:] = 0
                found[: place + 1] = count[: place + 1]
            place -= 1
        elif rising and spent >= best:
            place -= 1
        elif place + 1 < length:
            place += 1
            work[place], there[place], paid[place], count[place] = done, all_there, spent, -1
    return best


@compiled
def _taken(offers: Offers, first: int, count: I8, place: int) -> bool:
    """True when an earlier entry of the same pool has replicas: a side has one row on a pool."""
    for other in range(place):
        if count[other] and offers.kind[first + other] == offers.kind[first + place]:
            return True
    return False


@compiled
def _cost(terms: Terms, number: int, costs: Costs, count: I8) -> int:
    """What a side costs with so many replicas on its first entries; running ones are handed out in order."""
    left = running(terms.sides.mode[number], count.sum())
    total = 0
    for place in range(count.shape[0]):
        if count[place]:
            here = min(count[place], left)
            left -= here
            total += count[place] * costs.take[place] + here * costs.run[place]
            total += kept(terms, number, terms.offers.kind[costs.first + place], here)
    return total
