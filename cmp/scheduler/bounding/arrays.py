"""Defines the arrays of the relaxation: sets of equal pools, what may stand there, sides, groups, prices.

K classes of equal pools, R resources, S situations (0 is normal time, then the losses of whole centers and of
locations of several centers), C centers, V views. Costs are in billionths of a point of the objective,
rounded down: a sum of them is never above the cost itself.
"""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray

I8 = NDArray[np.int64]
"""64-bit integers."""
F8 = NDArray[np.float64]
"""Floating-point numbers: only for choosing prices, never for what is proven."""

Line = Annotated[I8, 1]
Grid = Annotated[I8, 2]
Cube = Annotated[I8, 3]
"""Integers in one, two or three dimensions: loops that Python calls are compiled for what annotations say."""

NANO = 1_000_000_000
"""Units of cost in one point of the objective."""
SOURCES = (Path(__file__).parent,)
"""Where everything lies that compiled loops of the bound are made from."""
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

    center: Line
    hosts: Line
    cap: Grid
    total: Grid
    idle: Line


class Offers(NamedTuple):
    """What may stand where: entries of set t in center c are `start[t, c]` to `start[t, c + 1] - 1`.

    `run` is what a running replica costs, `wish` one that counts on takeover, `elsewhere` on top of it in a
    role that runs, `away` in primaries.
    """

    start: Grid
    kind: Line
    size: Grid
    worth: Line
    run: Line
    wish: Line
    elsewhere: Line
    away: Line


class Sides(NamedTuple):
    """Sides to be priced: set of entries, center, view, mode, work, least replicas (members: most a center).

    `runs` is 1 for roles that run in normal time, 2 for primaries.
    """

    offer: Line
    center: Line
    seen: Line
    mode: Line
    amount: Line
    least: Line
    runs: Line


class Views(NamedTuple):
    """What a side's replicas count for in each situation: 1 or 0 for those that run and those on takeover.

    `run` and `take` count for capacity, `run_on` and `take_on` for hosts that have to be on.
    """

    run: Grid
    take: Grid
    run_on: Grid
    take_on: Grid


class Groups(NamedTuple):
    """Groups of which each is there `times` times, with what their layouts cost.

    Part p of group g (`part_start[g]` on) costs bundle `part_bundle[p]` + l in layout l of its
    `layouts[g]`; bundle b holds sides `side[bundle_start[b]]` on. A bundle that is `barred` cannot be.
    """

    times: Line
    layouts: Line
    part_start: Line
    part_bundle: Line
    bundle_start: Line
    side: Line
    barred: Line


class Statement(NamedTuple):
    """All that the relaxation knows of an environment at a moment; `standing` are the views of centers."""

    ground: Ground
    offers: Offers
    views: Views
    standing: Line
    sides: Sides
    groups: Groups


class Prices(NamedTuple):
    """Not negative: of capacity (K, S, R) and of hosts that are on (K, S, R), a unit of each resource."""

    capacity: Cube
    on: Cube
