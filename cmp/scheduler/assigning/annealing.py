"""Anneals an assignment: random shifts and swaps, worse ones accepted the less the colder it is."""

from __future__ import annotations

import numpy as np

from cmp.scheduler.assigning.counting import keep_best, move
from cmp.scheduler.assigning.tables import ACCEPTED, FRACTION, LOGARITHMS, MOST, State, Tables
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

HEAT = 8
"""Binary digits after the point of a temperature."""


@inlined
def shift(t: Tables, s: State, item: int, machine: int, limits: tuple[int, int]) -> bool:
    """Move an item to a machine if that costs at most a limit more; violations cost `limits[1]` each."""
    source = s.at[item]
    service = t.service[item]
    nobody = t.home.size
    if source == machine or s.on[service, machine] > 0 or not has_room(t, s, machine, item, nobody):
        return False
    change = broken_by(t, s, item, machine) * limits[1]
    if change > limits[0] and s.tally[0] >= 0 and limits[1] > (1 << 40):
        return False
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
    """Exchange the machines of two items if that costs at most a limit more."""
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
    before = s.tally[1]
    move(t, s, one, m2)
    move(t, s, other, m1)
    if change + (s.tally[1] - before - broken) * limits[1] > limits[0]:
        move(t, s, other, m2)
        move(t, s, one, m1)
        return False
    return True


@lean
def anneal(t: Tables, s: State, heats: np.ndarray, plan: np.ndarray) -> None:
    """Try `plan[0]` moves at each heat; `plan[1]` of 1024 are shifts; a violation costs `plan[2]`."""
    items = t.home.size
    machines = s.cost.size
    for heat in heats:
        for _ in range(plan[0]):
            logarithm = t.logarithms[draw(s.random) & (LOGARITHMS - 1)]
            limits = ((heat * logarithm) >> (HEAT + FRACTION), plan[2])
            item = (draw(s.random) * items) >> 31
            if draw(s.random) & 1023 < plan[1]:
                done = shift(t, s, item, (draw(s.random) * machines) >> 31, limits)
            else:
                done = swap(t, s, item, (draw(s.random) * items) >> 31, limits)
            if done:
                s.tally[ACCEPTED] += 1
                keep_best(s)
