"""Derives from a Plan what each cloud has to list: servers, networks and security groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from cmp.model.estate import CloudKind
from cmp.model.plan import Placement, Plan, SecurityGroup, ZoneNetwork
from cmp.model.workload import RunsAs
from cmp.services.access import CARRIED_OUT
from stacks import names

Flow = tuple[str, str, int, str]
"""Direction, protocol, port, prefix."""


@dataclass(frozen=True, slots=True)
class ExpectedServer:
    """One server that has to run: in this pool (its availability zone), on this chip, in this zone's network."""

    cloud: str
    name: str
    placement: Placement
    network: ZoneNetwork
    grade: int
    group: str


@dataclass(frozen=True, slots=True)
class ExpectedNetwork:
    """A zone's network in a cloud with its two prefixes."""

    cloud: str
    name: str
    ipv4: IPv4Network
    ipv6: IPv6Network


@dataclass(frozen=True, slots=True)
class ExpectedGroup:
    """A security group with exactly these flows."""

    cloud: str
    name: str
    flows: frozenset[Flow]


@dataclass(frozen=True, slots=True)
class Expectation:
    """Everything a Plan wants to be there that a cloud can list."""

    servers: tuple[ExpectedServer, ...]
    networks: tuple[ExpectedNetwork, ...]
    groups: tuple[ExpectedGroup, ...]


def expectation(plan: Plan) -> Expectation:
    """Say what every cloud with a driver has to list once the Plan is carried out."""
    carried = {cloud.id for cloud in plan.environment.estate.clouds if cloud.kind in CARRIED_OUT}
    name = plan.environment.name
    return Expectation(
        servers=tuple(_servers(plan, carried)),
        networks=tuple(
            ExpectedNetwork(zone.cloud, names.network(name, zone.cloud, zone.zone), zone.ipv4, zone.ipv6)
            for zone in plan.networks
            if zone.cloud in carried
        ),
        groups=tuple(
            ExpectedGroup(
                group.cloud,
                names.security_group(group.workload, group.component, group.cloud, group.zone),
                flows(group),
            )
            for group in plan.security_groups
            if group.cloud in carried
        ),
    )


def flows(group: SecurityGroup) -> frozenset[Flow]:
    """The flows of a planned security group."""
    return frozenset(
        (rule.direction, rule.protocol.value, rule.port, str(rule.prefix)) for rule in group.rules
    )


def not_carried_out(plan: Plan) -> tuple[Placement, ...]:
    """The rows that run something, on a cloud that has no driver here."""
    kinds: Mapping[str, CloudKind] = {cloud.id: cloud.kind for cloud in plan.environment.estate.clouds}
    return tuple(row for row in plan.placements if row.replicas and kinds[row.cloud] not in CARRIED_OUT)


def _servers(plan: Plan, carried: set[str]) -> Iterator[ExpectedServer]:
    networks = {(network.cloud, network.zone): network for network in plan.networks}
    for row in plan.placements:
        workload, component = plan.environment.find(row.workload, row.component)
        if row.cloud not in carried or component.runs_as is not RunsAs.SERVER:
            continue
        zone = workload.zone_of(component)
        group = names.security_group(row.workload, row.component, row.cloud, zone)
        for number in range(1, row.replicas + 1):
            yield ExpectedServer(
                cloud=row.cloud,
                name=names.server(row.workload, row.component, row.role, row.pool, number),
                placement=row,
                network=networks[row.cloud, zone],
                grade=workload.recovery.grade,
                group=group,
            )
