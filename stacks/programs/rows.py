"""Reads from a Plan what is carried out in a center, and says of the rest why it is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from cmp.model.abilities import abilities_of
from cmp.model.estate import Cloud, CloudKind, Estate
from cmp.model.plan import Placement, Plan, SecurityGroup, ZoneNetwork
from cmp.model.recovery import Role
from cmp.model.workload import RunsAs, Spread
from stacks import names

CARRIED_OUT = frozenset({CloudKind.OPENSTACK, CloudKind.AWS, CloudKind.KUBERNETES})
"""The kinds of cloud that stacks are carried out on; the others are planned for only."""

NOTHING: frozenset[CloudKind] = frozenset()
"""No kind is left out."""

OUTSIDE_ZONE = "internet"
"""The zone whose networks lead to the world, and the source that means everybody."""

NO_DRIVER = "not carried out: nothing carries out {kind} here"
LEFT_OUT = "left out: {kind} was not wanted (KUBERNETES=0)"
RESERVED = "reserved, nothing runs"
COPY_ONLY = "a copy of data, nothing runs"


@dataclass(frozen=True, slots=True)
class NotCarriedOut:
    """A row of the Plan that no stack holds, and why; `replicas` are those it would run."""

    workload: str
    component: str
    role: str
    pool: str
    replicas: int
    reason: str

    def as_output(self) -> dict[str, str | int]:
        """The form in which a stack exports it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class PlannedServer:
    """One server that a stack holds: its name, the row it belongs to, the zone it stands in."""

    name: str
    row: Placement
    zone: str


def clouds_in(plan: Plan, center: str) -> tuple[Cloud, ...]:
    """The clouds of a center that run servers and that stacks are carried out on, by id."""
    found = [cloud for cloud in _running(plan.environment.estate, RunsAs.SERVER) if cloud.center == center]
    return tuple(sorted(found, key=lambda cloud: cloud.id))


def clusters_of(plan: Plan, left_out: frozenset[CloudKind] = NOTHING) -> tuple[str, ...]:
    """The clouds that run containers and have stacks of their own, by id."""
    return clusters_in(plan.environment.estate, left_out)


def clusters_in(estate: Estate, left_out: frozenset[CloudKind] = NOTHING) -> tuple[str, ...]:
    """The same of an estate for which no Plan is made yet."""
    return tuple(
        sorted(cloud.id for cloud in _running(estate, RunsAs.CONTAINER) if cloud.kind not in left_out)
    )


def _running(estate: Estate, what: RunsAs) -> Iterator[Cloud]:
    for cloud in estate.clouds:
        if cloud.kind in CARRIED_OUT and abilities_of(cloud).runs is what:
            yield cloud


def centers_of(plan: Plan) -> tuple[str, ...]:
    """The centers that have stacks, by id."""
    ids = sorted(center.id for center in plan.environment.estate.centers)
    return tuple(center for center in ids if clouds_in(plan, center))


def networks_in(plan: Plan, cloud: str) -> tuple[ZoneNetwork, ...]:
    """The zones' networks of a cloud, by zone."""
    found = [network for network in plan.networks if network.cloud == cloud]
    return tuple(sorted(found, key=lambda network: network.zone))


def security_groups_in(plan: Plan, cloud: str) -> tuple[SecurityGroup, ...]:
    """The security groups of a cloud, by workload, component and zone."""
    found = [group for group in plan.security_groups if group.cloud == cloud]
    return tuple(sorted(found, key=lambda group: (group.workload, group.component, group.zone)))


def rows_in(plan: Plan, center: str) -> tuple[Placement, ...]:
    """The rows of a center that run as servers there, in a fixed order."""
    return tuple(row for row in _ordered(plan, center) if is_server(plan, row) and not _reason(plan, row))


def is_server(plan: Plan, row: Placement) -> bool:
    """True for a row whose replicas are servers."""
    return plan.environment.find(row.workload, row.component)[1].runs_as is RunsAs.SERVER


def not_carried_out(
    plan: Plan, center: str, left_out: frozenset[CloudKind] = NOTHING
) -> tuple[NotCarriedOut, ...]:
    """The rows of a center that no stack holds, each with its reason."""
    return tuple(
        NotCarriedOut(row.workload, row.component, str(row.role), row.pool, row.replicas, reason)
        for row in _ordered(plan, center)
        if (reason := _reason(plan, row, left_out))
    )


def servers_of(plan: Plan) -> tuple[PlannedServer, ...]:
    """Every server that the stacks of a Plan hold, by center and row."""
    return tuple(server for center in centers_of(plan) for server in _servers_in(plan, center))


def server_names(row: Placement) -> tuple[str, ...]:
    """The names of a row's servers."""
    return tuple(
        names.server(row.workload, row.component, row.role, row.pool, number + 1)
        for number in range(row.replicas)
    )


def places_of(plan: Plan, row: Placement) -> dict[str, dict[str, int]]:
    """The host that the Plan packed each of a row's servers on: its number, `of` so many of the pool."""
    packed = [
        host.host
        for packing in plan.packings
        if packing.pool == row.pool and not packing.failure
        for host in packing.hosts
        for each in host.rows
        if (each.workload, each.component, each.role) == (row.workload, row.component, row.role)
        for _ in range(each.count)
    ]
    of = plan.environment.estate.pool[row.pool].hosts
    return {name: {"host": host, "of": of} for name, host in zip(server_names(row), packed, strict=False)}


def zone_of(plan: Plan, row: Placement) -> str:
    """The zone that a row's servers stand in."""
    workload, component = plan.environment.find(row.workload, row.component)
    return workload.zone_of(component)


def max_per_host(plan: Plan, row: Placement) -> int | None:
    """The most servers of a row on one host: ceil(k / hosts) where it is spread over hosts, else None."""
    _, component = plan.environment.find(row.workload, row.component)
    if component.spread is not Spread.HOST:
        return None
    return -(-row.replicas // max(1, len(plan.environment.open_hosts(row.pool))))


def init_of(plan: Plan, row: Placement) -> str:
    """What a row's servers run at their first boot; empty where nothing is declared."""
    _, component = plan.environment.find(row.workload, row.component)
    return plan.environment.init_files[component.init] if component.init else ""


def is_public(plan: Plan, row: Placement) -> bool:
    """True when everybody may reach the row's servers: they stand in the outside zone and say so."""
    _, component = plan.environment.find(row.workload, row.component)
    exposed = any(expose.source == OUTSIDE_ZONE for expose in component.exposes)
    return exposed and zone_of(plan, row) == OUTSIDE_ZONE


def _servers_in(plan: Plan, center: str) -> Iterator[PlannedServer]:
    for row in rows_in(plan, center):
        for name in server_names(row):
            yield PlannedServer(name, row, zone_of(plan, row))


def _ordered(plan: Plan, center: str) -> list[Placement]:
    rows = [row for row in plan.placements if row.center == center]
    return sorted(rows, key=lambda row: (row.workload, row.component, row.role, row.pool))


def _reason(plan: Plan, row: Placement, left_out: frozenset[CloudKind] = NOTHING) -> str:
    """Why a row is not carried out; empty when it is."""
    if row.role is Role.BACKUP:
        return COPY_ONLY
    if row.role is Role.COLD or not row.replicas:
        return RESERVED
    kind = plan.environment.estate.cloud[row.cloud].kind
    if kind not in CARRIED_OUT:
        return NO_DRIVER.format(kind=kind)
    return LEFT_OUT.format(kind=kind) if kind in left_out else ""
