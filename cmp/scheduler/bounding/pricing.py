"""Prices every side of every group in whole numbers: a lower bound for any prices that are not negative.

Lagrange's relaxation. Let z be all that a placement decides and c(z) its cost; let every placement keep
a(z) <= capacity and h(z) <= what hosts that are on have. With prices l, m >= 0 for these,

    cost of any placement >= Σ over groups of min over layouts (c + l a + m h) − l × capacity
                             + Σ over classes of min over hosts on (idle × on − m × cap × on)

and the last term is 0 where m × cap <= idle, which is demanded of prices. Nothing here trusts the solver that
proposed the prices: they are integers, and all sums are exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cmp.scheduler.bounding.arrays import (
    I8,
    NEVER,
    SOURCES,
    Cube,
    Groups,
    Line,
    Mode,
    Offers,
    Prices,
    Sides,
    Statement,
)
from cmp.scheduler.compiled import Unit, compiled

ALL, HALF, NONE, COPY, MEMBERS = (int(mode) for mode in Mode)
SPLIT = 2
"""A side that is split has at least so many replicas."""
LARGEST_TABLE = 4096
"""Work, in the common unit of a side's chips, above which mixing chips is bounded only roughly."""


class Units(NamedTuple):
    """What one unit of each resource costs a replica that runs, and one on takeover, by view and class."""

    run: Cube
    take: Cube


class Priced(NamedTuple):
    """What sides, bundles and groups cost at least, with the entries and layouts that are cheapest."""

    side: I8
    entry: I8
    bundle: I8
    layout: I8
    total: int


def units_of(statement: Statement, prices: Prices) -> Units:
    """Prices as each view sees them."""
    views = statement.views
    run = np.tensordot(views.run, prices.capacity, axes=([1], [1]))
    run += np.tensordot(views.run_on, prices.on, axes=([1], [1]))
    take = np.tensordot(views.take, prices.capacity, axes=([1], [1]))
    take += np.tensordot(views.take_on, prices.on, axes=([1], [1]))
    return Units(np.ascontiguousarray(run), np.ascontiguousarray(take))


def lagrangian(statement: Statement, prices: Prices) -> tuple[int, Priced]:
    """The bound that prices prove, in billionths of a point, and the choices that attain its minima.

    Raises:
        ValueError: prices are negative, or those of hosts that are on exceed what such a host costs.
    """
    _check(statement, prices)
    priced = price(statement, units_of(statement, prices))
    room = sum(
        int(amount) * int(total)
        for amounts, totals in zip(prices.capacity, statement.ground.total, strict=True)
        for row in amounts
        for amount, total in zip(row, totals, strict=True)
        if amount
    )
    return priced.total - room, priced


def price(statement: Statement, units: Units) -> Priced:
    """The cheapest of everything at given prices."""
    sides, groups = statement.sides, statement.groups
    side = np.zeros(len(sides.mode), dtype=np.int64)
    entry = np.zeros(len(sides.mode), dtype=np.int64)
    _price_sides(statement.offers, sides, units, statement.standing, side, entry)
    bundle = np.zeros(len(groups.bundle_start) - 1, dtype=np.int64)
    layout = np.zeros(len(groups.times), dtype=np.int64)
    least = np.zeros(len(groups.times), dtype=np.int64)
    _price_groups(groups, side, bundle, layout, least)
    total = sum(int(cost) * int(times) for cost, times in zip(least, groups.times, strict=True))
    return Priced(side, entry, bundle, layout, total)


def _check(statement: Statement, prices: Prices) -> None:
    negative = bool((prices.capacity < 0).any() or (prices.on < 0).any())
    paid = np.einsum("ksr,kr->k", prices.on, statement.ground.cap)
    if negative or bool((paid > statement.ground.idle).any()):
        raise ValueError("these prices prove nothing: they are negative or exceed what a host costs")


@compiled
def _price_sides(offers: Offers, sides: Sides, units: Units, standing: Line, cost: Line, entry: Line) -> None:
    """Write what each side costs at least, and the entry that is cheapest if a side is not split."""
    for number in range(sides.mode.shape[0]):
        mode = sides.mode[number]
        if mode == MEMBERS:
            cost[number] = _members(offers, sides, units, standing, number)
            entry[number] = -1
        else:
            cost[number], entry[number] = _side(offers, sides, units, number)


@compiled
def _dear(offers: Offers, prices: I8, entry: int) -> int:
    """What a replica's size costs on an entry's class."""
    total = 0
    for resource in range(offers.size.shape[1]):
        total += offers.size[entry, resource] * prices[offers.kind[entry], resource]
    return total


@compiled
def _members(offers: Offers, sides: Sides, units: Units, standing: I8, number: int) -> int:
    """Members of a quorum: each at the cheapest place left, at most so many in a center."""
    centers = standing.shape[0]
    total = 0
    used = np.zeros(centers, dtype=np.int64)
    for _ in range(sides.amount[number]):
        best, where = NEVER, -1
        for center in range(centers):
            if used[center] < sides.least[number]:
                here = _cheapest_member(offers, units, standing[center], sides.offer[number], center)
                if here < best:
                    best, where = here, center
        if where < 0:
            return NEVER
        used[where] += 1
        total += best
    return total


@compiled
def _cheapest_member(offers: Offers, units: Units, view: int, offer: int, center: int) -> int:
    best = NEVER
    for entry in range(offers.start[offer, center], offers.start[offer, center + 1]):
        here = offers.run[entry] + offers.wish[entry] + offers.elsewhere[entry]
        here += _dear(offers, units.run[view], entry)
        best = min(best, here)
    return best


@compiled
def _side(offers: Offers, sides: Sides, units: Units, number: int) -> tuple[int, int]:
    """The least cost of a side, split or not, and the best entry if it is not split."""
    mode, view = sides.mode[number], sides.seen[number]
    first = offers.start[sides.offer[number], sides.center[number]]
    end = offers.start[sides.offer[number], sides.center[number] + 1]
    take = np.zeros(end - first, dtype=np.int64)
    run = np.zeros(end - first, dtype=np.int64)
    best, where = NEVER, -1
    for entry in range(first, end):
        place = entry - first
        run[place] = offers.run[entry] + _dear(offers, units.run[view], entry)
        take[place] = offers.wish[entry] + _dear(offers, units.take[view], entry)
        if sides.runs[number]:
            take[place] += offers.elsewhere[entry]
        if sides.runs[number] > 1:
            take[place] += offers.away[entry]
        alone = max(-(-sides.amount[number] // offers.worth[entry]), sides.least[number])
        here = alone * take[place] + running(mode, alone) * run[place]
        if here < best:
            best, where = here, entry
    if mode == COPY:
        return best, where
    return min(best, _mixed(offers, sides, number, mode, (take, run, best))), where


@compiled
def running(mode: int, takeover: int) -> int:
    """Replicas that run of those that a side has on takeover."""
    if mode == NONE:
        return 0
    return max(1, (takeover + 1) // 2) if mode == HALF else takeover


@compiled
def _mixed(offers: Offers, sides: Sides, number: int, mode: int, costs: tuple[I8, I8, int]) -> int:
    """At least what a side costs that is split over several entries; no less than `best` is looked into.

    Each replica is counted with what it costs whatever the others are. Of a half-running side that is
    half the cheapest running one; such a side has two replicas at least.
    """
    take, run, best = costs
    first = offers.start[sides.offer[number], sides.center[number]]
    worth = offers.worth[first : first + take.shape[0]]
    amount = sides.amount[number]
    if take.shape[0] == 1:
        return best
    each = np.zeros(take.shape[0], dtype=np.int64)
    for place in range(take.shape[0]):
        each[place] = take[place]
        if mode == ALL:
            each[place] += run[place]
        elif mode == HALF:
            each[place] += run.min() // 2
    fewest = max(-(-amount // worth.max()), sides.least[number], SPLIT)
    least = fewest * each.min()
    if mode == HALF:
        least = fewest * take.min() + running(mode, fewest) * run.min()
    least = max(least, _roughly(worth, each, amount))
    return best if least >= best else max(least, _covering(worth, each, amount))


@compiled
def _covering(worth: I8, each: I8, amount: int) -> int:
    """The least Σ cost × count with Σ worth × count >= amount; nothing where that takes too long."""
    unit = worth[0]
    for place in range(worth.shape[0]):
        one, other = unit, worth[place]
        while other:
            one, other = other, one % other
        unit = one
    length: int = -(-amount // unit)
    if length > LARGEST_TABLE:
        return 0
    table = np.zeros(length + 1, dtype=np.int64)
    for done in range(1, length + 1):
        best = NEVER
        for place in range(worth.shape[0]):
            best = min(best, table[max(0, done - worth[place] // unit)] + each[place])
        table[done] = best
    return int(table[length])


@compiled
def _roughly(worth: I8, each: I8, amount: int) -> int:
    """The best bound by Chvátal-Gomory cuts: dividing by d, Σ ceil(worth / d) × count >= ceil(amount / d)."""
    best = 0
    for divisor in worth:
        least = NEVER
        for place in range(worth.shape[0]):
            least = min(least, -(-amount // divisor) * each[place] // (-(-worth[place] // divisor)))
        best = max(best, least)
    return best


@compiled
def _price_groups(groups: Groups, side: Line, bundle: Line, layout: Line, least: Line) -> None:
    """Write what bundles cost, and each group's cheapest layout; -1 where it has none that could be."""
    for number in range(bundle.shape[0]):
        total = 0
        for place in range(groups.bundle_start[number], groups.bundle_start[number + 1]):
            total += side[groups.side[place]]
        bundle[number] = NEVER if groups.barred[number] else min(total, NEVER)
    for group in range(groups.times.shape[0]):
        best, where = NEVER, -1
        for choice in range(groups.layouts[group]):
            total = 0
            for part in range(groups.part_start[group], groups.part_start[group + 1]):
                total = min(NEVER, total + bundle[groups.part_bundle[part] + choice])
            if total < best:
                best, where = total, choice
        least[group] = 0 if best == NEVER else best
        layout[group] = where


PRICES = Unit("prices", "prices of the bound", (_price_sides, _price_groups), SOURCES)
