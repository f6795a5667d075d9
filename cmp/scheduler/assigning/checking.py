"""Checks an assignment against every hard constraint and adds its cost up, from nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from cmp.scheduler.assigning.problem import Numbers, Problem


def violations(problem: Problem, assignment: Numbers) -> Iterator[str]:
    """Every hard constraint that an assignment breaks, as a sentence."""
    yield from _over_capacity(problem, assignment)
    yield from _conflicts(problem, assignment)
    yield from _too_narrow(problem, assignment)
    yield from _left_alone(problem, assignment)


def costs(problem: Problem, assignment: Numbers) -> Mapping[str, int]:
    """The parts of an assignment's cost by name; their sum is what the search makes small."""
    used = _used(problem, assignment)
    free = problem.capacity - used
    over = np.maximum(0, used - problem.safe).sum(axis=0)
    moved = np.flatnonzero(assignment != problem.home)
    away = np.bincount(problem.service[moved], minlength=1)
    parts = {
        "load": int((over * problem.load_weight).sum()),
        "balance": sum(
            weight * int(np.maximum(0, target * free[:, first] - free[:, second]).sum())
            for first, second, target, weight in problem.balances.tolist()
        ),
        "item_move": int(problem.item_move[moved].sum()),
        "service_move": problem.service_move * int(away.max()),
        "machine_move": int(problem.machine_move[problem.home[moved], assignment[moved]].sum()),
    }
    if problem.fixed.size:
        parts["fixed"] = int(problem.fixed[np.unique(assignment)].sum())
    if problem.linear.size:
        parts["linear"] = int(problem.linear[np.arange(problem.items), assignment].sum())
    return parts


def pooled_bound(problem: Problem) -> int:
    """A lower bound of load and balance: all machines as one, no move costs anything.

    Valid since a sum of max(0, x) is at least max(0, the sum of x).
    """
    total = problem.need.sum(axis=0)
    over = np.maximum(0, total - problem.safe.sum(axis=0))
    free = problem.capacity.sum(axis=0) - total
    return int((over * problem.load_weight).sum()) + sum(
        int(weight) * max(0, int(target * free[first] - free[second]))
        for first, second, target, weight in problem.balances.tolist()
    )


def _used(problem: Problem, assignment: Numbers) -> Numbers:
    used = np.zeros(problem.capacity.shape, dtype=np.int64)
    np.add.at(used, assignment, problem.need)
    return used


def _over_capacity(problem: Problem, assignment: Numbers) -> Iterator[str]:
    used = _used(problem, assignment)
    moved = assignment != problem.home
    both = np.zeros_like(used)
    np.add.at(both, problem.home[moved], problem.need[moved])
    used += both * problem.transient
    for machine, resource in zip(*np.nonzero(used > problem.capacity), strict=True):
        there = problem.capacity[machine, resource]
        yield f"machine {machine}: {used[machine, resource]} of resource {resource}, {there} there"


def _conflicts(problem: Problem, assignment: Numbers) -> Iterator[str]:
    pairs, counts = np.unique(problem.service * problem.machines + assignment, return_counts=True)
    for pair in pairs[counts > 1].tolist():
        service, machine = divmod(pair, problem.machines)
        yield f"machine {machine}: several items of service {service}"


def _too_narrow(problem: Problem, assignment: Numbers) -> Iterator[str]:
    places = int(problem.location.max(initial=0)) + 1
    pairs = np.unique(problem.service * places + problem.location[assignment])
    found = np.bincount(pairs // places, minlength=problem.services)
    for service in np.flatnonzero(found < problem.spread).tolist():
        yield f"service {service}: in {found[service]} locations, {problem.spread[service]} wanted"


def _left_alone(problem: Problem, assignment: Numbers) -> Iterator[str]:
    areas = int(problem.neighbourhood.max(initial=0)) + 1
    there = np.zeros((problem.services, areas), dtype=np.bool_)
    there[problem.service, problem.neighbourhood[assignment]] = True
    for service, other in problem.depends.tolist():
        for area in np.flatnonzero(there[service] & ~there[other]).tolist():
            yield f"service {service}: neighbourhood {area} holds it and not service {other}"
