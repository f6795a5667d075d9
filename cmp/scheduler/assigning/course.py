"""Plans the course of a search: how hot it is when, where legs start, what a violation costs.

Four kinds of problem want four courses, and a short trial of a hot and a cold search tells them apart:

* **cold** where the trial that hardly leaves home is cheaper: only moves cost, so few are made;
* **mild** where that trial is cheaper and much is left above the bound: what is hot scatters items, and the
  transient resources that they still take at home then block the good places, so it starts much cooler;
* **tight** where a hot search comes so near to the pooled bound that moves are most of what is left:
  most of the time goes to temperatures near that cost;
* **loose** otherwise: most of the time goes to temperatures near the cost of load, with one reheating.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from cmp.scheduler.assigning.annealing import HEAT
from cmp.scheduler.assigning.problem import Problem

WHOLE = 1000
"""A search's length: moments are counted in thousandths of it."""
TRIAL = 40
"""Until when the trial lasts."""
FORBIDDEN = 2**50
"""Cost of a violation that no gain outweighs."""
PENALTY = 8
"""Cost of a violation in temperatures where violations are allowed for a while."""
NEARLY_ALL = 500
"""A cold trial has gained nearly all there is when less than one part in so many is left above the bound."""
MOST = 50
"""A hot trial comes near the bound when less than one part in so many is left above it."""
MOSTLY_MOVES = 20
"""What is left above the bound counts as mostly moves when it is less than so many times their cost."""
COLDEST = 150
"""A search ends at the mean move's cost divided by this: a single unit counts there."""
HOTTEST = 2**32
"""Temperature at which the annealer's products still fit 64 bits."""


class Kind(StrEnum):
    """The courses there are."""

    COLD = "cold"
    MILD = "mild"
    TIGHT = "tight"
    LOOSE = "loose"


class Start(StrEnum):
    """Where a leg begins: at the items' homes, at the best so far, or where the leg before ended."""

    HOME = "home"
    BEST = "best"
    ON = "on"


class Leg(NamedTuple):
    """A part of a search, in which it cools from one temperature to another at an even rate."""

    until: int
    first: int
    last: int
    start: Start
    soft: bool = False
    """True where violations are allowed, at a price that falls with the temperature."""


class Scale(NamedTuple):
    """What costs are usual in a problem."""

    load: int
    """Of the mean item where all it needs is above the safe capacity."""
    move: int
    """Of the mean move."""


def scale_of(problem: Problem) -> Scale:
    """The usual costs of a problem, at least 1 each."""
    items, machines = max(1, problem.items), max(1, problem.machines)
    load = int((problem.need * problem.load_weight).sum()) // items
    balance = int(problem.balances[:, 3].max(initial=0)) * int(problem.need.sum()) // items
    fixed = int(problem.fixed.sum()) // machines
    linear = int(np.ptp(problem.linear)) if problem.linear.size else 0
    between = machines * max(1, machines - 1)
    move = int(problem.item_move.sum()) // items + int(problem.machine_move.sum()) // between
    return Scale(max(1, load, balance, fixed, linear), max(1, move + problem.service_move // 10))


def trial(scale: Scale, *, hot: bool) -> tuple[Leg, ...]:
    """The legs of the short search that tells what kind of problem it is."""
    if hot:
        return (Leg(TRIAL, scale.load // 3, scale.move, Start.HOME),)
    return (Leg(TRIAL, scale.move, scale.move // COLDEST, Start.HOME),)


def legs(kind: Kind, scale: Scale, *, soft: bool) -> tuple[Leg, ...]:
    """The legs after the trial; `soft` allows violations while it is hot."""
    parts = (300, 600, 3000) if kind is Kind.MILD else (3, 60, 600)
    end = scale.move // COLDEST
    hot, warm, cool = (max(end, scale.load // part) for part in parts)
    if kind is Kind.COLD:
        return (Leg(WHOLE, scale.move, end, Start.HOME),)
    if kind is Kind.TIGHT:
        return (Leg(400, hot, cool, Start.HOME, soft), Leg(WHOLE, cool, end, Start.BEST))
    return (
        Leg(760, hot, cool, Start.HOME, soft),
        Leg(880, warm, cool, Start.BEST, soft),
        Leg(WHOLE, cool, end, Start.BEST),
    )


class Trials(NamedTuple):
    """What a problem cost before and after a hot and a cold trial, the hot one's moves, the pooled bound."""

    initial: int
    hot: int
    cold: int
    moves: int
    bound: int


def kind_of(tried: Trials) -> Kind:
    """The kind of problem that trials point to."""
    left = tried.cold - tried.bound
    if tried.cold < tried.hot:
        return Kind.COLD if left * NEARLY_ALL < tried.initial - tried.bound else Kind.MILD
    over = tried.hot - tried.bound
    near = over * MOST < tried.initial - tried.bound or over < MOSTLY_MOVES * tried.moves
    return Kind.TIGHT if near else Kind.LOOSE


def leg_at(course: Sequence[Leg], moment: int) -> int:
    """Which leg a moment lies in."""
    return next((index for index, leg in enumerate(course) if moment < leg.until), len(course) - 1)


def heat_at(course: Sequence[Leg], moment: int) -> int:
    """The temperature at a moment, with the annealer's binary digits after the point."""
    index = leg_at(course, moment)
    begin = course[index - 1].until if index else (0 if course[0].until == TRIAL else TRIAL)
    leg = course[index]
    return _cooled(leg.first, leg.last, moment - begin, max(1, leg.until - begin))


def penalty_at(course: Sequence[Leg], moment: int) -> int:
    """What a violation costs at a moment."""
    if not course[leg_at(course, moment)].soft:
        return FORBIDDEN
    return max(1, PENALTY * heat_at(course, moment) >> HEAT)


@lru_cache(maxsize=4 * WHOLE)
def _cooled(first: int, last: int, step: int, steps: int) -> int:
    """`first × (last / first) ^ (step / steps)` by decimal arithmetic, the same on every machine."""
    context = Context(prec=30)
    start, end = Decimal(max(1, first)), Decimal(max(1, last))
    share = context.divide(Decimal(step), Decimal(steps))
    value = context.multiply(start, context.power(context.divide(end, start), share))
    return min(HOTTEST, int(context.multiply(value, Decimal(2**HEAT))))
