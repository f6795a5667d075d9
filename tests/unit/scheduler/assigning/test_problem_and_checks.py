"""The benchmark's own worked example, and our plain check against one in plain Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.reassignment import DATA, a_problem, judge

from cmp.loaders.instances import read_instance
from cmp.scheduler.assigning.checking import costs, pooled_bound, violations
from cmp.scheduler.assigning.problem import Problem


@pytest.fixture
def toy(tmp_path: Path) -> Problem:
    initial = tmp_path / "initial.txt"
    initial.write_text("0 3 0")
    return read_instance(DATA / "model_toy.txt", initial)


@pytest.mark.parametrize(("machines", "cost"), [("0 3 0", 4200), ("0 2 0", 3510), ("0 2 1", 2411)])
def test_the_subjects_example_costs_what_the_subject_says(toy: Problem, machines: str, cost: int) -> None:
    assignment = np.array(machines.split(), dtype=np.int64)

    assert list(violations(toy, assignment)) == []
    assert sum(costs(toy, assignment).values()) == cost
    assert judge(toy, assignment.tolist()).cost == cost


def test_the_subjects_example_breaks_spread_where_the_subject_says(toy: Problem) -> None:
    broken = list(violations(toy, np.array([0, 1, 0])))

    assert broken == ["service 0: in 1 locations, 2 wanted"]


def test_the_pooled_bound_of_the_example_is_that_of_the_subject(toy: Problem) -> None:
    assert pooled_bound(toy) == 1300


@pytest.mark.parametrize("seed", range(30))
def test_both_checks_agree_on_any_assignment(seed: int) -> None:
    problem = a_problem(seed)
    assignment = problem.home.copy()
    for item in np.random.default_rng(seed).integers(0, problem.items, size=seed % 7):
        assignment[item] = (assignment[item] + 1 + seed) % problem.machines

    verdict = judge(problem, assignment.tolist())

    assert (list(violations(problem, assignment)) == []) == (verdict.broken == ())
    assert sum(costs(problem, assignment).values()) == verdict.cost
