"""Makes an assignment cheaper: threads anneal and hand each other what is best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from cmp.scheduler.assigning.annealing import HEAT, anneal
from cmp.scheduler.assigning.counting import count
from cmp.scheduler.assigning.problem import Numbers, Problem
from cmp.scheduler.assigning.tables import BEST, COST, State, blank, lay_out

ROUND = 1_000_000
"""Moves that a thread tries between two exchanges of what is best: about a tenth of a second."""
FORBIDDEN = 2**50
"""Cost of a violation that no gain outweighs."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How long to search and how.

    `seconds` stops by the clock; `effort` counts rounds of a million tried moves by each thread, and then the
    same seed and threads give the same assignment on any machine. One of them is given.
    """

    seconds: float | None = None
    effort: int | None = None
    threads: int = 2
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The best assignment so far."""

    assignment: Numbers
    cost: int
    rounds: int
    elapsed: float


@dataclass(slots=True)
class Surroundings:
    """What a search asks of the world: the time, whether to stop, and who hears of every round."""

    clock: Callable[[], float]
    """Seconds since some moment."""
    stopped: Callable[[], bool]
    heard: Callable[[Found], None]


def improve(problem: Problem, wish: Wish, world: Surroundings) -> Found:
    """Search from the items' homes, which break no hard constraint; never costlier than they are."""
    tables = lay_out(problem)
    states = [blank(problem, wish.seed * 1000 + number) for number in range(wish.threads)]
    for state in states:
        count(tables, state)
        state.tally[BEST] = state.tally[COST]
    start = world.clock()
    rounds = 0
    with ThreadPoolExecutor(wish.threads) as pool:
        while (share := _share(wish, rounds, world.clock() - start)) < 1 and not world.stopped():
            heats = np.array([_heat(share)], dtype=np.int64)
            plan = np.array([ROUND, 512, FORBIDDEN], dtype=np.int64)
            for task in [pool.submit(anneal, tables, state, heats, plan) for state in states]:
                task.result()
            rounds += 1
            world.heard(_best(states, rounds, world.clock() - start))
    return _best(states, rounds, world.clock() - start)


def _share(wish: Wish, rounds: int, elapsed: float) -> float:
    """The part of the search that is done, from 0 to 1."""
    if wish.effort is not None:
        return rounds / wish.effort if wish.effort else 1.0
    return elapsed / wish.seconds if wish.seconds else 1.0


def _heat(share: float) -> int:
    return int(3e6 * (1e-3**share)) << HEAT


def _best(states: Sequence[State], rounds: int, elapsed: float) -> Found:
    state = min(states, key=lambda each: int(each.tally[BEST]))
    return Found(state.best.copy(), int(state.tally[BEST]), rounds, elapsed)
