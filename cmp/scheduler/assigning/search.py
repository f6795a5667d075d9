"""Makes an assignment cheaper: threads anneal and hand each other what is best."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from cmp.scheduler.assigning.annealing import anneal
from cmp.scheduler.assigning.checking import costs, pooled_bound
from cmp.scheduler.assigning.counting import count
from cmp.scheduler.assigning.course import (
    TRIAL,
    WHOLE,
    Kind,
    Leg,
    Start,
    Trials,
    heat_at,
    kind_of,
    leg_at,
    legs,
    penalty_at,
    scale_of,
    trial,
)
from cmp.scheduler.assigning.problem import Numbers, Problem
from cmp.scheduler.assigning.tables import BEST, BROKEN, COST, State, Tables, blank, lay_out

STEPS = 250
"""How many stretches of one temperature a search by effort has; threads wait for each other after each."""
MILLION = 1_000_000
FIRST_TRIES = 20_000
LONGEST_STEP = 1.0
"""Seconds of a stretch in a search by the clock, at most."""
EXCHANGE = 20
"""Thousandths of the search between two exchanges of what is best."""
SHARES = (20, 10, 20, 20, 0, 40, 0, 2, 40, 2)
"""How often each kind of move is tried, in the order of `annealing.anneal`."""
EMPTYING = 1
"""How often emptying a machine is, where one that holds anything has a cost."""
ALONE = (*SHARES[:8], 0, 0)
"""The same without trades and shoves."""
TRADED = (Kind.MILD, Kind.LOOSE)
"""Courses with trades and shoves; where load is near its bound they pay on small problems only."""
FEW = 2000
"""Items of a small problem."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How long to search and how.

    `seconds` stops by the clock; `effort` counts millions of moves that each thread tries, and then the same
    seed and threads give the same assignment on any machine. One of them is given.
    """

    seconds: float | None = None
    effort: int | None = None
    threads: int = 2
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The best assignment so far; `tried` counts the moves tried by all threads, `elapsed` seconds."""

    assignment: Numbers
    cost: int
    tried: int
    elapsed: float


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a search asks of the world: the time, whether to stop, and who hears of every stretch."""

    clock: Callable[[], float]
    """Seconds since some moment."""
    stopped: Callable[[], bool]
    heard: Callable[[Found], None]


@dataclass(slots=True)
class _Searcher:
    """One thread's search and the course it follows."""

    tables: Tables
    state: State
    course: tuple[Leg, ...]
    leg: int = -1
    trading: bool = True

    def stretch(self, moment: int, tries: int) -> None:
        """Anneal for a while as the course says for a moment."""
        heats = np.array([heat_at(self.course, moment)], dtype=np.int64)
        kinds = SHARES if self.trading else ALONE
        whole = sum(kinds) + (EMPTYING if self.tables.fixed.any() else 0)
        shares = np.cumsum(kinds, dtype=np.int64) * 1024 // whole
        plan = np.array([tries, penalty_at(self.course, moment), *shares], dtype=np.int64)
        anneal(self.tables, self.state, heats, plan)

    def take(self, assignment: Numbers) -> None:
        """Go on from an assignment; the best so far stays known."""
        self.state.at[:] = assignment
        count(self.tables, self.state)

    def learn(self, found: Found) -> None:
        """Know the best that somebody else found."""
        self.state.best[:] = found.assignment
        self.state.tally[BEST] = found.cost

    def weight(self, moment: int) -> int:
        """Cost of where the search is, violations included."""
        broken = int(self.state.tally[BROKEN]) * penalty_at(self.course, moment)
        return int(self.state.tally[COST]) + broken


@dataclass(slots=True)
class _Search:
    """All threads of a search, which go through the same moments."""

    problem: Problem
    wish: Wish
    searchers: list[_Searcher]
    exchanged: int = 0
    settled: bool = False
    tried: int = 0
    pool: ThreadPoolExecutor = field(default_factory=ThreadPoolExecutor)

    def advance(self, moment: int, tries: int) -> None:
        """Let every thread anneal for one stretch, then hand over what is best where it is time to."""
        if moment >= TRIAL and not self.settled:
            self._settle()
        for searcher in self.searchers:
            self._enter(searcher, leg_at(searcher.course, moment))
        tasks = [self.pool.submit(each.stretch, moment, tries) for each in self.searchers]
        for task in tasks:
            task.result()
        self.tried += tries * len(self.searchers)
        if self.settled and moment // EXCHANGE > self.exchanged:
            self.exchanged = moment // EXCHANGE
            self._exchange(moment)

    def best(self, elapsed: float) -> Found:
        """The best of all threads."""
        state = min((each.state for each in self.searchers), key=lambda state: int(state.tally[BEST]))
        return Found(state.best.copy(), int(state.tally[BEST]), self.tried, elapsed)

    def _settle(self) -> None:
        """Choose the course by what the trials found, and begin it."""
        self.settled = True
        hot = min((each.state for each in self.searchers[::2]), key=lambda state: int(state.tally[BEST]))
        cold = min(int(each.state.tally[BEST]) for each in self.searchers[1::2])
        parts = costs(self.problem, hot.best)
        moves = sum(parts[name] for name in ("item_move", "service_move", "machine_move"))
        initial = sum(costs(self.problem, self.problem.home).values())
        bound = pooled_bound(self.problem)
        kind = kind_of(Trials(initial, int(hot.tally[BEST]), cold, moves, bound))
        scale = scale_of(self.problem)
        best = self.best(0.0)
        del self.searchers[self.wish.threads :]
        self.searchers[0].learn(best)
        for number, searcher in enumerate(self.searchers):
            searcher.course = legs(kind, scale, soft=number % 2 == 0)
            searcher.leg = -1
            searcher.trading = kind in TRADED or (kind is Kind.TIGHT and self.problem.items <= FEW)

    def _enter(self, searcher: _Searcher, leg: int) -> None:
        if leg == searcher.leg:
            return
        searcher.leg = leg
        start = searcher.course[leg].start
        if start is Start.HOME:
            searcher.take(self.problem.home)
        elif start is Start.BEST:
            searcher.take(self.best(0.0).assignment)

    def _exchange(self, moment: int) -> None:
        """Threads that lag behind go on from where the leading one is, once a leg is half through."""
        leader = min(self.searchers, key=lambda each: each.weight(moment))
        index = leg_at(leader.course, moment)
        begin = leader.course[index - 1].until if index else TRIAL
        if 2 * moment < begin + leader.course[index].until:
            return
        for searcher in self.searchers:
            if searcher is not leader and searcher.weight(moment) > leader.weight(moment):
                searcher.take(leader.state.at)


def improve(problem: Problem, wish: Wish, world: Surroundings) -> Found:
    """Search from the items' homes, which break no hard constraint; never costlier than they are."""
    start = world.clock()
    search = _begun(problem, wish)
    ready = world.clock()
    wish = _shortened(wish, ready - start)
    done = 0
    tries = FIRST_TRIES if wish.effort is None else max(1, wish.effort * MILLION // STEPS)
    elapsed = 0.0
    with search.pool:
        while not world.stopped() and (moment := _moment(wish, done, elapsed)) < WHOLE:
            search.advance(moment, tries)
            done += 1
            before, elapsed = elapsed, world.clock() - ready
            if wish.effort is None:
                tries = _next_tries(tries, elapsed - before, wish.seconds or 0.0)
            world.heard(search.best(elapsed))
    return search.best(elapsed)


def _begun(problem: Problem, wish: Wish) -> _Search:
    """Threads at the start of a trial: at least one hot and one cold, even if they then take turns.

    Also compiles what is not compiled yet, or reads it from the cache.
    """
    tables, scale = lay_out(problem), scale_of(problem)
    searchers = []
    for number in range(max(2, wish.threads)):
        state = blank(problem, wish.seed * 1000 + number)
        count(tables, state)
        state.tally[BEST] = state.tally[COST]
        searchers.append(_Searcher(tables, state, trial(scale, hot=number % 2 == 0)))
    searchers[0].stretch(0, 0)
    return _Search(problem, wish, searchers, pool=ThreadPoolExecutor(wish.threads))


def _shortened(wish: Wish, took: float) -> Wish:
    """The same end by the clock although getting ready took a while; at least half the time is left."""
    if wish.seconds is None:
        return wish
    return replace(wish, seconds=max(wish.seconds / 2, wish.seconds - took))


def _moment(wish: Wish, done: int, elapsed: float) -> int:
    """How far the search is, in thousandths."""
    if wish.effort is not None:
        return WHOLE if wish.effort == 0 else done * WHOLE // STEPS
    return int(elapsed * WHOLE / wish.seconds) if wish.seconds else WHOLE


def _next_tries(tries: int, took: float, seconds: float) -> int:
    """Moves to try in the next stretch by the clock, so that it takes a fitting time."""
    wanted = min(LONGEST_STEP, seconds / STEPS)
    return max(1000, min(2 * tries, int(tries * wanted / max(took, 1e-4))))
