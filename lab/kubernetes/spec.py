"""Turns an estate's Kubernetes clouds into clusters with the nodes of their pools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor

from cmp.clouds.kubernetes.marks import ARCH_LABEL, HOST_LABEL, POOL_LABEL
from cmp.clouds.kubernetes.names import CHIP_LABEL, accelerator_resource
from cmp.errors import Invalid
from cmp.model.estate import Chip, Cloud, CloudKind, Estate, Pool
from cmp.sentences import Sentence

ZONE = "topology.kubernetes.io/zone"
_MOST = 55
"""Clusters of one lab: the second number of their IPv4 ranges ends at 255."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """What a cluster's addresses are taken from: pairs of an IPv4 and an IPv6 prefix."""

    pods: tuple[str, str]
    services: tuple[str, str]


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


def clusters(estate: Estate) -> tuple[ClusterSpec, ...]:
    """Describe a cluster per Kubernetes cloud, in the estate's order.

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
    return tuple(_cluster(cloud, number, estate) for number, cloud in enumerate(clouds))


def context_of(cloud: Cloud) -> str:
    """The context by which a cloud is reached; its id where none is named."""
    return cloud.binding.context or cloud.id


def ranges(number: int) -> Ranges:
    """The illustrative ranges of a lab's cluster at a place, from 0."""
    return Ranges(
        pods=(f"10.{200 + number}.0.0/16", f"3fff:200:{number:x}::/48"),
        services=(f"10.{144 + number}.0.0/16", f"3fff:201:{number:x}::/112"),
    )


def _cluster(cloud: Cloud, number: int, estate: Estate) -> ClusterSpec:
    pools = [pool for pool in estate.pools if pool.cloud == cloud.id]
    where = {ZONE: cloud.center}
    nodes: list[NodeSpec] = []
    for pool in pools:
        chip = estate.chip[pool.chip]
        for host in range(1, pool.hosts + 1):
            nodes.append(_node(pool, chip, host, where, _addresses(number, len(nodes) + 1)))
    return ClusterSpec(cloud.id, context_of(cloud), ranges(number), tuple(nodes))


def _addresses(cluster: int, node: int) -> tuple[str, str]:
    return f"10.199.{cluster * 4 + node // 250}.{node % 250 + 1}", f"3fff:202:{cluster:x}::{node:x}"


def _node(
    pool: Pool, chip: Chip, host: int, where: Mapping[str, str], addresses: tuple[str, str]
) -> NodeSpec:
    """What is promised of a host is what the node offers: overcommit is in it already."""
    if chip.isa is None:
        raise Invalid(Sentence("pool {id} has {id2} as its chip, which is no CPU", id=pool.id, id2=chip.id))
    name, size = f"{pool.id}-{host}", pool.per_host
    cards = {accelerator_resource(card): str(count) for card, count in size.accelerators.items() if count}
    return NodeSpec(
        name,
        {
            ARCH_LABEL: chip.isa.value,
            "kubernetes.io/os": "linux",
            HOST_LABEL: name,
            POOL_LABEL: pool.id,
            CHIP_LABEL: pool.chip,
            **where,
        },
        {
            "cpu": f"{floor(size.vcpus * pool.overcommit.vcpus * 1000)}m",
            "memory": f"{floor(size.memory_gib * 1024 * pool.overcommit.memory)}Mi",
            "ephemeral-storage": f"{size.disk_gib}Gi",
            "pods": "110",
            **cards,
        },
        addresses,
        chip.isa.value,
    )
