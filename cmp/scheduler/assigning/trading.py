"""Tries moves of several items at once, where no single item's move finds room.

Limits are those of `trying`. A move that would cost more than allowed changes nothing.
"""

from __future__ import annotations

from cmp.scheduler.assigning.counting import move
from cmp.scheduler.assigning.tables import State, Tables
from cmp.scheduler.assigning.trying import cheapest, put_back, weigh_all
from cmp.scheduler.assigning.weighing import draw
from cmp.scheduler.compiled import inlined, lean

SHOVED = 6
"""Items that one item may drive from a machine."""


@inlined
def beside(s: State, item: int) -> int:
    """Some item of an item's machine, itself as likely as any other."""
    machine = s.at[item]
    steps = (draw(s.random) * s.held[machine]) >> 31
    found = s.first[machine]
    for _ in range(steps):
        found = s.following[found]
    return int(found)


@inlined
def has_room_for_two(t: Tables, s: State, machine: int, into: tuple[int, int], out: tuple[int, int]) -> bool:
    """True when a machine can take two items after two others left; index `items` stands for none."""
    items = t.home.size
    a, b = into
    c, d = out
    layer_a = 1 if a < items and t.home[a] == machine else 0
    layer_b = 1 if b < items and t.home[b] == machine else 0
    layer_c = 1 if c < items and t.home[c] == machine else 0
    layer_d = 1 if d < items and t.home[d] == machine else 0
    for r in range(t.weight.size):
        more = t.need[layer_a, a, r] + t.need[layer_b, b, r] - t.need[layer_c, c, r] - t.need[layer_d, d, r]
        if more > s.free[machine, r]:
            return False
    return True


@inlined
def cost_with_two(t: Tables, s: State, machine: int, into: tuple[int, int], out: tuple[int, int]) -> int:
    """Cost of a machine that holds something if two items came and two others left."""
    a, b = into
    c, d = out
    total = 0
    for r in range(t.weight.size):
        more = t.need[0, a, r] + t.need[0, b, r] - t.need[0, c, r] - t.need[0, d, r]
        total += t.weight[r] * max(0, s.used[machine, r] + more - t.safe[machine, r])
    for k in range(t.balances.shape[0]):
        r = t.balances[k, 0]
        q = t.balances[k, 1]
        more = t.need[0, a, r] + t.need[0, b, r] - t.need[0, c, r] - t.need[0, d, r]
        first = t.capacity[machine, r] - s.used[machine, r] - more
        more = t.need[0, a, q] + t.need[0, b, q] - t.need[0, c, q] - t.need[0, d, q]
        second = t.capacity[machine, q] - s.used[machine, q] - more
        total += t.balances[k, 3] * max(0, t.balances[k, 2] * first - second)
    return int(total + t.fixed[machine])


@lean
def trade(t: Tables, s: State, one: int, other: int, limits: tuple[int, int]) -> bool:
    """Exchange an item and a second one beside it for another item, at times for two."""
    m1, m2 = s.at[one], s.at[other]
    if m1 == m2:
        return False
    nobody = t.home.size
    second = beside(s, one)
    fourth = beside(s, other) if draw(s.random) & 1 else other
    if fourth == other:
        fourth = nobody
    taken = s.on[t.service[one], m2] + s.on[t.service[second], m2] + s.on[t.service[other], m1]
    if fourth < nobody:
        taken += s.on[t.service[fourth], m1]
    if second == one or taken > 0:
        return False
    mine, theirs = (one, second), (other, fourth)
    if not has_room_for_two(t, s, m2, mine, theirs) or not has_room_for_two(t, s, m1, theirs, mine):
        return False
    change = cost_with_two(t, s, m1, theirs, mine) - s.cost[m1]
    change += cost_with_two(t, s, m2, mine, theirs) - s.cost[m2]
    if change > limits[0]:
        return False
    before = weigh_all(s, limits)
    move(t, s, one, m2)
    move(t, s, second, m2)
    move(t, s, other, m1)
    if fourth < nobody:
        move(t, s, fourth, m1)
    if weigh_all(s, limits) - before <= limits[0]:
        return True
    if fourth < nobody:
        move(t, s, fourth, m2)
    move(t, s, other, m2)
    move(t, s, second, m1)
    move(t, s, one, m1)
    return False


@lean
def is_full(t: Tables, s: State, machine: int) -> bool:
    """True when a machine holds more than it has room for."""
    full = False
    for r in range(t.weight.size):
        full = full or s.free[machine, r] < 0
    return full


@lean
def shove(t: Tables, s: State, item: int, machine: int, limits: tuple[int, int]) -> bool:
    """Move an item to a machine, and some of what is there to the cheapest of a few machines drawn."""
    source = s.at[item]
    if source == machine or s.on[t.service[item], machine] > 0:
        return False
    before = weigh_all(s, limits)
    count = 0
    move(t, s, item, machine)
    while count < SHOVED and s.held[machine] > 1 and is_full(t, s, machine):
        guest = beside(s, item)
        if guest == item:
            continue
        target = cheapest(t, s, guest, limits)
        if target < 0:
            break
        s.log[count] = guest
        count += 1
        move(t, s, guest, target)
    if not is_full(t, s, machine) and weigh_all(s, limits) - before <= limits[0]:
        return True
    put_back(t, s, machine, count)
    move(t, s, item, source)
    return False
