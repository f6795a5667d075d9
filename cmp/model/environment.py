"""Gathers everything one environment declares into a single frozen value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Annotated

from pydantic import Field

from cmp.model.base import Document, Id, RelativePath, Title, grains_down
from cmp.model.cordon import Cordon, DrainKind
from cmp.model.estate import Estate
from cmp.model.network import HostList, Network
from cmp.model.policy import Calendar, Policy
from cmp.model.recovery import PROMISABLE, Failure, FailureKind, RecoveryFramework
from cmp.model.takeover import TakeoverTimes
from cmp.model.texts import Word
from cmp.model.workload import Component, Workload


class Select(Document):
    """Which workloads of the extended environment are kept."""

    workloads: tuple[Id, ...]
    """Ids of the workloads that stay; whatever they depend on has to be among them."""


class Header(Document):
    """The content of environment.yaml."""

    name: Id
    """Names the environment's Plans, stacks and state."""
    title: Title
    """Its name for people."""
    bindings: Word = "external"
    """Where the clouds are: `lab`, those that `tricenter lab up` starts here, or `external`, by the names in
    each cloud's `binding`."""
    extends: RelativePath | None = None
    """Another environment's folder, seen from this one; its files are read first, and a file of the same name
    here takes the place of its."""
    select: Select | None = None
    """Which of the workloads of the extended environment stay; left out: all of them."""


class Workloads(Document):
    """The content of workloads.yaml."""

    workloads: tuple[Workload, ...]
    """The systems; a long list may be a folder `workloads/` of several such files."""


class Calendars(Document):
    """The content of calendars.yaml."""

    calendars: tuple[Calendar, ...]
    """The calendars that demand may name."""


class Environment(Document):
    """One declared truth: what there is, what is to run on it, and what binds both."""

    name: Id
    title: Title
    bindings: Word
    estate: Estate
    network: Network
    hosts: Mapping[Id, HostList]
    workloads: tuple[Workload, ...]
    policy: Policy
    calendars: tuple[Calendar, ...]
    recovery: RecoveryFramework
    takeover: TakeoverTimes | None = None
    """What a takeover takes, with the environment's own figures; None: takeover times are not known."""
    init_files: Mapping[str, str] = Field(default_factory=dict)
    """The text of every file that a component's `init` names, by that name."""
    cordons: Annotated[tuple[Cordon, ...], Field(exclude_if=lambda cordons: not cordons)] = ()
    """What is drained now, in order of `subject`: kept with what was applied, written in no file."""

    @cached_property
    def workload(self) -> Mapping[str, Workload]:
        """Workloads by id."""
        return {workload.id: workload for workload in self.workloads}

    @cached_property
    def calendar(self) -> Mapping[str, frozenset[date]]:
        """The days of each calendar by its id."""
        return {calendar.id: calendar.days for calendar in self.calendars}

    @cached_property
    def named_pools(self) -> frozenset[str]:
        """The pools that some component requires by name."""
        return frozenset(
            name
            for workload in self.workloads
            for component in workload.components
            for name in component.require.pools
        )

    @cached_property
    def closed(self) -> Mapping[str, Cordon]:
        """The pools that nothing may stand on, each with what says so."""
        found: dict[str, Cordon] = {}
        for pool in self.estate.pools:
            center = self.estate.center_of(pool).id
            whole = {(DrainKind.POOL, pool.id), (DrainKind.CENTER, center)}
            said = [each for each in self.cordons if (each.kind, each.id) in whole]
            hosts = [each for each in self.cordons if (each.kind, each.id) == (DrainKind.HOST, pool.id)]
            if said or len({each.host for each in hosts}) >= pool.hosts:
                found[pool.id] = (said or hosts)[0]
        return found

    @cached_property
    def closed_hosts(self) -> Mapping[str, frozenset[int]]:
        """The numbers of drained hosts, for each pool that has some."""
        found: dict[str, set[int]] = {}
        for each in self.cordons:
            if each.kind is DrainKind.HOST:
                found.setdefault(each.id, set()).add(each.host)
        return {name: frozenset(hosts) for name, hosts in found.items()}

    def open_hosts(self, pool: str) -> Sequence[int]:
        """The numbers of a pool's hosts that may be placed on: as many as are usable, drained ones left out.

        A spare host stands in for a drained one. A pool drained whole has the hosts it will have again.
        """
        there = self.estate.pool[pool]
        gone = self.closed_hosts.get(pool)
        if not gone or pool in self.closed:
            return range(1, there.usable_hosts + 1)
        return [host for host in range(1, there.hosts + 1) if host not in gone][: there.usable_hosts]

    @cached_property
    def failures(self) -> tuple[Failure, ...]:
        """Every single failure that some grade may promise: each center, cloud and location."""
        ids = {
            FailureKind.CENTER: [center.id for center in self.estate.centers],
            FailureKind.CLOUD: [cloud.id for cloud in self.estate.clouds],
            FailureKind.LOCATION: [location.id for location in self.estate.locations],
        }
        return tuple(Failure(kind, name) for kind in PROMISABLE for name in sorted(ids[kind]))

    def promised(self, workload: Workload) -> tuple[Failure, ...]:
        """The failures that a workload's grade promises to survive: F(grade)."""
        kinds = self.recovery.grade(workload.recovery.grade).promises
        return tuple(failure for failure in self.failures if failure.kind in kinds)

    def rto_seconds(self, workload: Workload) -> int | None:
        """The longest that a workload may be down: its own objective or its grade's, the stricter of both.

        Whole seconds, as takeovers are counted; None where neither states one.
        """
        grade = self.recovery.grade(workload.recovery.grade)
        stated = [each for each in (workload.recovery.rto_minutes, grade.rto_minutes) if each is not None]
        return grains_down(min(stated), 60) if stated else None

    def find(self, workload: str, component: str) -> tuple[Workload, Component]:
        """A component with its workload.

        Raises:
            KeyError: there is no such workload or component.
        """
        found = self.workload[workload]
        return found, found.component[component]
