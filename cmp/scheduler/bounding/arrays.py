"""Defines the arrays of the relaxation: sets of equal pools, what may stand there, sides, groups, prices.

K classes of equal pools, R resources, S situations (0 is normal time, then the losses of whole centers and of
locations of several centers), C centers, V views. Costs are in billionths of a point of the objective,
rounded down: a sum of them is never above the cost itself.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

I8 = NDArray[np.int64]
"""64-bit integers."""
F8 = NDArray[np.float64]
"""Floating-point numbers: only for choosing prices, never for what is proven."""

NANO = 1_000_000_000
"""Units of cost in one point of the objective."""
NEVER = 1 << 60
"""The cost of what cannot be."""


class Mode(IntEnum):
    """How the replicas of a side that run follow from those it has once it takes over."""

    ALL = 0
    HALF = 1
    NONE = 2
    COPY = 3
    MEMBERS = 4


class Ground(NamedTuple):
    """Classes of equal pools: center, hosts, capacity of a host and of all, cost of a host that is on."""

    center: I8
    hosts: I8
    cap: I8
    total: I8
    idle: I8


class Offers(NamedTuple):
    """What may stand where: entries of set t in center c are `start[t, c]` to `start[t, c + 1] - 1`.

    `run` is what a running replica costs, `wish` one that counts on takeover, `elsewhere` on top of it in a
    role that runs, `away` in primaries.
    """

    start: I8
    kind: I8
    size: I8
    worth: I8
    run: I8
    wish: I8
    elsewhere: I8
    away: I8


class Sides(NamedTuple):
    """Sides to be priced: set of entries, center, view, mode, work, least replicas (members: most a center).

    `runs` is 1 for roles that run in normal time, 2 for primaries.
    """

    offer: I8
    center: I8
    seen: I8
    mode: I8
    amount: I8
    least: I8
    runs: I8


class Views(NamedTuple):
    """What a side's replicas count for in each situation: 1 or 0 for those that run and those on takeover.

    `run` and `take` count for capacity, `run_on` and `take_on` for hosts that have to be on.
    """

    run: I8
    take: I8
    run_on: I8
    take_on: I8


class Groups(NamedTuple):
    """Groups of which each is there `times` times, with what their layouts cost.

    Part p of group g (`part_start[g]` on) costs bundle `part_bundle[p]` + l in layout l of its
    `layouts[g]`; bundle b holds sides `side[bundle_start[b]]` on. A bundle that is `barred` cannot be.
    """

    times: I8
    layouts: I8
    part_start: I8
    part_bundle: I8
    bundle_start: I8
    side: I8
    barred: I8


class Statement(NamedTuple):
    """All that the relaxation knows of an environment at a moment; `standing` are the views of centers."""

    ground: Ground
    offers: Offers
    views: Views
    standing: I8
    sides: Sides
    groups: Groups


class Prices(NamedTuple):
    """Not negative: of capacity (K, S, R) and of hosts that are on (K, S, R), a unit of each resource."""

    capacity: I8
    on: I8
