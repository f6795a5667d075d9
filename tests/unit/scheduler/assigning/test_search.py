"""Whole searches on small problems: never worse, never broken, replayed by effort, and machines emptied."""

from __future__ import annotations

from itertools import count, product

import numpy as np
import pytest
from support.reassignment import a_problem, judge

from cmp.scheduler.assigning.course import Kind, Scale, Trials, heat_at, kind_of, legs, trial
from cmp.scheduler.assigning.problem import Problem
from cmp.scheduler.assigning.search import Found, Surroundings, Wish, improve


def searched(problem: Problem, effort: int = 1, threads: int = 2, seed: int = 0) -> Found:
    ticks = count()
    world = Surroundings(clock=lambda: float(next(ticks)), stopped=lambda: False, heard=lambda _: None)
    return improve(problem, Wish(effort=effort, threads=threads, seed=seed), world)


@pytest.mark.parametrize("seed", range(6))
def test_a_search_breaks_nothing_and_costs_what_it_says(seed: int) -> None:
    problem = a_problem(seed)

    found = searched(problem, threads=1 + seed % 3)

    verdict = judge(problem, found.assignment.tolist())
    assert verdict.broken == ()
    assert verdict.cost == found.cost <= judge(problem, problem.home.tolist()).cost


@pytest.mark.parametrize("seed", range(4))
def test_a_small_problem_is_solved_to_its_optimum(seed: int) -> None:
    problem = a_problem(seed, items=7, machines=4)
    verdicts = (judge(problem, at) for at in product(range(4), repeat=7))
    optimum = min(verdict.cost for verdict in verdicts if not verdict.broken)

    assert searched(problem).cost == optimum


def test_a_search_by_effort_does_not_ask_the_clock() -> None:
    problem = a_problem(9)

    one, two = searched(problem, seed=5), searched(problem, seed=5)

    assert one.assignment.tolist() == two.assignment.tolist()


def test_a_search_that_is_stopped_at_once_leaves_everything_at_home() -> None:
    problem = a_problem(2)
    world = Surroundings(clock=lambda: 0.0, stopped=lambda: True, heard=lambda _: None)

    found = improve(problem, Wish(seconds=60), world)

    assert found.assignment.tolist() == problem.home.tolist()


def test_a_search_by_the_clock_ends_by_the_clock() -> None:
    ticks = count()
    heard: list[Found] = []
    world = Surroundings(clock=lambda: float(next(ticks)), stopped=lambda: False, heard=heard.append)

    improve(a_problem(2), Wish(seconds=50), world)

    assert [found.elapsed for found in heard] == sorted(found.elapsed for found in heard)
    assert 40 < heard[-1].elapsed < 60


def test_machines_that_cost_something_when_they_hold_anything_are_emptied() -> None:
    ample = np.full((6, 1), 100)
    problem = Problem(
        need=np.full((12, 1), 5),
        capacity=ample,
        safe=ample,
        transient=np.array([False]),
        load_weight=np.array([1]),
        balances=np.zeros((0, 4), dtype=np.int64),
        location=np.zeros(6, dtype=np.int64),
        neighbourhood=np.zeros(6, dtype=np.int64),
        service=np.arange(12),
        spread=np.zeros(12, dtype=np.int64),
        depends=np.zeros((0, 2), dtype=np.int64),
        home=np.arange(12) % 6,
        item_move=np.full(12, 10),
        machine_move=np.zeros((6, 6), dtype=np.int64),
        fixed=np.full(6, 500),
    )

    found = searched(problem)

    assert len(set(found.assignment.tolist())) == 1
    assert found.cost == 500 + 10 * 10


def test_it_only_ever_cools_within_a_leg() -> None:
    for kind in Kind:
        course = legs(kind, Scale(6_000_000, 120), soft=True)
        for begin, leg in zip((40, *(leg.until for leg in course)), course, strict=False):
            heats = [heat_at(course, moment) for moment in range(begin, leg.until)]
            assert heats == sorted(heats, reverse=True)
            assert heats[0] == leg.first << 8


def test_a_trial_is_hot_or_cold() -> None:
    scale = Scale(6_000_000, 120)

    assert heat_at(trial(scale, hot=True), 0) > heat_at(trial(scale, hot=False), 0)


@pytest.mark.parametrize(
    ("tried", "kind"),
    [
        (Trials(initial=9_000_000, hot=6_000_000, cold=1_000_900, moves=900, bound=1_000_000), Kind.COLD),
        (Trials(initial=9_000_000, hot=1_004_000, cold=2_000_000, moves=900, bound=1_000_000), Kind.TIGHT),
        (Trials(initial=9_000_000, hot=2_000_000, cold=3_000_000, moves=900, bound=1_000_000), Kind.LOOSE),
        (Trials(initial=9_000_000, hot=3_000_000, cold=2_000_000, moves=900, bound=1_000_000), Kind.MILD),
    ],
)
def test_trials_tell_kinds_apart(tried: Trials, kind: Kind) -> None:
    assert kind_of(tried) is kind
