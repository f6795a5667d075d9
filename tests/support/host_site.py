"""A small site for the host lab: three hosts, one without IPv6, one zone, NAT64, a path of 1400 bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Network
from typing import Any

from cmp.model.migration import Segment
from cmp.model.network import Translation
from lab.hosts.site import HostSpec, Service, Site

MTU = 1400


def a_segment(**changed: Any) -> Segment:
    """From 192.0.2.0/24 to 203.0.113.0/24 and a /64."""
    values: Mapping[str, Any] = {
        "old": IPv4Network("192.0.2.0/24"),
        "old_gateway": IPv4Address("192.0.2.1"),
        "ipv4": IPv4Network("203.0.113.0/24"),
        "ipv4_gateway": IPv4Address("203.0.113.1"),
        "ipv6": IPv6Network("3fff:100:a:1::/64"),
        "ipv6_gateway": IPv6Address("3fff:100:a:1::1"),
    }
    return Segment(**{**values, **changed})


def a_host(name: str, last: int, services: tuple[Service, ...] = ((443, "tcp"),), **changed: Any) -> HostSpec:
    """A host at 192.0.2.`last`."""
    spec = HostSpec(name, (IPv4Interface(f"192.0.2.{last}/24"),), IPv4Address("192.0.2.1"), services=services)
    return replace(spec, **changed)


def a_site(**changed: Any) -> Site:
    """Three hosts: an ordinary one, one that answers UDP too, one that speaks IPv4 only."""
    site = Site(
        "office",
        (
            a_host("web-1", 11),
            a_host("dns-1", 12, ((53, "tcp"), (53, "udp"))),
            a_host("scanner-1", 13, ((9100, "tcp"), (9100, "udp")), ipv6_capable=False),
        ),
        a_segment(),
        mtu=MTU,
        zones={"private": (IPv4Network("10.64.0.0/16"), IPv6Network("3fff:100:f::/48"))},
        translation=Translation(prefix=IPv6Network("3fff:100:64::/96"), pool=IPv4Network("198.51.100.0/24")),
    )
    return replace(site, **changed)
