"""Joins workloads that have to share their centers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from cmp.model.environment import Environment
from cmp.model.estate import Estate
from cmp.model.workload import Component, Workload


@dataclass(frozen=True, slots=True)
class Group:
    """Workloads that share each center, in order of id; the group goes by the first one's name."""

    workloads: tuple[Workload, ...]

    @property
    def name(self) -> str:
        """What it is called."""
        return self.workloads[0].id

    @property
    def members(self) -> tuple[str, ...]:
        """The ids of its workloads."""
        return tuple(workload.id for workload in self.workloads)


class Bounded(NamedTuple):
    """A round trip that may not be slower than a bound; component '' stands for the whole workload.

    Without a figure any link will do, and without a link none does.
    """

    workload: str
    component: str
    asked: str
    asked_component: str
    max_rtt_ms: float | None

    def allows(self, rtt_ms: float | None) -> bool:
        """True when a round trip (None: there is no link) is fast enough."""
        return rtt_ms is not None and (self.max_rtt_ms is None or rtt_ms <= self.max_rtt_ms)

    @property
    def words(self) -> str:
        """What is asked for."""
        return "one is needed" if self.max_rtt_ms is None else f"at most {self.max_rtt_ms:g} ms"


def groups_of(environment: Environment) -> tuple[Group, ...]:
    """Every group, in order of its first workload's id."""
    root = {workload.id: workload.id for workload in environment.workloads}

    def find(name: str) -> str:
        while root[name] != name:
            name = root[name]
        return name

    for one, other in _ties(environment):
        first, second = sorted((find(one), find(other)))
        root[second] = first
    members: dict[str, list[Workload]] = {}
    for workload in sorted(environment.workloads, key=lambda each: each.id):
        members.setdefault(find(workload.id), []).append(workload)
    return tuple(Group(tuple(each)) for _, each in sorted(members.items()))


def bounded(environment: Environment) -> tuple[Bounded, ...]:
    """Every round trip that a workload asks for, with a figure or without, `talks_to` first."""
    return tuple(
        bound
        for workload in environment.workloads
        for bound in (*_talks(workload), *_dependencies(workload))
        if bound.asked in environment.workload
    )


def binding(environment: Environment) -> tuple[Bounded, ...]:
    """Those that some choice of centers could break: where all are linked, only those with a figure."""
    every = environment.estate.is_connected
    return tuple(bound for bound in bounded(environment) if not every or bound.max_rtt_ms is not None)


def _talks(workload: Workload) -> Iterator[Bounded]:
    for component in workload.components:
        for talk in component.talks_to:
            asked = talk.workload or workload.id
            near = asked == workload.id and _share_centers(component, workload.component[talk.component])
            if talk.max_rtt_ms is not None or not near:
                yield Bounded(workload.id, component.id, asked, talk.component, talk.max_rtt_ms)


def _share_centers(one: Component, other: Component) -> bool:
    """True when two components of a workload stand side by side: neither is a quorum."""
    return one.quorum is None and other.quorum is None


def _dependencies(workload: Workload) -> Iterator[Bounded]:
    for dependency in workload.depends_on:
        yield Bounded(workload.id, "", dependency.workload, "", dependency.max_rtt_ms)


def _ties(environment: Environment) -> Iterator[tuple[str, str]]:
    """Pairs of workloads that `together_with`, `near` or a short round trip keeps together."""
    for workload in environment.workloads:
        for component in workload.components:
            for name in component.together_with:
                other, slash, _ = name.partition("/")
                if slash:
                    yield workload.id, other
            for near in component.near:
                if near.workload in environment.workload:
                    yield workload.id, str(near.workload)
    for bound in bounded(environment):
        if bound.workload != bound.asked and not _some_link_meets(bound, environment.estate):
            yield bound.workload, bound.asked


def _some_link_meets(bound: Bounded, estate: Estate) -> bool:
    """True when two linked centers are near enough; a bound without a figure keeps nobody together."""
    return bound.max_rtt_ms is None or any(bound.allows(link.rtt_ms.value) for link in estate.links)
