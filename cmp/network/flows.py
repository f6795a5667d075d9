"""Derives security groups from what components expose and talk to: all else is denied, both ways."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final, Literal, NamedTuple

from cmp.model.abilities import abilities_of
from cmp.model.container_networks import carried, own_zone
from cmp.model.environment import Environment
from cmp.model.network import Prefix
from cmp.model.plan import Placement, SecurityGroup, SecurityRule, ZoneNetwork
from cmp.model.recovery import Role
from cmp.model.wishes import Protocol
from cmp.model.workload import Component, Workload

ANYWHERE: Final[tuple[Prefix, ...]] = (ip_network("0.0.0.0/0"), ip_network("::/0"))
INTERNET: Final = "internet"


class Part(NamedTuple):
    """A component, named with its workload."""

    workload: str
    component: str

    def __str__(self) -> str:
        """The form people write."""
        return f"{self.workload}/{self.component}"


class Flow(NamedTuple):
    """One direction of traffic to one prefix, seen from a component."""

    direction: Literal["ingress", "egress"]
    protocol: Protocol
    port: int
    prefix: Prefix


@dataclass(frozen=True, slots=True)
class Map:
    """Where everything is: the prefixes of each zone, and those of each component's placements."""

    zones: Mapping[str, tuple[Prefix, ...]]
    parts: Mapping[Part, tuple[Prefix, ...]]


def security_groups(
    environment: Environment, networks: Iterable[ZoneNetwork], placements: Iterable[Placement]
) -> tuple[SecurityGroup, ...]:
    """One group per cloud and component placed there (backups run nothing), sorted by cloud and name.

    Its rules hold every declared flow in both families; what has no rule is denied.
    """
    clouds = _clouds(placements)
    where = _map(environment, tuple(networks), clouds)
    rules = _rules(environment, where)
    return tuple(
        SecurityGroup(
            cloud=cloud,
            zone=workload.zone_of(component),
            workload=part.workload,
            component=part.component,
            rules=rules.get(part, ()),
        )
        for cloud, part in sorted((cloud, part) for part, names in clouds.items() for cloud in names)
        for workload, component in [environment.find(*part)]
    )


def _clouds(placements: Iterable[Placement]) -> dict[Part, set[str]]:
    """The clouds that each component runs in or would take over in."""
    clouds: dict[Part, set[str]] = defaultdict(set)
    for placement in placements:
        if placement.role is not Role.BACKUP:
            clouds[Part(placement.workload, placement.component)].add(placement.cloud)
    return clouds


def _map(environment: Environment, networks: tuple[ZoneNetwork, ...], clouds: Mapping[Part, set[str]]) -> Map:
    """What runs in a cluster is known by the addresses of its packets, whichever of its zones it is in."""
    estate = environment.estate
    by_place = {(each.cloud, each.zone): carried(estate.cloud[each.cloud], each) for each in networks}
    zones: dict[str, tuple[Prefix, ...]] = defaultdict(tuple)
    for (cloud, own), prefixes in by_place.items():
        served = (own,) if abilities_of(estate.cloud[cloud]).parts_zones else estate.cloud[cloud].zones
        for zone in served:
            zones[zone] += prefixes
    parts: dict[Part, tuple[Prefix, ...]] = {}
    for part, names in clouds.items():
        workload, component = environment.find(*part)
        zone = workload.zone_of(component)
        there = [(name, own_zone(estate.cloud[name], environment.network, zone)) for name in sorted(names)]
        parts[part] = tuple(prefix for place in there for prefix in by_place.get(place, ()))
    return Map(zones, parts)


def _rules(environment: Environment, where: Map) -> dict[Part, tuple[SecurityRule, ...]]:
    """The rules of every component, the reasons of one flow joined."""
    reasons: dict[Part, dict[Flow, set[str]]] = defaultdict(lambda: defaultdict(set))
    for workload in environment.workloads:
        for component in workload.components:
            for part, flow, why in _declared(workload, component, where):
                reasons[part][flow].add(why)
    return {
        part: tuple(_rule(flow, flows[flow]) for flow in sorted(flows, key=_order))
        for part, flows in reasons.items()
    }


def _declared(workload: Workload, component: Component, where: Map) -> Iterator[tuple[Part, Flow, str]]:
    """Every flow that one component declares, for itself and for whom it talks to."""
    own = Part(workload.id, component.id)
    for exposure in component.exposes:
        sources = ANYWHERE if exposure.source == INTERNET else where.zones.get(exposure.source, ())
        for prefix in sources:
            flow = Flow("ingress", exposure.protocol, exposure.port, prefix)
            yield own, flow, f"{own} exposes it to {exposure.source}"
    for talk in component.talks_to:
        peer = Part(talk.workload or workload.id, talk.component)
        why = f"{own} talks to {peer}"
        for prefix in where.parts.get(peer, ()):
            yield own, Flow("egress", talk.protocol, talk.port, prefix), why
        for prefix in where.parts.get(own, ()):
            yield peer, Flow("ingress", talk.protocol, talk.port, prefix), why


def _order(flow: Flow) -> tuple[str, str, int, int, int, int]:
    """A key that never compares IPv4 with IPv6 addresses."""
    prefix = flow.prefix
    return (
        flow.direction,
        flow.protocol,
        flow.port,
        prefix.version,
        int(prefix.network_address),
        prefix.prefixlen,
    )


def _rule(flow: Flow, reasons: Iterable[str]) -> SecurityRule:
    return SecurityRule(
        direction=flow.direction,
        protocol=flow.protocol,
        port=flow.port,
        prefix=flow.prefix,
        why="; ".join(sorted(reasons)),
    )
