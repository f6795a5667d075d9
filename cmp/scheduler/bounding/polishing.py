"""Improves prices for all groups by steps along subgradients, from those that a sample proposed."""

from __future__ import annotations

from math import fsum

import numpy as np

from cmp.scheduler.bounding.arrays import (
    F8,
    I8,
    NEVER,
    SOURCES,
    Cube,
    Grid,
    Groups,
    Line,
    Mode,
    Offers,
    Prices,
    Sides,
    Statement,
)
from cmp.scheduler.bounding.pricing import Priced, lagrangian
from cmp.scheduler.bounding.relaxing import whole
from cmp.scheduler.bounding.splitting import running
from cmp.scheduler.compiled import Unit, compiled

COPY, MEMBERS = int(Mode.COPY), int(Mode.MEMBERS)
MEMORY = 0.6
"""How much of a step's direction is that of the step before: choices that alternate average out."""
BEYOND = 30
"""Steps aim at least so many hundredths above the first bound: shorter ones take longer."""
SHRINK, PATIENCE = 0.7, 6
"""What steps shrink by after so many rounds without a better bound."""


def polished(statement: Statement, prices: Prices, goal: int, rounds: int) -> tuple[int, Prices]:
    """The best bound of so many rounds, with its prices; `goal`, a known cost, says how far to step.

    Prices of capacity and of hosts that are on are improved, the others stay.
    """
    ground = statement.ground
    hosts = np.maximum(ground.hosts, 1)[:, None, None].astype(float)
    total, cap = ground.total[:, None, :].astype(float), ground.cap[:, None, :].astype(float)
    idle = _left_to_pay(statement, prices)
    capacity, on = prices.capacity * total / hosts, prices.on * cap
    proven = lagrangian(statement, prices)
    value, best, kept = proven.value, proven.value, (capacity, on, prices)
    goal = max(goal, value + abs(value) * BEYOND // 100)
    heading, length, waiting = (np.zeros_like(capacity), np.zeros_like(on)), 1.0, 0
    for _ in range(rounds):
        full, awake = _loads(statement, proven.priced)
        slope = (
            hosts * (_share(full, total) - _share(ground.room[:, None, :], total)) * (total > 0),
            _share(awake, cap),
        )
        heading = (
            MEMORY * heading[0] + (1 - MEMORY) * slope[0],
            MEMORY * heading[1] + (1 - MEMORY) * slope[1],
        )
        steep = fsum((heading[0] ** 2).ravel()) + fsum((heading[1] ** 2).ravel())
        if steep == 0.0 or goal <= value:
            break
        step = length * (goal - value) / steep
        capacity = np.maximum(capacity + step * heading[0], 0)
        on = _within(on + step * heading[1], idle)
        moved = whole(statement, capacity * hosts / np.maximum(total, 1), on / np.maximum(cap, 1))
        trial = prices._replace(capacity=moved[0], on=moved[1])
        proven = lagrangian(statement, trial)
        value = proven.value
        waiting += 1
        if value > best:
            best, kept, waiting = value, (capacity, on, trial), 0
        elif waiting >= PATIENCE:
            length, waiting = length * SHRINK, 0
            capacity, on = kept[0], kept[1]
            proven = lagrangian(statement, kept[2])
            value = proven.value
    return best, kept[2]


def _left_to_pay(statement: Statement, prices: Prices) -> I8:
    """What prices of hosts that are on may come to for a host of each class, beside what rows pay for it."""
    ground = statement.ground
    paid = np.cumsum(np.einsum("f,fkn->kn", statement.rows, prices.width), axis=1)
    if paid.shape[1] == 0:
        return ground.idle
    most = (paid // np.arange(1, paid.shape[1] + 1)).max(axis=1)
    return np.asarray(np.maximum(ground.idle - most, 0))


def _share(load: I8, there: F8) -> F8:
    return np.asarray(load / np.maximum(there, 1))


def _within(on: F8, idle: I8) -> F8:
    """The nearest prices that are not negative and, for each class, together not above what a host costs."""
    flat = on.reshape(len(on), -1)
    found = np.maximum(flat, 0)
    for kind in np.flatnonzero(found.sum(axis=1) > idle):
        ordered = np.sort(flat[kind])[::-1]
        sums = np.cumsum(ordered) - idle[kind]
        last = np.flatnonzero(ordered * np.arange(1, len(ordered) + 1) > sums)
        cut = sums[last[-1]] / (last[-1] + 1) if len(last) else 0.0
        found[kind] = np.maximum(flat[kind] - cut, 0)
    return np.asarray(found.reshape(on.shape))


def _loads(statement: Statement, priced: Priced) -> tuple[I8, I8]:
    """What the cheapest choices load on each class, situation and resource: of capacity, of hosts on."""
    views, ground = statement.views, statement.ground
    shape = (len(views.run), *ground.cap.shape)
    run, take = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    times = np.zeros(len(statement.sides.mode), dtype=np.int64)
    _count(statement.groups, priced.layout, priced.bundle, times)
    _add_up(statement.offers, statement.sides, (times, priced.replicas), run, take)
    full = np.einsum("vs,vkr->ksr", views.run, run) + np.einsum("vs,vkr->ksr", views.take, take)
    awake = np.einsum("vs,vkr->ksr", views.run_on, run) + np.einsum("vs,vkr->ksr", views.take_on, take)
    return full, awake


@compiled
def _count(groups: Groups, layout: Line, bundle: Line, times: Line) -> None:
    """How often each side is there in the cheapest layouts."""
    for group in range(groups.times.shape[0]):
        if layout[group] < 0:
            continue
        for part in range(groups.part_start[group], groups.part_start[group + 1]):
            number = groups.part_bundle[part] + layout[group]
            if bundle[number] < NEVER:
                for place in range(groups.bundle_start[number], groups.bundle_start[number + 1]):
                    times[groups.side[place]] += groups.times[group]


@compiled
def _add_up(offers: Offers, sides: Sides, chosen: tuple[Line, Grid], run: Cube, take: Cube) -> None:
    """What sides take with their cheapest replicas; members of quorums are few and left out."""
    times, counts = chosen
    for side in range(times.shape[0]):
        mode = sides.mode[side]
        if times[side] == 0 or mode == MEMBERS:
            continue
        first = offers.start[sides.offer[side], sides.center[side]]
        left = 1 if mode == COPY else running(mode, counts[side].sum())
        for place in range(counts.shape[1]):
            there = counts[side, place]
            if there == 0:
                continue
            awake = min(there, left)
            left -= awake
            for resource in range(offers.size.shape[1]):
                amount = times[side] * offers.size[first + place, resource]
                run[sides.seen[side], offers.kind[first + place], resource] += amount * awake
                if mode != COPY:
                    take[sides.seen[side], offers.kind[first + place], resource] += amount * there


LOADS = Unit("loads", "loads of the bound", (_count, _add_up), SOURCES)
