"""Lays a problem and a search's state out as arrays, as compiled code wants them."""

from __future__ import annotations

from decimal import Context, Decimal
from functools import cache
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cmp.scheduler.assigning.problem import Numbers, Problem

COST, BROKEN, MOST, BEST, ACCEPTED, AWAY = range(6)
"""What a state's tally counts: cost without penalties, violations of spread and dependency, most moved items
of one service, cost of the best so far, accepted moves, items that are not at home."""
TALLIES = 8
LOGARITHMS = 4096
LONGEST = 64
"""Items that one move may concern."""
FRACTION = 16
"""Temperatures and logarithms carry so many binary digits after the point."""

Array = NDArray[Any]
Line = Annotated[Numbers, 1]
Grid = Annotated[Numbers, 2]
Cube = Annotated[Numbers, 3]
"""Integers in one, two or three dimensions: loops that Python calls are compiled for what annotations say."""


class Tables(NamedTuple):
    """A problem, which no search changes. Index `items` of `need` is an item that needs nothing."""

    need: Cube
    """2 × (items + 1) × resources; the second layer is what an item takes when it comes back home or leaves
    it: nothing of a transient resource."""
    safe: Grid
    capacity: Grid
    weight: Line
    balances: Grid
    location: Line
    neighbourhood: Line
    service: Line
    spread: Line
    needs_from: Line
    """Per service where its list in `needs` starts; one more than there are services."""
    needs: Line
    wanted_from: Line
    wanted: Line
    home: Line
    item_move: Line
    machine_move: Grid
    fixed: Line
    linear: Grid
    extras: Line
    """Cost per move of the service with most moves; 1 if `linear` counts."""
    logarithms: Line
    """-ln of the middle of each of equal parts of (0, 1), with FRACTION binary digits."""


class State(NamedTuple):
    """An assignment and all that is counted from it."""

    at: Line
    used: Grid
    free: Grid
    """machines × resources: capacity less what is used, items that moved away counted for transient ones."""
    cost: Line
    first: Line
    """Per machine its first item, and per item the next and the one before on its machine; -1 is none."""
    following: Line
    before: Line
    held: Line
    on: Annotated[NDArray[np.int8], 2]
    in_location: Annotated[NDArray[np.int32], 2]
    locations: Annotated[NDArray[np.int32], 1]
    in_neighbourhood: Annotated[NDArray[np.int32], 2]
    missing: Annotated[NDArray[np.int32], 2]
    """services × neighbourhoods: services it depends on that have no item there."""
    relying: Annotated[NDArray[np.int32], 2]
    """services × neighbourhoods: services with an item there that depend on it."""
    away: Line
    """The items that are not at home, in any order; as many as the tally says."""
    rank: Line
    """Per item that is not at home its index in `away`."""
    log: Line
    """Items of a move of several, in order."""
    moved: Line
    histogram: Line
    """Per number of moved items: how many services have so many."""
    tally: Line
    best: Line
    random: Annotated[NDArray[np.uint64], 1]


@cache
def logarithms() -> tuple[int, ...]:
    """-ln((i + ½) / LOGARITHMS) with FRACTION binary digits, the same on every machine."""
    context = Context(prec=30)
    middle = (Decimal(2 * i + 1) / (2 * LOGARITHMS) for i in range(LOGARITHMS))
    return tuple(int(-context.ln(part) * 2**FRACTION) for part in middle)


def lay_out(problem: Problem) -> Tables:
    """The tables of a problem."""
    needs_from, needs = _lists(problem.depends, problem.services)
    wanted_from, wanted = _lists(problem.depends[:, ::-1], problem.services)
    at_home = np.where(problem.transient[None, :], 0, problem.need)
    nothing = np.zeros((1, problem.resources), dtype=np.int64)
    layers = [np.concatenate([layer, nothing]) for layer in (problem.need, at_home)]
    has_linear = problem.linear.size > 0
    return Tables(
        need=np.ascontiguousarray(np.stack(layers)),
        safe=_plain(problem.safe),
        capacity=_plain(problem.capacity),
        weight=_plain(problem.load_weight),
        balances=_plain(problem.balances.reshape(-1, 4)),
        location=_plain(problem.location),
        neighbourhood=_plain(problem.neighbourhood),
        service=_plain(problem.service),
        spread=_plain(problem.spread),
        needs_from=needs_from,
        needs=needs,
        wanted_from=wanted_from,
        wanted=wanted,
        home=_plain(problem.home),
        item_move=_plain(problem.item_move),
        machine_move=_plain(problem.machine_move),
        fixed=_plain(problem.fixed) if problem.fixed.size else np.zeros(problem.machines, dtype=np.int64),
        linear=_plain(problem.linear) if has_linear else np.zeros((1, 1), dtype=np.int64),
        extras=np.array([problem.service_move, int(has_linear)], dtype=np.int64),
        logarithms=np.array(logarithms(), dtype=np.int64),
    )


def blank(problem: Problem, seed: int) -> State:
    """A state that holds nothing yet; `counting.count` fills it from an assignment."""
    items, machines, services = problem.items, problem.machines, problem.services
    locations = int(problem.location.max(initial=0)) + 1
    neighbourhoods = int(problem.neighbourhood.max(initial=0)) + 1
    largest = int(np.bincount(problem.service, minlength=1).max())
    return State(
        at=problem.home.astype(np.int64),
        used=np.zeros((machines, problem.resources), dtype=np.int64),
        free=np.zeros((machines, problem.resources), dtype=np.int64),
        cost=np.zeros(machines, dtype=np.int64),
        first=np.zeros(machines, dtype=np.int64),
        following=np.zeros(items, dtype=np.int64),
        before=np.zeros(items, dtype=np.int64),
        held=np.zeros(machines, dtype=np.int64),
        on=np.zeros((services, machines), dtype=np.int8),
        in_location=np.zeros((services, locations), dtype=np.int32),
        locations=np.zeros(services, dtype=np.int32),
        in_neighbourhood=np.zeros((services, neighbourhoods), dtype=np.int32),
        missing=np.zeros((services, neighbourhoods), dtype=np.int32),
        relying=np.zeros((services, neighbourhoods), dtype=np.int32),
        away=np.zeros(items, dtype=np.int64),
        rank=np.zeros(items, dtype=np.int64),
        log=np.zeros(LONGEST, dtype=np.int64),
        moved=np.zeros(services, dtype=np.int64),
        histogram=np.zeros(largest + 2, dtype=np.int64),
        tally=np.zeros(TALLIES, dtype=np.int64),
        best=problem.home.astype(np.int64),
        random=np.array([_mixed(seed)], dtype=np.uint64),
    )


def _lists(pairs: Numbers, services: int) -> tuple[Numbers, Numbers]:
    """Second of each pair, listed by the first; pairs that are there twice count once."""
    unique = np.unique(pairs.reshape(-1, 2), axis=0)
    starts = np.concatenate([[0], np.cumsum(np.bincount(unique[:, 0], minlength=services))])
    return starts.astype(np.int64), _plain(unique[:, 1])


def _plain(array: Array) -> Numbers:
    return np.ascontiguousarray(array, dtype=np.int64)


def _mixed(seed: int) -> int:
    """A start for the random numbers that differs widely between seeds and is never 0 (splitmix64)."""
    mask = 2**64 - 1
    z = (seed * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return (z ^ (z >> 31)) or 1
