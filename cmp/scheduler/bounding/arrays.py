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
SOURCES = tuple(
    Path(__file__).with_name(f"{name}.py")
    for name in ("arrays", "naive", "polishing", "pricing", "splitting", "widths")
)
"""Where everything lies that compiled loops of the bound are made from."""
NEVER = 1 << 60
"""The cost of what cannot be."""
EVENED = 3
"""Resources whose balance counts: vCPU, memory and disk, the first of all."""
SHARES = 1_000_000
"""Of what all pools hold together, how finely it is said who may be the fullest."""
APART = 1
"""What `Sides.spread` says of rows whose replicas lie on hosts of their own as far as there are any."""


class Mode(IntEnum):
    """How the replicas of a side that run follow from those it has once it takes over."""

    ALL = 0
    HALF = 1
    NONE = 2
    COPY = 3
    MEMBERS = 4


class Ground(NamedTuple):
    """Classes of equal pools: center, hosts, capacity of a host and of all, cost of a host that is on.

    A class has `pools` pools of `each` hosts, `hosts` in all. `room` is what may be used of `total`.
    """

    center: Line
    hosts: Line
    pools: Line
    each: Line
    cap: Grid
    total: Grid
    room: Grid
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

    `runs` is 1 for roles that run in normal time, 2 for primaries. `spread` is 1 where a row has hosts of
    its own
    for its replicas as far as there are any. `row` is the number of what is one side in every placement, of a
    component and a role: only one of its sides is chosen; -1: the hosts that it keeps on are not priced.
    """

    offer: Line
    center: Line
    seen: Line
    mode: Line
    amount: Line
    least: Line
    runs: Line
    spread: Line
    row: Line


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
    """All that the relaxation knows of an environment at a moment; `standing` are the views of centers.

    Row f is there `rows[f]` times. `evening` is what it costs, in billionths and rounded down, that the
    fullest pool is above the mean by all that it has. Where sides are `whole`, none is split: that holds of
    some placements only.
    """

    ground: Ground
    offers: Offers
    views: Views
    standing: Line
    sides: Sides
    groups: Groups
    rows: Line
    evening: int
    whole: bool = False


class Prices(NamedTuple):
    """Not negative: of capacity (K, S, R) and of hosts that are on (K, S, R), a unit of each resource.

    `width[f, q, n]` is the price of row f keeping host n + 1 of class q on (F, K, N). `fullest[q, r]` are
    millionths, at most so many in all for each of the three resources whose balance counts: how far class q
    is taken for the fullest.
    """

    capacity: Cube
    on: Cube
    width: Cube
    fullest: Grid


class Terms(NamedTuple):
    """What the costs of sides are made of.

    `run` and `take` price a unit of each resource for a replica that runs and one on takeover, by view and
    class; `dear[f, q, n]` is what row f pays for the first n + 1 hosts of class q.
    """

    offers: Offers
    sides: Sides
    ground: Ground
    run: Cube
    take: Cube
    dear: Cube
    whole: bool
