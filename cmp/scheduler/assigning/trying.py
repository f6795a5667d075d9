"""Tries one move of one, two or more items: makes it if it costs at most a limit more, else changes nothing.

A limit is a pair: what the move may cost, and what each violation of spread or dependency costs.
"""

from __future__ import annotations

from cmp.scheduler.assigning.counting import move
from cmp.scheduler.assigning.tables import AWAY, BROKEN, COST, MOST, State, Tables
from cmp.scheduler.assigning.weighing import (
    away_cost,
    broken_by,
    draw,
    has_room,
    machine_cost,
    most_moved,
    step_away,
)
from cmp.scheduler.compiled import inlined, lean

DRAWN = 12
"""Machines that are looked at for each item of a machine that is to be emptied."""


@inlined
def shift(t: Tables, s: State, item: int, machine: int, limits: tuple[int, int]) -> bool:
    """Move an item to a machine."""
    source = s.at[item]
    service = t.service[item]
    nobody = t.home.size
    if source == machine or s.on[service, machine] > 0 or not has_room(t, s, machine, item, nobody):
        return False
    change = broken_by(t, s, item, machine) * limits[1]
    change += machine_cost(t, s, source, nobody, item) - s.cost[source]
    change += machine_cost(t, s, machine, item, nobody) - s.cost[machine]
    change += away_cost(t, item, machine) - away_cost(t, item, source)
    if t.extras[0]:
        most = most_moved(s, (service, service), (step_away(t, s, item, machine), 0))
        change += t.extras[0] * (most - s.tally[MOST])
    if change > limits[0]:
        return False
    move(t, s, item, machine)
    return True


@inlined
def swap(t: Tables, s: State, one: int, other: int, limits: tuple[int, int]) -> bool:
    """Exchange the machines of two items."""
    m1, m2 = s.at[one], s.at[other]
    a, b = t.service[one], t.service[other]
    if m1 == m2 or (a != b and (s.on[a, m2] > 0 or s.on[b, m1] > 0)):
        return False
    if not has_room(t, s, m2, one, other) or not has_room(t, s, m1, other, one):
        return False
    broken = 0
    if a != b:
        broken = broken_by(t, s, one, m2) + broken_by(t, s, other, m1)
    change = broken * limits[1]
    change += machine_cost(t, s, m1, other, one) - s.cost[m1]
    change += machine_cost(t, s, m2, one, other) - s.cost[m2]
    if change > limits[0]:
        return False
    change += away_cost(t, one, m2) - away_cost(t, one, m1)
    change += away_cost(t, other, m1) - away_cost(t, other, m2)
    if t.extras[0]:
        x, y = step_away(t, s, one, m2), step_away(t, s, other, m1)
        steps = (x, y) if a != b else (x + y, 0)
        change += t.extras[0] * (most_moved(s, (a, b), steps) - s.tally[MOST])
    if change > limits[0]:
        return False
    before = s.tally[BROKEN]
    move(t, s, one, m2)
    move(t, s, other, m1)
    if change + (s.tally[BROKEN] - before - broken) * limits[1] > limits[0]:
        move(t, s, other, m2)
        move(t, s, one, m1)
        return False
    return True


@inlined
def chain(t: Tables, s: State, one: int, other: int, target: int, limits: tuple[int, int]) -> bool:
    """Move an item to where another is, and that one on to a third machine."""
    m1, m2 = s.at[one], s.at[other]
    nobody = t.home.size
    a, b = t.service[one], t.service[other]
    same = m1 in (m2, target) or target == m2
    if same or (a != b and s.on[a, m2] > 0) or s.on[b, target] > 0:
        return False
    if not has_room(t, s, m2, one, other) or not has_room(t, s, target, other, nobody):
        return False
    change = machine_cost(t, s, m1, nobody, one) - s.cost[m1]
    change += machine_cost(t, s, m2, one, other) - s.cost[m2]
    change += machine_cost(t, s, target, other, nobody) - s.cost[target]
    change += away_cost(t, one, m2) - away_cost(t, one, m1)
    change += away_cost(t, other, target) - away_cost(t, other, m2)
    if change > limits[0]:
        return False
    if t.extras[0]:
        x, y = step_away(t, s, one, m2), step_away(t, s, other, target)
        steps = (x, y) if a != b else (x + y, 0)
        change += t.extras[0] * (most_moved(s, (a, b), steps) - s.tally[MOST])
    before = s.tally[BROKEN]
    broken = broken_by(t, s, other, target)
    if change + broken * limits[1] > limits[0] and a != b:
        return False
    move(t, s, other, target)
    change += (s.tally[BROKEN] - before + broken_by(t, s, one, m2)) * limits[1]
    if change > limits[0]:
        move(t, s, other, m2)
        return False
    move(t, s, one, m2)
    return True


@lean
def fits(t: Tables, s: State, item: int, machine: int) -> bool:
    """True when a machine can take an item as it is."""
    return s.on[t.service[item], machine] == 0 and has_room(t, s, machine, item, t.home.size)


@lean
def weigh_all(s: State, limits: tuple[int, int]) -> int:
    """What everything costs now, violations included."""
    return int(s.tally[COST] + s.tally[BROKEN] * limits[1])


@lean
def intrude(t: Tables, s: State, item: int, machine: int, limits: tuple[int, int]) -> bool:
    """Move an item to a machine, which items that are not at home there leave until there is room.

    Each goes home or to where some other item that is not at home is.
    """
    source = s.at[item]
    nobody = t.home.size
    if source == machine or s.on[t.service[item], machine] > 0:
        return False
    before = weigh_all(s, limits)
    count = 0
    guest = s.first[machine]
    while guest >= 0 and count < s.log.size and not has_room(t, s, machine, item, nobody):
        after = s.following[guest]
        if t.home[guest] != machine and draw(s.random) & 3 > 0:
            target = t.home[guest]
            if draw(s.random) & 1 and target != source:
                target = s.at[s.away[(draw(s.random) * s.tally[AWAY]) >> 31]]
            if target != machine and fits(t, s, guest, target):
                s.log[count] = guest
                count += 1
                move(t, s, guest, target)
        guest = after
    if has_room(t, s, machine, item, nobody):
        move(t, s, item, machine)
        if weigh_all(s, limits) - before <= limits[0]:
            return True
        move(t, s, item, source)
    put_back(t, s, machine, count)
    return False


@lean
def cheapest(t: Tables, s: State, guest: int, limits: tuple[int, int]) -> int:
    """Of a few machines drawn, the one where an item would cost least; -1 where it has room on none."""
    nobody = t.home.size
    best = -1
    least = 0
    for _ in range(DRAWN):
        target = (draw(s.random) * s.cost.size) >> 31
        if target == s.at[guest] or not fits(t, s, guest, target):
            continue
        cost = machine_cost(t, s, target, guest, nobody) - s.cost[target] + away_cost(t, guest, target)
        cost += broken_by(t, s, guest, target) * limits[1]
        if best < 0 or cost < least:
            best = target
            least = cost
    return best


@lean
def evacuate(t: Tables, s: State, machine: int, limits: tuple[int, int]) -> bool:
    """Empty a machine: each item goes to the cheapest of a few machines drawn, of those in use if it can.

    Only this finds out that a machine need not be on: an item that leaves alone saves nothing.
    """
    if s.held[machine] == 0 or s.held[machine] > s.log.size:
        return False
    before = weigh_all(s, limits)
    count = 0
    guest = s.first[machine]
    while guest >= 0:
        after = s.following[guest]
        best = cheapest(t, s, guest, limits)
        if best < 0:
            break
        s.log[count] = guest
        count += 1
        move(t, s, guest, best)
        guest = after
    if guest < 0 and weigh_all(s, limits) - before <= limits[0]:
        return True
    put_back(t, s, machine, count)
    return False


@lean
def put_back(t: Tables, s: State, machine: int, count: int) -> None:
    """Move the first items of the log back to a machine, the last first."""
    for k in range(count - 1, -1, -1):
        move(t, s, s.log[k], machine)
