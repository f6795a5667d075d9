"""Keeps what is counted from an assignment: all of it anew, or what one moved item changes."""

from __future__ import annotations

from cmp.scheduler.assigning.tables import AWAY, BEST, BROKEN, COST, MOST, State, Tables
from cmp.scheduler.assigning.weighing import away_cost, broken_by, machine_cost
from cmp.scheduler.compiled import lean


@lean
def enter(t: Tables, s: State, item: int, machine: int) -> None:
    """Put an item that is nowhere onto a machine, all but costs and violations."""
    s.at[item] = machine
    head = s.first[machine]
    s.following[item] = head
    s.before[item] = -1
    if head >= 0:
        s.before[head] = item
    s.first[machine] = item
    s.held[machine] += 1
    layer = 1 if t.home[item] == machine else 0
    for r in range(t.weight.size):
        s.used[machine, r] += t.need[0, item, r]
        s.free[machine, r] -= t.need[layer, item, r]
    service = t.service[item]
    s.on[service, machine] += 1
    place = t.location[machine]
    if s.in_location[service, place] == 0:
        s.locations[service] += 1
    s.in_location[service, place] += 1
    area = t.neighbourhood[machine]
    s.in_neighbourhood[service, area] += 1
    if s.in_neighbourhood[service, area] == 1:
        for k in range(t.wanted_from[service], t.wanted_from[service + 1]):
            s.missing[t.wanted[k], area] -= 1
        for k in range(t.needs_from[service], t.needs_from[service + 1]):
            s.relying[t.needs[k], area] += 1


@lean
def leave(t: Tables, s: State, item: int) -> None:
    """Take an item off its machine, all but costs and violations."""
    machine = s.at[item]
    after, before = s.following[item], s.before[item]
    if before >= 0:
        s.following[before] = after
    else:
        s.first[machine] = after
    if after >= 0:
        s.before[after] = before
    s.held[machine] -= 1
    layer = 1 if t.home[item] == machine else 0
    for r in range(t.weight.size):
        s.used[machine, r] -= t.need[0, item, r]
        s.free[machine, r] += t.need[layer, item, r]
    service = t.service[item]
    s.on[service, machine] -= 1
    place = t.location[machine]
    s.in_location[service, place] -= 1
    if s.in_location[service, place] == 0:
        s.locations[service] -= 1
    area = t.neighbourhood[machine]
    s.in_neighbourhood[service, area] -= 1
    if s.in_neighbourhood[service, area] == 0:
        for k in range(t.wanted_from[service], t.wanted_from[service + 1]):
            s.missing[t.wanted[k], area] += 1
        for k in range(t.needs_from[service], t.needs_from[service + 1]):
            s.relying[t.needs[k], area] -= 1


@lean
def count_step(t: Tables, s: State, service: int, step: int) -> None:
    """Count one item of a service more (1) or less (-1) away from home, in the tally and its cost."""
    s.histogram[s.moved[service]] -= 1
    s.moved[service] += step
    s.histogram[s.moved[service]] += 1
    most = s.tally[MOST]
    most = max(most, s.moved[service])
    while most > 0 and s.histogram[most] == 0:
        most -= 1
    s.tally[COST] += t.extras[0] * (most - s.tally[MOST])
    s.tally[MOST] = most


@lean
def note_away(s: State, item: int, step: int) -> None:
    """List an item as away from home (1), or no more (-1)."""
    if step > 0:
        s.rank[item] = s.tally[AWAY]
        s.away[s.tally[AWAY]] = item
        s.tally[AWAY] += 1
    else:
        s.tally[AWAY] -= 1
        last = s.away[s.tally[AWAY]]
        s.away[s.rank[item]] = last
        s.rank[last] = s.rank[item]


@lean
def move(t: Tables, s: State, item: int, machine: int) -> None:
    """Move an item, whatever that breaks, and keep every count and cost right."""
    source = s.at[item]
    if source == machine:
        return
    nobody = t.home.size
    s.tally[BROKEN] += broken_by(t, s, item, machine)
    s.tally[COST] += away_cost(t, item, machine) - away_cost(t, item, source)
    leave(t, s, item)
    enter(t, s, item, machine)
    step = int(source == t.home[item]) - int(machine == t.home[item])
    if step:
        note_away(s, item, step)
        count_step(t, s, t.service[item], step)
    for changed in (source, machine):
        cost = machine_cost(t, s, changed, nobody, nobody)
        s.tally[COST] += cost - s.cost[changed]
        s.cost[changed] = cost


@lean
def count(t: Tables, s: State) -> None:
    """Count everything anew from where the items are."""
    nobody = t.home.size
    _clear(t, s)
    for item in range(nobody):
        enter(t, s, item, s.at[item])
        home = t.home[item]
        s.tally[COST] += away_cost(t, item, s.at[item])
        if home != s.at[item]:
            s.moved[t.service[item]] += 1
            note_away(s, item, 1)
        for r in range(t.weight.size):
            s.free[home, r] -= t.need[0, item, r] - t.need[1, item, r]
    for service in range(s.moved.size):
        s.histogram[s.moved[service]] += 1
        s.tally[MOST] = max(s.tally[MOST], s.moved[service])
        s.tally[BROKEN] += max(0, t.spread[service] - s.locations[service])
        for area in range(s.missing.shape[1]):
            if s.in_neighbourhood[service, area] > 0:
                s.tally[BROKEN] += s.missing[service, area]
    s.tally[COST] += t.extras[0] * s.tally[MOST]
    for machine in range(s.cost.size):
        s.cost[machine] = machine_cost(t, s, machine, nobody, nobody)
        s.tally[COST] += s.cost[machine]


@lean
def _clear(t: Tables, s: State) -> None:
    s.used[:] = 0
    for machine in range(s.cost.size):
        for r in range(t.weight.size):
            s.free[machine, r] = t.capacity[machine, r]
    s.first[:] = -1
    s.held[:] = 0
    s.on[:] = 0
    s.in_location[:] = 0
    s.locations[:] = 0
    s.in_neighbourhood[:] = 0
    s.relying[:] = 0
    s.moved[:] = 0
    s.histogram[:] = 0
    s.tally[COST] = 0
    s.tally[BROKEN] = 0
    s.tally[MOST] = 0
    s.tally[AWAY] = 0
    for service in range(s.moved.size):
        s.missing[service, :] = t.needs_from[service + 1] - t.needs_from[service]


@lean
def keep_best(s: State) -> bool:
    """Remember the assignment if it breaks nothing and costs less than any before; True if so."""
    if s.tally[BROKEN] == 0 and s.tally[COST] < s.tally[BEST]:
        for item in range(s.at.size):
            s.best[item] = s.at[item]
        s.tally[BEST] = s.tally[COST]
        return True
    return False
