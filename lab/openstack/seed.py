"""Fills a fresh region: zones per pool, stand-in images per instruction set, the outer network."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from openstack.connection import Connection

from cmp.model.estate import Isa
from cmp.model.network import Prefix
from lab.openstack.clients import connect
from lab.openstack.config import PROJECT, USER
from lab.openstack.layout import LabLayout
from lab.openstack.passwords import Passwords
from lab.openstack.spec import PoolSpec, RegionSpec, architecture

_EXTERNAL_IPV4 = IPv4Network("203.0.113.0/24")
_EXTERNAL_IPV6 = IPv6Network("3fff:fff::/48")
_WIDEST_SHARE = 26
_IMAGE_BYTES = 64 * 1024
"""No guest runs, so a stand-in image needs no content."""


def seed(layout: LabLayout, spec: RegionSpec, passwords: Passwords) -> None:
    """Make whatever the region lacks of its clean state; doing it twice changes nothing."""
    with connect(layout, spec.name, USER, passwords.tricenter, PROJECT) as cloud:
        for pool in spec.pools:
            _aggregate(cloud.compute, pool)
        for isa in spec.isas:
            _stand_in_image(cloud, isa)
        number = layout.regions.index(spec.name)
        _external_network(cloud.network, spec.outside, external_subnets(number, len(layout.regions)))


def external_subnets(number: int, regions: int) -> tuple[IPv4Network, IPv6Network]:
    """Give the region at place `number` (from 0) of `regions` its own share of the outer addresses."""
    length = max(_WIDEST_SHARE, _EXTERNAL_IPV4.prefixlen + (regions - 1).bit_length())
    ipv4 = list(_EXTERNAL_IPV4.subnets(new_prefix=length))[number]
    first = int(_EXTERNAL_IPV6.network_address) + ((number + 1) << 64)
    return ipv4, IPv6Network((first, 64))


def _aggregate(compute: Any, pool: PoolSpec) -> None:
    """A pool is an aggregate and an availability zone; its chip stands in the metadata for people."""
    found = next((known for known in compute.aggregates() if known.name == pool.name), None)
    aggregate = found or compute.create_aggregate(name=pool.name, availability_zone=pool.name)
    compute.set_aggregate_metadata(aggregate, {"chip": pool.chip, "isa": pool.isa.value})
    for host in pool.hosts:
        if host.name not in (aggregate.hosts or ()):
            compute.add_host_to_aggregate(aggregate, host.name)


def _stand_in_image(cloud: Connection, isa: Isa) -> None:
    """An image that stands for whatever the workloads name and nobody has built for this cloud."""
    name = f"tricenter-base-{isa.value}"
    if any(image.status == "active" for image in cloud.image.images(name=name)):
        return
    properties = {"tricenter_isa": isa.value, "tricenter_stand_in": "yes"}
    if known := architecture(isa):
        properties["hw_architecture"] = known
    glance: Any = cloud.image
    glance.create_image(
        name,
        data=bytes(_IMAGE_BYTES),
        disk_format="raw",
        container_format="bare",
        visibility="public",
        wait=True,
        **properties,
    )


def _external_network(network: Any, name: str, prefixes: Sequence[Prefix]) -> None:
    """The network of routers' gateways and floating addresses, in both families."""
    outer = network.find_network(name) or network.create_network(
        name=name,
        provider_network_type="flat",
        provider_physical_network="physnet1",
        is_router_external=True,
    )
    have = {subnet.ip_version for subnet in network.subnets(network_id=outer.id)}
    for prefix in prefixes:
        if prefix.version not in have:
            network.create_subnet(
                network_id=outer.id,
                name=f"{name}-ipv{prefix.version}",
                ip_version=prefix.version,
                cidr=str(prefix),
                is_dhcp_enabled=False,
            )
