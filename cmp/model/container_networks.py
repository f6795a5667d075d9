"""Says which addresses containers have: what a cluster's one network is cut into, and what its packets carry.

Containers of all zones of a cluster have addresses out of the same ranges. So a cluster has one network, in
one of its zones, and whoever sees only its packets cannot tell its zones apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Final, TypeVar

from cmp.model.abilities import abilities_of
from cmp.model.container import Packets
from cmp.model.estate import Cloud
from cmp.model.network import Network, Prefix
from cmp.model.plan import ZoneNetwork

SERVICE_BITS: Final = 16
"""Bits of a cluster's Services in IPv6: Kubernetes takes 20 at most, and IPv4 has fewer."""

Pair = tuple[IPv4Network, IPv6Network]
P = TypeVar("P", IPv4Network, IPv6Network)


@dataclass(frozen=True, slots=True)
class ClusterRanges:
    """What a cluster's addresses are taken from, each in both families; no two share an address."""

    pods: Pair
    services: Pair
    nodes: Pair

    def carried(self, cloud: Cloud) -> Pair:
        """The addresses that packets between a cluster and all else really have."""
        translates = cloud.containers is not None and cloud.containers.packets is Packets.NODES
        return self.nodes if translates else self.pods


def cluster_ranges(network: ZoneNetwork) -> ClusterRanges:
    """Cut a cluster's network: half of it for pods, a quarter for nodes, the last quarter for Services.

    One address cannot be cut, and is then each of them: the lint of the address plan lets no such network be.
    """
    (pods4, rest4), (pods6, rest6) = _halves(network.ipv4), _halves(network.ipv6)
    (nodes4, services4), (nodes6, services6) = _halves(rest4), _halves(rest6)
    length = max(services6.prefixlen, services6.max_prefixlen - SERVICE_BITS)
    services = IPv6Network((services6.network_address, length))
    return ClusterRanges((pods4, pods6), (services4, services), (nodes4, nodes6))


def _halves(prefix: P) -> tuple[P, P]:
    if prefix.prefixlen == prefix.max_prefixlen:
        return prefix, prefix
    first, second = prefix.subnets()
    return first, second


def own_zones(cloud: Cloud, network: Network) -> tuple[str, ...]:
    """The zones that a cloud has a network in: all it serves, or of a cluster the strictest alone.

    Strictest is the first that is isolated, else the first: what is open to everybody in a zone then leads to
    no container of a stricter one.
    """
    if abilities_of(cloud).parts_zones or not cloud.zones:
        return cloud.zones
    isolated = {zone.id for zone in network.zones if zone.isolated}
    return (next((zone for zone in cloud.zones if zone in isolated), cloud.zones[0]),)


def own_zone(cloud: Cloud, network: Network, zone: str) -> str:
    """The zone whose network a zone's machines in a cloud have their addresses from."""
    return zone if abilities_of(cloud).parts_zones else own_zones(cloud, network)[0]


def carried(cloud: Cloud, network: ZoneNetwork) -> tuple[Prefix, Prefix]:
    """The prefixes of packets from and to what runs in a network of a cloud, in both families."""
    if abilities_of(cloud).parts_zones:
        return network.ipv4, network.ipv6
    return cluster_ranges(network).carried(cloud)


def mixed_zones(cloud: Cloud, network: Network) -> tuple[str, ...]:
    """The zones of a cloud that cannot be told apart by address while one of them is isolated; else none."""
    isolated = {zone.id for zone in network.zones if zone.isolated}
    if abilities_of(cloud).parts_zones or len(cloud.zones) == 1 or isolated.isdisjoint(cloud.zones):
        return ()
    return cloud.zones
