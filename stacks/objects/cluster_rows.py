"""Reads off a Plan what one cluster runs: its rows, their namespaces, how many replicas they may reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from cmp.model.container import Entrance
from cmp.model.plan import Placement, Plan
from cmp.model.recovery import Role
from cmp.model.when import SHANGHAI, parse_when
from cmp.model.workload import Component, RunsAs, Workload
from stacks.objects import naming

MILLI = 1000


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """One row of the Plan that a cluster runs, with what declares it and where it lives there."""

    plan: Plan
    row: Placement
    workload: Workload
    component: Component

    @property
    def zone(self) -> str:
        """The zone it runs in."""
        return self.workload.zone_of(self.component)

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return naming.namespace(self.plan.environment.name, self.row.workload, self.zone)

    @property
    def name(self) -> str:
        """The name of its set."""
        return naming.row(self.row.component, self.row.role, self.row.pool)

    @property
    def entrance(self) -> Entrance | None:
        """What lets people in to its cluster; None where nothing does."""
        facts = self.plan.environment.estate.cloud[self.row.cloud].containers
        return facts.entrance if facts else None

    @property
    def most(self) -> int:
        """The most replicas its autoscaler may run: those of the largest demand of the calendar."""
        if not self.scales:
            return self.row.replicas
        factors = [each.factor_milli for each in self.component.demand]
        return max(self.row.replicas, ceil(self.row.replicas * max(factors) / self._factor))

    @property
    def scales(self) -> bool:
        """True where an autoscaler sets the number: demand is declared, and a replica more helps at once."""
        return bool(self.component.demand) and not self.component.stateful and not self.component.quorum

    @property
    def _factor(self) -> int:
        """The demand factor of the Plan's moment, in thousandths: the row's replicas have it in them."""
        moment = self.plan.origin.at
        if moment is None:
            return MILLI
        local = moment.astimezone(SHANGHAI).replace(tzinfo=None) if moment.tzinfo else moment
        calendar = self.plan.environment.calendar
        held = [
            each.factor_milli
            for each in self.component.demand
            if parse_when(each.when).covers(local, calendar)
        ]
        return max(held, default=MILLI)


def rows_of(plan: Plan, cloud: str) -> tuple[ClusterRow, ...]:
    """The rows that run as containers in a cluster, in a fixed order."""
    found = [
        ClusterRow(plan, row, *plan.environment.find(row.workload, row.component))
        for row in plan.placements
        if row.cloud == cloud and runs(plan, row)
    ]
    return tuple(sorted(found, key=lambda each: (each.namespace, each.name)))


def runs(plan: Plan, row: Placement) -> bool:
    """True for a row of containers that runs in normal time."""
    _, component = plan.environment.find(row.workload, row.component)
    carried = component.runs_as is RunsAs.CONTAINER and row.role not in {Role.BACKUP, Role.COLD}
    return carried and row.replicas > 0


def namespaces_of(plan: Plan, cloud: str) -> Mapping[str, tuple[ClusterRow, ...]]:
    """The rows of each namespace of a cluster, by its name."""
    found: dict[str, list[ClusterRow]] = {}
    for each in rows_of(plan, cloud):
        found.setdefault(each.namespace, []).append(each)
    return {name: tuple(rows) for name, rows in sorted(found.items())}


def components_of(plan: Plan, cloud: str) -> Mapping[tuple[str, str], tuple[ClusterRow, ...]]:
    """The rows of each component in a cluster, by namespace and component."""
    found: dict[tuple[str, str], list[ClusterRow]] = {}
    for each in rows_of(plan, cloud):
        found.setdefault((each.namespace, each.row.component), []).append(each)
    return {name: tuple(rows) for name, rows in sorted(found.items())}
