"""Derives from two Plans and a loss what survived, who is hit, and where each group may go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cmp.model.estate import Pool
from cmp.model.plan import Placement
from cmp.model.recovery import Failure, FailureKind, Role
from cmp.model.workload import Component
from cmp.verifier.drains import hosts_left
from cmp.verifier.reading import Group, Name, Reading

Spot = tuple[str, str, str]
"""Workload, component and pool of a row."""


@dataclass(frozen=True)
class Departure:
    """What stood before a loss, what stands after it, and the pools that it took."""

    stood: Reading
    stands: Reading
    failures: tuple[Failure, ...]
    lost: frozenset[str]

    @cached_property
    def before(self) -> Mapping[Spot, Placement]:
        """Rows before, by where they are."""
        return {spot_of(row): row for row in self.stood.rows}

    @cached_property
    def after(self) -> Mapping[Spot, Placement]:
        """Rows after, by where they are."""
        return {spot_of(row): row for row in self.stands.rows}

    def survived(self) -> Iterator[Placement]:
        """The rows before that the loss left where they were."""
        return (row for row in self.stood.rows if row.pool not in self.lost)

    def hit(self, group: Group) -> bool:
        """True where the loss took any row of a group."""
        return any(row.pool in self.lost for row in self.stood.rows if row.workload in group)

    def side_hit(self, name: Name, role: Role) -> bool:
        """True where the loss took any row of a side."""
        return any(row.pool in self.lost for row in self.stood.sides.get((name, role), ()))

    @cached_property
    def goes(self) -> Mapping[Group, str | None]:
        """Where each group of which a primary is lost may go on: None where it can nowhere."""
        return {group: self._goes(group) for group in self.stood.groups if self.homeless(group)}

    def homeless(self, group: Group) -> bool:
        """True where the loss took a primary of a group's workload that has another side to go to."""
        return any(
            row.role is Role.PRIMARY and row.pool in self.lost and row.workload in self._able(group)
            for row in self.stood.rows
            if row.workload in group
        )

    def _able(self, group: Group) -> frozenset[str]:
        """The workloads of a group that have some side besides their primary."""
        roles = {Role.ACTIVE, Role.WARM, Role.COLD}
        return frozenset(
            row.workload for row in self.stood.rows if row.workload in group and row.role in roles
        )

    def _goes(self, group: Group) -> str | None:
        home = self.stood.home_of(group)
        if home is None:
            return None
        city = self.stood.location_of(home)

        def distance(center: str) -> tuple[bool, bool, str]:
            return center != home, self.stood.location_of(center) != city, center

        wanted = [
            (workload.id, component.id)
            for workload, component, _ in self.stood.members_of(group)
            if workload.id in self._able(group)
        ]
        for center in sorted(self.stood.environment.estate.center, key=distance):
            if all(self.side_in(name, center) is not None for name in wanted):
                return center
        return None

    def side_in(self, name: Name, center: str) -> Role | None:
        """The first side of a component that survived as a whole in a center."""
        for role in (Role.PRIMARY, Role.ACTIVE, Role.WARM, Role.COLD):
            rows = self.stood.sides.get((name, role), ())
            if rows and all(
                row.pool not in self.lost and self.stood.center_of(row) == center for row in rows
            ):
                return role
        return None

    def moved(self, workload: str) -> bool:
        """True where what runs of a workload was another side before."""
        return any(
            row.role is Role.PRIMARY and spot in self.before and self.before[spot].role is not Role.PRIMARY
            for spot, row in self.after.items()
            if row.workload == workload
        )

    @cached_property
    def changed(self) -> frozenset[str]:
        """The pools on which the loss leaves something more than before, or fewer hosts."""
        grown = {
            row.pool
            for spot, row in self.after.items()
            if spot not in self.before
            or self.before[spot].replicas < row.replicas
            or self.before[spot].role is not row.role
        }
        fewer = {each.id.partition("/")[0] for each in self.failures if each.kind is FailureKind.HOST}
        return frozenset(grown | fewer)

    def component(self, name: Name) -> Component:
        """A component as it was before."""
        return self.stood.components[name][1]


def departure_of(stood: Reading, stands: Reading, failures: Sequence[Failure]) -> Departure:
    """Read a loss: pools that it takes, and those of which it leaves no host."""
    environment = stands.environment
    pools = frozenset(
        pool.id
        for pool in environment.estate.pools
        if any(_takes(stood, failure, pool) for failure in failures) or not hosts_left(environment, pool)
    )
    return Departure(stood, stands, tuple(failures), pools)


def _takes(reading: Reading, failure: Failure, pool: Pool) -> bool:
    center = reading.environment.estate.cloud[pool.cloud].center
    names = {
        FailureKind.CLOUD: pool.cloud,
        FailureKind.CENTER: center,
        FailureKind.LOCATION: reading.location_of(center),
    }
    return names.get(failure.kind) == failure.id


def spot_of(row: Placement) -> Spot:
    """Where a row is."""
    return row.workload, row.component, row.pool
