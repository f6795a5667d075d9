"""Orders workloads by what they cannot do without: dependencies first, those of one cycle together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cmp.model.environment import Environment
from cmp.model.workload import Mode, Workload


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Who needs whom, hard.

    `cycles` are the strongly connected components of the whole environment (most of one workload), what is
    needed before what needs it; `cycle_of` is the place of each workload's in that list.
    """

    needs: Mapping[str, tuple[str, ...]]
    needed_by: Mapping[str, tuple[str, ...]]
    cycles: tuple[tuple[str, ...], ...]
    cycle_of: Mapping[str, int]

    def touched_by(self, interrupted: Iterable[str]) -> set[str]:
        """These workloads and all that need one of them, directly or not."""
        return _reached(interrupted, self.needed_by)

    def needed_for(self, names: Iterable[str]) -> set[str]:
        """These workloads and all that they need, directly or not."""
        return _reached(names, self.needs)


def _reached(names: Iterable[str], beyond: Mapping[str, tuple[str, ...]]) -> set[str]:
    """These names and all that lie beyond them, directly or not."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(beyond.get(name, ()))
    return found


def dependencies_of(environment: Environment) -> Dependencies:
    """The hard dependencies of an environment's workloads; those of mode `degraded` keep nobody waiting."""
    return dependencies_among(environment.workloads)


def dependencies_among(workloads: Sequence[Workload]) -> Dependencies:
    """The hard dependencies of some workloads on each other."""
    there = {workload.id for workload in workloads}
    needs = {
        workload.id: tuple(
            sorted({each.workload for each in workload.depends_on if each.mode is Mode.HARD} - {workload.id})
        )
        for workload in workloads
    }
    needs = {name: tuple(other for other in others if other in there) for name, others in needs.items()}
    needed_by: dict[str, tuple[str, ...]] = {}
    for name, others in sorted(needs.items()):
        for other in others:
            needed_by[other] = (*needed_by.get(other, ()), name)
    cycles = strongly_connected(needs)
    cycle_of = {name: place for place, cycle in enumerate(cycles) for name in cycle}
    return Dependencies(needs, needed_by, cycles, cycle_of)


def strongly_connected(needs: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Strongly connected components, each sorted, in topological order: what is needed comes first.

    Tarjan's algorithm (SIAM J. Comput. 1(2), 1972), with a stack of its own instead of recursion. Names
    decide ties.
    """
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[tuple[str, ...]] = []
    on_stack: set[str] = set()
    for root in sorted(needs):
        path = [(root, 0)] if root not in number else []
        while path:
            name, place = path.pop()
            if place == 0:
                number[name] = lowest[name] = len(number)
                stack.append(name)
                on_stack.add(name)
            others = [other for other in needs[name] if other in needs]
            for step in range(place, len(others)):
                other = others[step]
                if other not in number:
                    path += [(name, step + 1), (other, 0)]
                    break
                if other in on_stack:
                    lowest[name] = min(lowest[name], lowest[other])
            else:
                if lowest[name] == number[name]:
                    found.append(_cut(stack, on_stack, name))
                if path:
                    above = path[-1][0]
                    lowest[above] = min(lowest[above], lowest[name])
    return tuple(found)


def _cut(stack: list[str], on_stack: set[str], name: str) -> tuple[str, ...]:
    """Take a finished component off the stack."""
    members: list[str] = []
    while not members or members[-1] != name:
        members.append(stack.pop())
    on_stack.difference_update(members)
    return tuple(sorted(members))
