"""Checks the zones' networks: who needs one has it, inside the plan in both families, free of overlaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from cmp.model.container_networks import mixed_zones, own_zone
from cmp.model.environment import Environment
from cmp.model.network import Prefix
from cmp.model.plan import Placement, ZoneNetwork
from cmp.model.policy import RuleLevel
from cmp.model.recovery import Role
from cmp.sentences import Sentence
from cmp.verifier.findings import Finding
from cmp.verifier.reading import Reading, subject_of

TOLD_APART = "zones-told-apart"
"""The rule that has to be set to mandatory: of itself it is advice."""


def zone_of(reading: Reading, row: Placement) -> str:
    """The zone a row's component runs in."""
    workload, component = reading.components[row.workload, row.component]
    return workload.zone_of(component)


def place_of(reading: Reading, row: Placement) -> tuple[str, str]:
    """The cloud a row stands in, and the zone in which that has the network of the row's machines."""
    environment = reading.environment
    cloud = environment.estate.cloud[reading.pool_of(row).cloud]
    return cloud.id, own_zone(cloud, environment.network, zone_of(reading, row))


def may_run(row: Placement) -> bool:
    """True for a row that runs, or may run, on a cloud: as servers or as containers."""
    return row.role is not Role.BACKUP


def check_networks(reading: Reading, networks: Sequence[ZoneNetwork]) -> Iterator[Finding]:
    """Each network by itself, each two together, and each row's."""
    there = set()
    for network in networks:
        there.add((network.cloud, network.zone))
        yield from _known(reading.environment, network)
        yield from _inside(reading.environment, network)
    yield from _apart(networks)
    yield from _told_apart(reading)
    for row in reading.rows:
        cloud, zone = place_of(reading, row)
        if may_run(row) and (cloud, zone) not in there:
            yield Finding(
                "network-missing",
                subject_of(row),
                Sentence("there is no network of zone {zone} in {cloud}", zone=zone, cloud=cloud),
            )


def _known(environment: Environment, network: ZoneNetwork) -> Iterator[Finding]:
    cloud = environment.estate.cloud.get(network.cloud)
    if cloud is None:
        yield Finding("network-unknown", _subject(network), "there is no such cloud")
        return
    if network.center != cloud.center:
        yield Finding(
            "network-unknown",
            _subject(network),
            Sentence("says center {center}; is in {center2}", center=network.center, center2=cloud.center),
        )
    if network.zone not in cloud.zones:
        yield Finding(
            "network-unknown",
            _subject(network),
            Sentence("{id} serves {names}", id=cloud.id, names=", ".join(cloud.zones)),
        )


def _inside(environment: Environment, network: ZoneNetwork) -> Iterator[Finding]:
    """Inside the fixed allocation of its center and zone, else inside the plan; outside those of others."""
    plan = environment.network.address_plan
    for own, whole, family in (
        (network.ipv4, plan.ipv4.supernet, "ipv4"),
        (network.ipv6, plan.ipv6.prefix, "ipv6"),
    ):
        allowed: Prefix = whole
        for allocation in environment.network.allocations:
            prefix: Prefix = getattr(allocation, family)
            if (allocation.center, allocation.zone) == (network.center, network.zone):
                allowed = prefix
            elif own.overlaps(prefix):
                yield Finding(
                    "network-range",
                    _subject(network),
                    Sentence(
                        "{own} lies in {prefix}, which belongs to {zone} in {center}",
                        own=own,
                        prefix=prefix,
                        zone=allocation.zone,
                        center=allocation.center,
                    ),
                )
        if not _within(own, allowed):
            yield Finding(
                "network-range",
                _subject(network),
                Sentence("{own} lies outside {allowed}", own=own, allowed=allowed),
            )


def _apart(networks: Sequence[ZoneNetwork]) -> Iterator[Finding]:
    for one, other in combinations(networks, 2):
        if (one.cloud, one.zone) == (other.cloud, other.zone):
            yield Finding("network-overlap", _subject(one), "is listed more than once")
        for mine, theirs in ((one.ipv4, other.ipv4), (one.ipv6, other.ipv6)):
            if mine.overlaps(theirs):
                yield Finding(
                    "network-overlap",
                    _subject(one),
                    Sentence(
                        "{mine} overlaps {theirs} of {other}", mine=mine, theirs=theirs, other=_subject(other)
                    ),
                )


def _told_apart(reading: Reading) -> Iterator[Finding]:
    """Where the policy says so, a cluster runs nothing of an isolated zone beside what is of another zone."""
    environment = reading.environment
    rules = {setting.id: setting.level for setting in environment.policy.rules}
    if rules.get(TOLD_APART) is not RuleLevel.MANDATORY:
        return
    for cloud in environment.estate.clouds:
        zones = mixed_zones(cloud, environment.network)
        used = {
            zone_of(reading, row)
            for row in reading.rows
            if may_run(row) and reading.pool_of(row).cloud == cloud.id
        }
        isolated = {zone.id for zone in environment.network.zones if zone.isolated}
        if zones and len(used) > 1 and used & isolated:
            yield Finding(
                "zones-mixed",
                f"cloud {cloud.id}",
                Sentence(
                    "packets of the zones {names} have the same addresses", names=", ".join(sorted(used))
                ),
            )


def _within(prefix: Prefix, whole: Prefix) -> bool:
    return (
        prefix.version == whole.version
        and prefix.prefixlen >= whole.prefixlen
        and prefix.network_address in whole
    )


def _subject(network: ZoneNetwork) -> str:
    return f"network {network.zone} in {network.cloud}"
