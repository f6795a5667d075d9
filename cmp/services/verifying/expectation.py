"""Derives from a Plan what each cloud has to list: servers, networks and security groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from cmp.model.plan import Placement, Plan, SecurityGroup, ZoneNetwork
from stacks import names
from stacks.programs.rows import centers_of, clouds_in, servers_of

Flow = tuple[str, str, int, str]
"""Direction, protocol, port, prefix."""


@dataclass(frozen=True, slots=True)
class ExpectedServer:
    """One server that has to run: in this pool, its availability zone, on this chip, in this network."""

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
    carried = {cloud.id for center in centers_of(plan) for cloud in clouds_in(plan, center)}
    name = plan.environment.name
    return Expectation(
        servers=tuple(_servers(plan)),
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


def _name(group: SecurityGroup) -> str:
    return names.security_group(group.workload, group.component, group.cloud, group.zone)


def flows(group: SecurityGroup) -> frozenset[Flow]:
    """The flows of a planned security group."""
    return frozenset(
        (rule.direction, rule.protocol.value, rule.port, str(rule.prefix)) for rule in group.rules
    )


def _servers(plan: Plan) -> Iterator[ExpectedServer]:
    networks = {(network.cloud, network.zone): network for network in plan.networks}
    for server in servers_of(plan):
        row = server.row
        yield ExpectedServer(
            cloud=row.cloud,
            name=server.name,
            placement=row,
            network=networks[row.cloud, server.zone],
            grade=plan.environment.workload[row.workload].recovery.grade,
            group=names.security_group(row.workload, row.component, row.cloud, server.zone),
        )
