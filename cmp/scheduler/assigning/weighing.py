"""Weighs a move before it is made: room for it, what it breaks, what it costs, in O(resources)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cmp.scheduler.assigning.tables import MOST, State, Tables
from cmp.scheduler.compiled import inlined


@inlined
def draw(random: NDArray[np.uint64]) -> int:
    """The next random number of 31 bits (xorshift64*)."""
    x = random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    random[0] = x
    return int((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(33))


@inlined
def has_room(t: Tables, s: State, machine: int, into: int, out: int) -> bool:
    """True when a machine can take one item after another left; index `items` stands for none.

    An item that comes home takes nothing of a transient resource, one that leaves home frees nothing of it.
    """
    items = t.home.size
    layer_in = 1 if into < items and t.home[into] == machine else 0
    layer_out = 1 if out < items and t.home[out] == machine else 0
    for r in range(t.weight.size):
        if t.need[layer_in, into, r] - t.need[layer_out, out, r] > s.free[machine, r]:
            return False
    return True


@inlined
def machine_cost(t: Tables, s: State, machine: int, into: int, out: int) -> int:
    """Cost of a machine if one item came and another left; index `items` stands for none."""
    total = 0
    for r in range(t.weight.size):
        over = s.used[machine, r] + t.need[0, into, r] - t.need[0, out, r] - t.safe[machine, r]
        total += t.weight[r] * max(0, over)
    for b in range(t.balances.shape[0]):
        r = t.balances[b, 0]
        q = t.balances[b, 1]
        first = t.capacity[machine, r] - s.used[machine, r] - t.need[0, into, r] + t.need[0, out, r]
        second = t.capacity[machine, q] - s.used[machine, q] - t.need[0, into, q] + t.need[0, out, q]
        over = t.balances[b, 2] * first - second
        if over > 0:
            total += t.balances[b, 3] * over
    items = t.home.size
    if t.fixed[machine] != 0 and s.held[machine] + (into < items) - (out < items) > 0:
        total += t.fixed[machine]
    return int(total)


@inlined
def away_cost(t: Tables, item: int, machine: int) -> int:
    """Cost of an item on a machine: of the move there from its home, and its linear cost."""
    home = t.home[item]
    total = t.machine_move[home, machine]
    if home != machine:
        total += t.item_move[item]
    if t.extras[1]:
        total += t.linear[item, machine]
    return int(total)


@inlined
def broken_by(t: Tables, s: State, item: int, machine: int) -> int:
    """How many violations of spread and dependency more there are once an item is on a machine.

    Entering a neighbourhood first breaks what the service misses there and mends what relies on it there;
    leaving it last does the opposite.
    """
    service = t.service[item]
    source = s.at[item]
    change = 0
    l1 = t.location[source]
    l2 = t.location[machine]
    if l1 != l2 and t.spread[service] > 0:
        now = s.locations[service]
        then = now - (s.in_location[service, l1] == 1) + (s.in_location[service, l2] == 0)
        change += max(0, t.spread[service] - then) - max(0, t.spread[service] - now)
    n1 = t.neighbourhood[source]
    n2 = t.neighbourhood[machine]
    if n1 != n2:
        if s.in_neighbourhood[service, n2] == 0:
            change += s.missing[service, n2] - s.relying[service, n2]
        if s.in_neighbourhood[service, n1] == 1:
            change += s.relying[service, n1] - s.missing[service, n1]
    return change


@inlined
def most_moved(s: State, services: tuple[int, int], steps: tuple[int, int]) -> int:
    """Most moved items of one service once two services' counts change by some steps each.

    The services differ, or the second's step is 0.
    """
    a, b = services
    first = s.moved[a] + steps[0]
    second = s.moved[b] + steps[1] if b != a else 0
    most = max(first, second)
    level = s.tally[MOST]
    while level > most:
        others = s.histogram[level] - (s.moved[a] == level)
        if b != a:
            others -= s.moved[b] == level
        if others > 0:
            break
        level -= 1
    return int(max(level, most))


@inlined
def step_away(t: Tables, s: State, item: int, machine: int) -> int:
    """1 when an item leaves its home for a machine, -1 when it comes back, else 0."""
    home = t.home[item]
    return int(s.at[item] == home) - int(machine == home)
