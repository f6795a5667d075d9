"""Anneals an assignment: random moves, worse ones accepted the less the colder it is."""

from __future__ import annotations

from pathlib import Path

from cmp.scheduler.assigning.counting import count, keep_best, move
from cmp.scheduler.assigning.problem import Numbers
from cmp.scheduler.assigning.tables import ACCEPTED, AWAY, FRACTION, LOGARITHMS, Line, State, Tables
from cmp.scheduler.assigning.trading import shove, trade
from cmp.scheduler.assigning.trying import chain, evacuate, intrude, shift, swap
from cmp.scheduler.assigning.weighing import draw
from cmp.scheduler.compiled import Unit, inlined, lean

HEAT = 8
"""Binary digits after the point of a temperature."""


@lean
def anneal(t: Tables, s: State, heats: Line, plan: Line) -> None:
    """Try `plan[0]` moves at each heat, where a violation costs `plan[1]`; the best stays known.

    `plan[2:]` are the kinds' shares of 1024, added up: shift to any machine, swap of any two, swap with an
    item that is not at home, shift of such an item home, shift of one to any machine, chain whose last item
    goes home, chain whose last goes to any machine, intrusion, trade, shove; what is left of 1024 empties
    a machine.
    """
    for heat in heats:
        for _ in range(plan[0]):
            logarithm = t.logarithms[draw(s.random) & (LOGARITHMS - 1)]
            limits = ((heat * logarithm) >> (HEAT + FRACTION), plan[1])
            if _try_one(t, s, plan, limits):
                s.tally[ACCEPTED] += 1
                keep_best(s)


@inlined
def _try_one(t: Tables, s: State, plan: Numbers, limits: tuple[int, int]) -> bool:
    """Draw a move and try it."""
    items = t.home.size
    item = (draw(s.random) * items) >> 31
    target = (draw(s.random) * s.cost.size) >> 31
    kind = draw(s.random) & 1023
    other = (draw(s.random) * items) >> 31
    if kind >= plan[9]:
        return _try_several(t, s, (plan[10], plan[11], kind), (item, other, target), limits)
    if kind >= plan[3]:
        if s.tally[AWAY] == 0:
            return False
        other = s.away[(draw(s.random) * s.tally[AWAY]) >> 31]
        if plan[4] <= kind < plan[5] or plan[6] <= kind < plan[7]:
            target = t.home[other]
    if kind < plan[2] or plan[4] <= kind < plan[6]:
        return shift(t, s, item if kind < plan[2] else other, target, limits)
    if kind < plan[4]:
        return swap(t, s, item, other, limits)
    if kind < plan[8]:
        return chain(t, s, item, other, target, limits)
    return intrude(t, s, item, s.at[other], limits)


@lean
def _try_several(
    t: Tables,
    s: State,
    kinds: tuple[int, int, int],
    drawn: tuple[int, int, int],
    limits: tuple[int, int],
) -> bool:
    """Try a move of several items, by where trades and shoves end among the kinds and which one was drawn."""
    item, other, target = drawn
    if kinds[2] < kinds[0]:
        return trade(t, s, item, other, limits)
    if kinds[2] >= kinds[1]:
        return evacuate(t, s, s.at[item], limits)
    if s.tally[AWAY] > 0 and draw(s.random) & 1:
        item = s.away[(draw(s.random) * s.tally[AWAY]) >> 31]
        target = t.home[item]
    return shove(t, s, item, target, limits)


REASSIGNMENT = Unit("reassignment", "reassignment search", (anneal, count, move), (Path(__file__).parent,))
