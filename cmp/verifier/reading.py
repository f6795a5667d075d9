"""Reads a Plan's rows against its environment and derives who stands where, believing nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property

from cmp.model.environment import Environment
from cmp.model.estate import Pool
from cmp.model.plan import Placement
from cmp.model.recovery import Failure, FailureKind, Role, Side
from cmp.model.workload import Component, Mode, Workload

SHANGHAI = timezone(timedelta(hours=8))
"""Declared demand is in Asia/Shanghai, which has kept UTC+8 without summer time since 1991."""

Name = tuple[str, str]
"""A workload's id and the id of one of its components."""

RowKey = tuple[str, str, Role, str]
"""What identifies a row: workload, component, role, pool."""

Group = tuple[str, ...]
"""Ids of workloads that share their centers, sorted."""


@dataclass(frozen=True)
class Reading:
    """The rows of a Plan that name only things that are there, each once, and what follows from them."""

    environment: Environment
    rows: tuple[Placement, ...]
    moment: datetime | None = None
    spent: frozenset[tuple[Name, Role]] = frozenset()
    """Sides that a loss has consumed: they may be missing, or do less than they are asked for."""

    @cached_property
    def components(self) -> Mapping[Name, tuple[Workload, Component]]:
        """Every component of the environment by name."""
        return {
            (workload.id, component.id): (workload, component)
            for workload in self.environment.workloads
            for component in workload.components
        }

    @cached_property
    def relied_on(self) -> frozenset[Name]:
        """Components of workloads that others depend hard on, and those that others talk to.

        Who talks to a workload that it depends on in mode `degraded` goes on without it.
        """
        found: set[Name] = set()
        for workload in self.environment.workloads:
            modes = {each.workload: each.mode for each in workload.depends_on}
            for name, mode in modes.items():
                parts = self.environment.workload[name].components if mode is Mode.HARD else ()
                found.update((name, part.id) for part in parts)
            for component in workload.components:
                asked = ((talk.workload or workload.id, talk.component) for talk in component.talks_to)
                others = (name for name in asked if name != (workload.id, component.id))
                found.update(name for name in others if modes.get(name[0]) is not Mode.DEGRADED)
        return frozenset(found)

    @cached_property
    def rows_of(self) -> Mapping[Name, Sequence[Placement]]:
        """Rows by component, in order of role and pool."""
        found: dict[Name, list[Placement]] = defaultdict(list)
        for row in sorted(self.rows, key=key_of):
            found[row.workload, row.component].append(row)
        return found

    @cached_property
    def sides(self) -> Mapping[tuple[Name, Role], Sequence[Placement]]:
        """Rows by component and role, in order of pool."""
        found: dict[tuple[Name, Role], list[Placement]] = defaultdict(list)
        for row in sorted(self.rows, key=key_of):
            found[(row.workload, row.component), row.role].append(row)
        return found

    @cached_property
    def rows_on(self) -> Mapping[str, Sequence[Placement]]:
        """Rows by pool."""
        found: dict[str, list[Placement]] = defaultdict(list)
        for row in self.rows:
            found[row.pool].append(row)
        return found

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Workloads that share their centers; every workload is in exactly one group."""
        return _joined([workload.id for workload in self.environment.workloads], _ties(self.environment))

    @cached_property
    def group_of(self) -> Mapping[str, Group]:
        """The group of each workload."""
        return {workload: group for group in self.groups for workload in group}

    @cached_property
    def _center_of_pool(self) -> Mapping[str, str]:
        estate = self.environment.estate
        return {pool.id: estate.cloud[pool.cloud].center for pool in estate.pools}

    def center_of(self, row: Placement) -> str:
        """The center that a row's pool stands in, whatever the row says."""
        return self._center_of_pool[row.pool]

    def centers_of(self, rows: Iterable[Placement]) -> set[str]:
        """The centers that some rows stand in."""
        return {self.center_of(row) for row in rows}

    def pool_of(self, row: Placement) -> Pool:
        """A row's pool."""
        return self.environment.estate.pool[row.pool]

    def location_of(self, center: str) -> str:
        """The location of a center."""
        return self.environment.estate.center[center].location

    @cached_property
    def lost_pools(self) -> Mapping[Failure, frozenset[str]]:
        """The pools that each promisable failure takes."""
        pools = self.environment.estate.pools
        return {
            failure: frozenset(pool.id for pool in pools if self._takes(failure, pool))
            for failure in self.environment.failures
        }

    def _takes(self, failure: Failure, pool: Pool) -> bool:
        center = self._center_of_pool[pool.id]
        return failure.id == {
            FailureKind.CLOUD: pool.cloud,
            FailureKind.CENTER: center,
            FailureKind.LOCATION: self.location_of(center),
        }.get(failure.kind)

    def members_of(self, group: Group) -> Iterator[tuple[Workload, Component, Sequence[Placement]]]:
        """Every component of a group that has sides (no quorum) and stands somewhere, with its rows."""
        for name in group:
            workload = self.environment.workload[name]
            for component in workload.components:
                rows = self.rows_of.get((name, component.id), ())
                if rows and component.quorum is None:
                    yield workload, component, rows

    def home_of(self, group: Group) -> str | None:
        """The center of a group's primaries; the first by name if they disagree, None if there are none."""
        return min(
            (
                self.center_of(row)
                for _, _, rows in self.members_of(group)
                for row in rows
                if row.role is Role.PRIMARY
            ),
            default=None,
        )

    def sides_asked(self, workload: Workload, component: Component) -> tuple[Side, ...]:
        """The sides that a component's grade asks for: none for a quorum, a backup only where data is."""
        if component.quorum is not None:
            return ()
        asked = self.environment.recovery.grade(workload.recovery.grade).sides
        return tuple(side for side in asked if side.role is not Role.BACKUP or component.data.gib > 0)


def key_of(row: Placement) -> RowKey:
    """What identifies a row."""
    return row.workload, row.component, row.role, row.pool


def subject_of(row: Placement) -> str:
    """How findings name a row."""
    return f"{row.workload}/{row.component} {row.role} on {row.pool}"


def local(moment: datetime | None) -> datetime | None:
    """A moment in the time that demand is declared in; one without a zone is taken as such."""
    if moment is None or moment.tzinfo is None:
        return moment
    return moment.astimezone(SHANGHAI)


def _ties(environment: Environment) -> Iterator[tuple[str, str]]:
    for workload in environment.workloads:
        for dependency in workload.depends_on:
            if _ties_by_distance(environment, dependency.max_rtt_ms):
                yield workload.id, dependency.workload
        for component in workload.components:
            for talk in component.talks_to:
                if talk.workload and _ties_by_distance(environment, talk.max_rtt_ms):
                    yield workload.id, talk.workload
            for name in component.together_with:
                if "/" in name:
                    yield workload.id, name.partition("/")[0]
            for near in component.near:
                if near.workload:
                    yield workload.id, near.workload


def _ties_by_distance(environment: Environment, bound: float | None) -> bool:
    """True when no two linked centers are near enough, so that only one center for both will do."""
    links = environment.estate.links
    return bound is not None and not any(link.rtt_ms.value <= bound for link in links)


def _joined(names: Sequence[str], ties: Iterable[tuple[str, str]]) -> tuple[Group, ...]:
    group_of = {name: {name} for name in names}
    for one, other in ties:
        if group_of[one] is not group_of[other]:
            merged = group_of[one] | group_of[other]
            group_of.update(dict.fromkeys(merged, merged))
    return tuple(sorted({tuple(sorted(group)) for group in group_of.values()}))
