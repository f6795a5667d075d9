"""Checks security groups against declared flows: each has its rules in both families, nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple

from cmp.model.abilities import abilities_of
from cmp.model.container_networks import carried
from cmp.model.network import Prefix
from cmp.model.plan import Plan, SecurityGroup, SecurityRule, ZoneNetwork
from cmp.model.recovery import Role
from cmp.model.wishes import Protocol
from cmp.model.workload import Component
from cmp.sentences import Sentence
from cmp.verifier.findings import Finding
from cmp.verifier.networks import may_run, place_of, zone_of
from cmp.verifier.reading import Name, Reading

ANYWHERE: tuple[Prefix, Prefix] = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
INTERNET = "internet"
"""The zone whose flows come from anywhere."""


class Opening(NamedTuple):
    """A flow into or out of a component, without its far end."""

    direction: str
    protocol: Protocol
    port: int


Flows = Mapping[Name, Mapping[Opening, set[Prefix]]]
"""For each component the far ends of its declared flows."""


def check_firewall(reading: Reading, plan: Plan) -> Iterator[Finding]:
    """Every row that may run has a security group with exactly the declared flows, open to their far ends."""
    flows = _flows(reading, plan.networks)
    wanted = {
        (reading.pool_of(row).cloud, zone_of(reading, row), row.workload, row.component)
        for row in reading.rows
        if may_run(row)
    }
    listed: set[tuple[str, str, str, str]] = set()
    for group in plan.security_groups:
        key = (group.cloud, group.zone, group.workload, group.component)
        if key in listed:
            yield Finding("rules-undeclared", _subject(key), "is listed more than once")
        elif key not in wanted:
            yield Finding("rules-undeclared", _subject(key), "belongs to no row")
        else:
            yield from _group(_subject(key), group, flows[group.workload, group.component])
        listed.add(key)
    for key in sorted(wanted - listed):
        yield Finding("rules-missing", _subject(key), "is not there")


def _group(subject: str, group: SecurityGroup, flows: Mapping[Opening, set[Prefix]]) -> Iterator[Finding]:
    for opening, prefixes in sorted(flows.items()):
        for prefix in sorted(prefixes, key=str):
            if not any(_covers(rule, opening, prefix) for rule in group.rules):
                yield Finding(
                    "rules-missing",
                    subject,
                    Sentence("has no {opening} for {prefix}", opening=_told(opening), prefix=prefix),
                )
    for rule in group.rules:
        opening = Opening(rule.direction, rule.protocol, rule.port)
        if not any(_within(rule.prefix, prefix) for prefix in flows.get(opening, ())):
            yield Finding(
                "rules-undeclared",
                subject,
                Sentence(
                    "opens {opening} for {prefix}; nothing asks for it",
                    opening=_told(opening),
                    prefix=rule.prefix,
                ),
            )


def _flows(reading: Reading, networks: Sequence[ZoneNetwork]) -> Flows:
    flows: dict[Name, dict[Opening, set[Prefix]]] = {name: defaultdict(set) for name in reading.components}
    for (workload, component), (_, declared) in reading.components.items():
        for exposed in declared.exposes:
            opening = Opening("ingress", exposed.protocol, exposed.port)
            flows[workload, component][opening].update(_zone(reading, networks, exposed.source))
        for asked, talk in _talks(workload, declared):
            mine, theirs = (_around(reading, networks, name) for name in ((workload, component), asked))
            flows[asked][Opening("ingress", *talk)].update(mine)
            flows[workload, component][Opening("egress", *talk)].update(theirs)
    return flows


def _talks(workload: str, component: Component) -> Iterator[tuple[Name, tuple[Protocol, int]]]:
    for talk in component.talks_to:
        yield (talk.workload or workload, talk.component), (talk.protocol, talk.port)


def _zone(reading: Reading, networks: Sequence[ZoneNetwork], zone: str) -> Iterator[Prefix]:
    """What a zone's packets have as addresses; those of a cluster have the same in all zones it serves."""
    if zone == INTERNET:
        yield from ANYWHERE
        return
    for network in networks:
        cloud = reading.environment.estate.cloud.get(network.cloud)
        if cloud is None:
            continue
        if zone in ({network.zone} if abilities_of(cloud).parts_zones else cloud.zones):
            yield from carried(cloud, network)


def _around(reading: Reading, networks: Sequence[ZoneNetwork], name: Name) -> Iterator[Prefix]:
    """The addresses of packets in every network of the Plan that a component runs in, or may run in."""
    places = {place_of(reading, row) for row in reading.rows_of.get(name, ()) if row.role is not Role.BACKUP}
    for network in networks:
        if (network.cloud, network.zone) in places:
            yield from carried(reading.environment.estate.cloud[network.cloud], network)


def _covers(rule: SecurityRule, opening: Opening, prefix: Prefix) -> bool:
    return Opening(rule.direction, rule.protocol, rule.port) == opening and _within(prefix, rule.prefix)


def _within(prefix: Prefix, whole: Prefix) -> bool:
    return (
        prefix.version == whole.version
        and prefix.prefixlen >= whole.prefixlen
        and prefix.network_address in whole
    )


def _told(opening: Opening) -> str:
    return f"{opening.direction} {opening.protocol} {opening.port}"


def _subject(key: tuple[str, str, str, str]) -> str:
    cloud, zone, workload, component = key
    return f"security group of {workload}/{component} in {cloud} {zone}"
