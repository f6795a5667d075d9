"""Prices every side of every group in whole numbers: a lower bound for any prices that are not negative.

Lagrange's relaxation. Let z be all that a placement decides and c(z) its cost without idle hosts. Every
placement keeps a(z) <= capacity, h(z) <= what hosts that are on have, e(z) <= fullest, and v(z) <= on: a row
that keeps n hosts of a class on says so of its first n. With prices l, m, p >= 0 for these, and shares b >= 0
of at most 1 together for who is the fullest,

    cost >=   Σ over groups of min over layouts (c + l a + m h + p v + weight (b − mean) e)
            + Σ over classes of min over hosts on (idle × on − m × cap × on − Σ of p over the first on)
            − l × capacity

Nothing here trusts the solver that proposed the prices: they are integers, and all sums are exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cmp.scheduler.bounding.arrays import (
    I8,
    NEVER,
    SHARES,
    SOURCES,
    Grid,
    Groups,
    Line,
    Mode,
    Offers,
    Prices,
    Statement,
    Terms,
)
from cmp.scheduler.bounding.splitting import TOO_MANY, Costs, cheapest_split, running, single
from cmp.scheduler.bounding.widths import kept, width
from cmp.scheduler.compiled import Unit, compiled

ALL, HALF, NONE, COPY, MEMBERS = (int(mode) for mode in Mode)
SPLIT = 2
"""A side that is split has at least so many replicas."""
LARGEST_TABLE = 4096
"""Work, in the common unit of a side's chips, above which mixing chips is bounded only roughly."""


class Priced(NamedTuple):
    """What sides, bundles and groups cost at least, with replicas by entry and the layouts that are cheapest.

    `replicas[side, n]` are those on takeover (of a copy: one) on the n-th entry of its center; of members
    nothing is said.
    """

    side: I8
    replicas: I8
    bundle: I8
    layout: I8
    total: int


class Hosts(NamedTuple):
    """Between how many hosts of each class are on: by this the bound is that of a part of all placements."""

    least: Line
    most: Line


class Proven(NamedTuple):
    """A bound in billionths of a point, the choices that attain it, and how many hosts are on then."""

    value: int
    priced: Priced
    on: I8


def all_hosts(statement: Statement) -> Hosts:
    """Any number of hosts may be on."""
    return Hosts(np.zeros_like(statement.ground.hosts), statement.ground.hosts)


def terms_of(statement: Statement, prices: Prices) -> Terms:
    """Prices as each view and each row sees them."""
    views = statement.views
    normal = prices.capacity.copy()
    normal[:, 0, :] += _evened(statement, prices.fullest)
    run = np.tensordot(views.run, normal, axes=([1], [1]))
    run += np.tensordot(views.run_on, prices.on, axes=([1], [1]))
    take = np.tensordot(views.take, normal, axes=([1], [1]))
    take += np.tensordot(views.take_on, prices.on, axes=([1], [1]))
    return Terms(
        statement.offers,
        statement.sides,
        statement.ground,
        np.ascontiguousarray(run),
        np.ascontiguousarray(take),
        np.cumsum(prices.width, axis=2),
        statement.whole,
    )


def lagrangian(statement: Statement, prices: Prices, hosts: Hosts | None = None) -> Proven:
    """The bound that prices prove of placements that have so many hosts on, of all placements by default.

    Raises:
        ValueError: prices are negative, or more than one pool in all is the fullest.
    """
    _check(prices)
    priced = price(statement, terms_of(statement, prices))
    room = sum(
        int(amount) * int(total)
        for amounts, totals in zip(prices.capacity, statement.ground.room, strict=True)
        for row in amounts
        for amount, total in zip(row, totals, strict=True)
        if amount
    )
    least, on = _idling(statement, prices, hosts or all_hosts(statement))
    return Proven(priced.total - room + least, priced, on)


def price(statement: Statement, terms: Terms) -> Priced:
    """The cheapest of everything at given prices."""
    sides, groups = statement.sides, statement.groups
    side = np.zeros(len(sides.mode), dtype=np.int64)
    places = statement.offers.start[:, 1:] - statement.offers.start[:, :-1]
    count = np.zeros((len(sides.mode), places.max(initial=1)), dtype=np.int64)
    _price_sides(terms, statement.standing, side, count)
    bundle = np.zeros(len(groups.bundle_start) - 1, dtype=np.int64)
    layout = np.zeros(len(groups.times), dtype=np.int64)
    least = np.zeros(len(groups.times), dtype=np.int64)
    _price_groups(groups, side, bundle, layout, least)
    total = sum(int(cost) * int(times) for cost, times in zip(least, groups.times, strict=True))
    return Priced(side, count, bundle, layout, total)


def _check(prices: Prices) -> None:
    if any(bool((price < 0).any()) for price in prices) or bool((prices.fullest.sum(axis=0) > SHARES).any()):
        raise ValueError("these prices prove nothing: some are negative, or several pools are the fullest")


def _evened(statement: Statement, fullest: I8) -> I8:
    """What a unit of load costs as its class may be the fullest, less its part of the mean; rounded down."""
    ground = statement.ground
    found = np.zeros_like(ground.cap)
    pools = int(ground.pools.sum())
    for kind, resource in np.ndindex(*fullest.shape):
        total = int(ground.total[kind, resource])
        if total and statement.evening:
            beyond = int(fullest[kind, resource]) * pools - int(ground.pools[kind]) * SHARES
            found[kind, resource] = statement.evening * beyond // (SHARES * pools * total)
    return found


def _idling(statement: Statement, prices: Prices, hosts: Hosts) -> tuple[int, I8]:
    """What hosts that are on cost at least beyond what is paid for them, and how many are on in a class."""
    ground = statement.ground
    net = (ground.idle - np.einsum("ksr,kr->k", prices.on, ground.cap)).astype(object)
    paid = np.cumsum(np.einsum("f,fkn->kn", statement.rows, prices.width), axis=1)
    paid = np.concatenate((np.zeros((len(net), 1), dtype=np.int64), paid), axis=1)
    counts = np.concatenate((np.arange(paid.shape[1]), [0, 0]))[None, :].repeat(len(net), axis=0)
    counts[:, -2], counts[:, -1] = hosts.least, hosts.most
    costs = net[:, None] * counts.astype(object) - np.take_along_axis(
        paid, np.minimum(counts, paid.shape[1] - 1), axis=1
    )
    outside = (counts < hosts.least[:, None]) | (counts > hosts.most[:, None])
    costs[outside] = NEVER
    where = costs.argmin(axis=1)
    chosen = np.arange(len(net)), where
    return sum(int(cost) for cost in costs[chosen]), counts[chosen]


@compiled
def _price_sides(terms: Terms, standing: Line, cost: Line, count: Grid) -> None:
    """Write what each side costs at least, and its replicas by entry where that was found."""
    for number in range(cost.shape[0]):
        if terms.sides.mode[number] == MEMBERS:
            cost[number] = _members(terms, standing, number)
        else:
            cost[number] = _side(terms, number, count[number])


@compiled
def _dear(offers: Offers, prices: I8, entry: int) -> int:
    """What a replica's size costs on an entry's class."""
    total = 0
    for resource in range(offers.size.shape[1]):
        total += offers.size[entry, resource] * prices[offers.kind[entry], resource]
    return total


@compiled
def _members(terms: Terms, standing: I8, number: int) -> int:
    """Members of a quorum: each at the cheapest place left, at most so many in a center."""
    sides = terms.sides
    centers = standing.shape[0]
    total = 0
    used = np.zeros(centers, dtype=np.int64)
    for _ in range(sides.amount[number]):
        best, where = NEVER, -1
        for center in range(centers):
            if used[center] < sides.least[number]:
                here = _cheapest_member(terms, standing[center], number, center)
                if here < best:
                    best, where = here, center
        if where < 0:
            return NEVER
        used[where] += 1
        total += best
    return total


@compiled
def _cheapest_member(terms: Terms, view: int, number: int, center: int) -> int:
    """The least that a member costs in a center; its host counts where no other member can share it."""
    offers, offer = terms.offers, terms.sides.offer[number]
    best = NEVER
    for entry in range(offers.start[offer, center], offers.start[offer, center + 1]):
        here = offers.run[entry] + offers.wish[entry] + offers.elsewhere[entry]
        here += _dear(offers, terms.run[view], entry)
        if terms.sides.least[number] == 1:
            here += kept(terms, number, offers.kind[entry], 1)
        best = min(best, here)
    return best


@compiled
def _side(terms: Terms, number: int, count: I8) -> int:
    """The least cost of a side, split or not; its replicas by entry, as far as they are known."""
    sides, mode = terms.sides, terms.sides.mode[number]
    costs = _costs(terms, number)
    best, where, there = NEVER, -1, 0
    for place in range(costs.take.shape[0]):
        entry = costs.first + place
        alone = max(-(-sides.amount[number] // terms.offers.worth[entry]), sides.least[number])
        runs = running(mode, alone)
        here = alone * costs.take[place] + runs * costs.run[place]
        here += kept(terms, number, terms.offers.kind[entry], runs)
        if here < best:
            best, where, there = here, place, alone
    if where >= 0:
        count[where] = there
    if mode == COPY or terms.whole or costs.take.shape[0] < SPLIT:
        return best
    return min(best, _split(terms, number, costs, (best, count)))


@compiled
def _costs(terms: Terms, number: int) -> Costs:
    """What a replica of a side costs on each entry."""
    offers, sides = terms.offers, terms.sides
    view = sides.seen[number]
    first = offers.start[sides.offer[number], sides.center[number]]
    end = offers.start[sides.offer[number], sides.center[number] + 1]
    take = np.zeros(end - first, dtype=np.int64)
    run = np.zeros(end - first, dtype=np.int64)
    for entry in range(first, end):
        place = entry - first
        run[place] = offers.run[entry] + _dear(offers, terms.run[view], entry)
        take[place] = offers.wish[entry] + _dear(offers, terms.take[view], entry)
        if sides.runs[number]:
            take[place] += offers.elsewhere[entry]
        if sides.runs[number] > 1:
            take[place] += offers.away[entry]
    return Costs(first, take, run)


@compiled
def _split(terms: Terms, number: int, costs: Costs, known: tuple[int, I8]) -> int:
    """At least what a side costs that is split over several pools."""
    if single(terms, costs):
        found = cheapest_split(terms, number, costs, known)
        if found != TOO_MANY:
            return found
    return _mixed(terms, number, costs, known[0])


@compiled
def _mixed(terms: Terms, number: int, costs: Costs, best: int) -> int:
    """At least what a side costs that is split over several entries; no less than `best` is looked into.

    Each replica is counted with what it costs whatever the others are, and hosts that the side keeps on with
    nothing. Of a half-running side that is half the cheapest running one; such a side has two replicas at
    least.
    """
    sides, take, run = terms.sides, costs.take, costs.run
    mode, amount = sides.mode[number], sides.amount[number]
    worth = terms.offers.worth[costs.first : costs.first + take.shape[0]]
    if take.min() < 0 or run.min() < 0:
        most = max(-(-amount // worth.min()), sides.least[number])
        return int(min(0, most * take.min()) + min(0, most * run.min()))
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


PRICES = Unit("prices", "prices of the bound", (_price_sides, _price_groups, running, width), SOURCES)
