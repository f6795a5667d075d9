"""Turns an estate's Kubernetes clouds into clusters with the nodes of their pools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Network, ip_network
from math import floor

from cmp.clouds.kubernetes.marks import ARCH_LABEL, HOST_LABEL, POOL_LABEL
from cmp.clouds.kubernetes.names import CHIP_LABEL, accelerator_resource
from cmp.errors import Invalid
from cmp.model.container_networks import cluster_ranges
from cmp.model.estate import Chip, Cloud, CloudKind, Estate, Pool
from cmp.model.plan import ZoneNetwork
from cmp.sentences import Sentence

ZONE = "topology.kubernetes.io/zone"
_USUAL, _PODS = 25, 110
_MOST = 55
"""Clusters of one lab: the second number of their IPv4 ranges ends at 255."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """What a cluster's addresses are taken from: pairs of an IPv4 and an IPv6 prefix."""

    pods: tuple[str, str]
    services: tuple[str, str]
    nodes: tuple[str, str]

    def masks(self, nodes: int) -> tuple[int, int]:
        """The lengths of the prefixes that so many nodes get for their pods, at most 128 addresses each."""
        lengths = [ip_network(prefix).prefixlen for prefix in self.pods]
        bits = max((nodes - 1).bit_length(), _USUAL - lengths[0], 0)
        return lengths[0] + bits, lengths[1] + bits

    def pods_a_node(self, nodes: int) -> int:
        """How many pods each of so many nodes can have an address for; a kubelet's own limit is 110."""
        return min(_PODS, (1 << (32 - self.masks(nodes)[0])) - 2)

    @property
    def groups6(self) -> str:
        """What the IPv6 addresses of pods begin with: five groups; three numbers of the IPv4 one follow."""
        first = IPv6Network(self.pods[1]).network_address.exploded.split(":")[:5]
        return ":".join(f"{int(group, 16):x}" for group in first)

    def of_node(self, number: int) -> tuple[str, str]:
        """The addresses of a node by its number, from 1."""
        return str(ip_network(self.nodes[0])[number]), str(ip_network(self.nodes[1])[number])


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One node: its labels, what it offers by Kubernetes' resource names, and its two addresses."""

    name: str
    labels: Mapping[str, str]
    offers: Mapping[str, str]
    addresses: tuple[str, str]
    isa: str


@dataclass(frozen=True, slots=True)
class ClusterSpec:
    """One cluster: one cloud of the estate, by whose id it is called, and the context that reaches it."""

    name: str
    context: str
    ranges: Ranges
    nodes: tuple[NodeSpec, ...] = ()


def clusters(estate: Estate, networks: Sequence[ZoneNetwork] = ()) -> tuple[ClusterSpec, ...]:
    """Describe a cluster per Kubernetes cloud, in the estate's order.

    Their addresses are those that Plans count with, out of the `networks` that clouds were given; one that
    was given none has illustrative ones.

    Raises:
        Invalid: two clouds name the same context, or there are more than 55.
    """
    clouds = [cloud for cloud in estate.clouds if cloud.kind is CloudKind.KUBERNETES]
    names = [context_of(cloud) for cloud in clouds]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise Invalid(
            Sentence("two Kubernetes clouds are bound to the same context: {names}", names=", ".join(doubled))
        )
    if len(clouds) > _MOST:
        raise Invalid(
            Sentence(
                "a lab has {MOST} clusters at most; this estate asks for {clouds}",
                MOST=_MOST,
                clouds=len(clouds),
            )
        )
    given = {network.cloud: network for network in networks}
    return tuple(
        _cluster(cloud, estate, _cut(given[cloud.id]) if cloud.id in given else ranges(number))
        for number, cloud in enumerate(clouds)
    )


def _cut(network: ZoneNetwork) -> Ranges:
    cut = cluster_ranges(network)
    return Ranges(*((str(four), str(six)) for four, six in (cut.pods, cut.services, cut.nodes)))


def context_of(cloud: Cloud) -> str:
    """The context by which a cloud is reached; its id where none is named."""
    return cloud.binding.context or cloud.id


def ranges(number: int) -> Ranges:
    """The illustrative ranges of a lab's cluster at a place, from 0."""
    return Ranges(
        pods=(f"10.{200 + number}.0.0/16", f"3fff:200:{number:x}::/48"),
        services=(f"10.{144 + number}.0.0/16", f"3fff:201:{number:x}::/112"),
        nodes=(f"10.199.{number * 4}.0/22", f"3fff:202:{number:x}::/64"),
    )


def _cluster(cloud: Cloud, estate: Estate, given: Ranges) -> ClusterSpec:
    pools = [pool for pool in estate.pools if pool.cloud == cloud.id]
    pods = given.pods_a_node(sum(pool.hosts for pool in pools))
    where = {ZONE: cloud.center}
    nodes: list[NodeSpec] = []
    for pool in pools:
        chip = estate.chip[pool.chip]
        for host in range(1, pool.hosts + 1):
            name = f"{pool.id}-{host}"
            sizes = {**_offers(pool), "pods": str(pods)}
            nodes.append(
                NodeSpec(
                    name,
                    _labels(pool, chip, name) | where,
                    sizes,
                    given.of_node(len(nodes) + 1),
                    _isa(pool, chip),
                )
            )
    return ClusterSpec(cloud.id, context_of(cloud), given, tuple(nodes))


def _isa(pool: Pool, chip: Chip) -> str:
    if chip.isa is None:
        raise Invalid(Sentence("pool {id} has {id2} as its chip, which is no CPU", id=pool.id, id2=chip.id))
    return chip.isa.value


def _labels(pool: Pool, chip: Chip, name: str) -> dict[str, str]:
    return {
        ARCH_LABEL: _isa(pool, chip),
        "kubernetes.io/os": "linux",
        HOST_LABEL: name,
        POOL_LABEL: pool.id,
        CHIP_LABEL: pool.chip,
    }


def _offers(pool: Pool) -> dict[str, str]:
    """What is promised of a host is what the node offers: overcommit is in it already."""
    size = pool.per_host
    cards = {accelerator_resource(card): str(count) for card, count in size.accelerators.items() if count}
    return {
        "cpu": f"{floor(size.vcpus * pool.overcommit.vcpus * 1000)}m",
        "memory": f"{floor(size.memory_gib * 1024 * pool.overcommit.memory)}Mi",
        "ephemeral-storage": f"{size.disk_gib}Gi",
        **cards,
    }
