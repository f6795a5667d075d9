"""What a search counts move by move is what counting from nothing gives."""

from __future__ import annotations

import numpy as np
import pytest
from support.reassignment import a_problem, judge

from cmp.scheduler.assigning.annealing import HEAT, anneal
from cmp.scheduler.assigning.checking import violations
from cmp.scheduler.assigning.counting import count, move
from cmp.scheduler.assigning.problem import Numbers, Problem
from cmp.scheduler.assigning.tables import (
    ACCEPTED,
    AWAY,
    BEST,
    BROKEN,
    COST,
    MOST,
    State,
    Tables,
    blank,
    lay_out,
)

HOT = 200 << HEAT


def started(problem: Problem, seed: int = 1) -> tuple[Tables, State]:
    tables, state = lay_out(problem), blank(problem, seed)
    count(tables, state)
    state.tally[BEST] = state.tally[COST]
    return tables, state


def plan(penalty: int) -> Numbers:
    """Many moves, every kind as often as any other."""
    return np.array([20_000, penalty, *range(93, 1000, 93)])


def recounted(problem: Problem, tables: Tables, state: State) -> State:
    fresh = blank(problem, 1)
    fresh.at[:] = state.at
    count(tables, fresh)
    return fresh


def assert_same_counts(one: State, other: State) -> None:
    order = {"first", "following", "before", "away", "rank", "log", "best", "random", "tally"}
    for name in sorted(set(State._fields) - order):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    for counted in (COST, BROKEN, MOST, AWAY):
        assert one.tally[counted] == other.tally[counted]
    assert set(one.away[: one.tally[AWAY]]) == set(other.away[: other.tally[AWAY]])


@pytest.mark.parametrize("seed", range(12))
def test_thousands_of_random_moves_leave_every_count_right(seed: int) -> None:
    problem = a_problem(seed)
    tables, state = started(problem)
    chance = np.random.default_rng(seed)

    for item, machine in zip(chance.integers(0, 24, 3000), chance.integers(0, 6, 3000), strict=True):
        move(tables, state, int(item), int(machine))

    assert_same_counts(state, recounted(problem, tables, state))
    assert state.tally[COST] == judge(problem, state.at.tolist()).cost


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("penalty", [2**50, 20])
def test_annealing_keeps_every_count_right(seed: int, penalty: int) -> None:
    problem = a_problem(seed)
    tables, state = started(problem, seed)

    anneal(tables, state, np.array([HOT, HOT // 10]), plan(penalty))

    assert state.tally[ACCEPTED] > 0
    assert_same_counts(state, recounted(problem, tables, state))


@pytest.mark.parametrize("seed", range(12))
def test_the_best_breaks_nothing_and_costs_what_it_says(seed: int) -> None:
    problem = a_problem(seed)
    tables, state = started(problem, seed)

    anneal(tables, state, np.array([HOT, HOT // 10, 1]), plan(50))

    verdict = judge(problem, state.best.tolist())
    assert verdict.broken == ()
    assert verdict.cost == state.tally[BEST] <= judge(problem, problem.home.tolist()).cost


def test_a_violation_that_costs_much_is_never_made() -> None:
    problem = a_problem(3)
    tables, state = started(problem)

    anneal(tables, state, np.array([HOT * 100]), plan(2**50))

    assert state.tally[BROKEN] == 0
    assert list(violations(problem, state.at)) == []
