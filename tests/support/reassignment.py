"""Judges assignments of the machine reassignment problem in plain Python, and makes small problems."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from cmp.scheduler.assigning.problem import Problem

DATA = Path(__file__).parents[1] / "data" / "reassignment"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an assignment breaks and costs."""

    broken: tuple[str, ...]
    cost: int


def judge(problem: Problem, assignment: Sequence[int]) -> Verdict:
    """Check and cost an assignment as the subject states it, one process at a time."""
    return Verdict(tuple(_broken(problem, assignment)), _cost(problem, assignment))


def _broken(problem: Problem, at: Sequence[int]) -> Iterator[str]:
    for machine in range(problem.machines):
        for resource in range(problem.resources):
            both = bool(problem.transient[resource])
            used = sum(
                int(problem.need[item, resource])
                for item in range(problem.items)
                if at[item] == machine or (both and problem.home[item] == machine)
            )
            if used > problem.capacity[machine, resource]:
                yield f"capacity {machine} {resource}"
    together = Counter((int(problem.service[item]), at[item]) for item in range(problem.items))
    yield from (f"conflict {pair}" for pair, number in together.items() if number > 1)
    locations: dict[int, set[int]] = defaultdict(set)
    areas: dict[int, set[int]] = defaultdict(set)
    for item in range(problem.items):
        locations[int(problem.service[item])].add(int(problem.location[at[item]]))
        areas[int(problem.service[item])].add(int(problem.neighbourhood[at[item]]))
    for service in range(problem.services):
        if len(locations[service]) < problem.spread[service]:
            yield f"spread {service}"
    for one, other in problem.depends.tolist():
        if areas[one] - areas[other]:
            yield f"dependency {one} {other}"


def _cost(problem: Problem, at: Sequence[int]) -> int:
    total = 0
    for machine in range(problem.machines):
        held = [item for item in range(problem.items) if at[item] == machine]
        used = [sum(int(problem.need[item, r]) for item in held) for r in range(problem.resources)]
        for resource in range(problem.resources):
            over = used[resource] - int(problem.safe[machine, resource])
            total += int(problem.load_weight[resource]) * max(0, over)
        free = [int(problem.capacity[machine, r]) - used[r] for r in range(problem.resources)]
        for first, second, target, weight in problem.balances.tolist():
            total += weight * max(0, target * free[first] - free[second])
        if held and problem.fixed.size:
            total += int(problem.fixed[machine])
    away: Counter[int] = Counter()
    for item in range(problem.items):
        home = int(problem.home[item])
        if at[item] != home:
            away[int(problem.service[item])] += 1
            total += int(problem.item_move[item]) + int(problem.machine_move[home, at[item]])
        if problem.linear.size:
            total += int(problem.linear[item, at[item]])
    return total + problem.service_move * max(away.values(), default=0)


def a_problem(seed: int, *, items: int = 24, machines: int = 6, **changes: Any) -> Problem:
    """A random problem whose start breaks nothing, with every kind of constraint and cost in it."""
    chance = Random(seed)  # noqa: S311 - problems, no secrets
    home = [chance.randrange(machines) for _ in range(items)]
    services = max(items // 2, *Counter(home).values())
    service = _services(chance, home, services)
    need = [[chance.randrange(1, 30), chance.randrange(1, 20), chance.randrange(9)] for _ in range(items)]
    capacity = [
        [sum(need[i][r] for i in range(items) if home[i] == m) + chance.randrange(10, 90) for r in range(3)]
        for m in range(machines)
    ]
    location = [machine % 4 for machine in range(machines)]
    area = [machine % 3 for machine in range(machines)]
    held = range(items)
    places = [{location[home[i]] for i in held if service[i] == s} for s in range(services)]
    areas = [{area[home[i]] for i in held if service[i] == s} for s in range(services)]
    depends = [
        (a, b)
        for a in range(services)
        for b in range(services)
        if a != b and areas[a] <= areas[b] and chance.random() < 0.3
    ]
    values: dict[str, Any] = {
        "need": _table(need),
        "capacity": _table(capacity),
        "safe": _table([[chance.randrange(limit + 1) for limit in row] for row in capacity]),
        "transient": np.array([False, True, False]),
        "load_weight": _table([3, 2, 5]),
        "balances": _table([[0, 1, 2, 4], [2, 0, 1, 1]]),
        "location": _table(location),
        "neighbourhood": _table(area),
        "service": _table(service),
        "spread": _table([chance.randrange(len(found) + 1) for found in places]),
        "depends": _table(depends).reshape(-1, 2),
        "home": _table(home),
        "item_move": _table([chance.randrange(5) for _ in held]),
        "machine_move": _table([[3 * abs(a - b) for b in range(machines)] for a in range(machines)]),
        "service_move": 7,
        "fixed": _table([chance.randrange(200) for _ in range(machines)]),
        "linear": _table([[chance.randrange(9) for _ in range(machines)] for _ in held]),
    }
    return Problem(**(values | changes))


def _services(chance: Random, home: Sequence[int], services: int) -> list[int]:
    """A service for every item, so that none has two items on one machine."""
    taken: set[tuple[int, int]] = set()
    found = []
    for machine in home:
        free = [service for service in range(services) if (service, machine) not in taken]
        found.append(chance.choice(free))
        taken.add((found[-1], machine))
    return found


def _table(values: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)
