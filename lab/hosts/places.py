"""Names the nodes that every site has beside its hosts, and the addresses that they have on every site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    ip_network,
)

from cmp.model.network import Prefix
from lab.hosts.site import Site

EDGE_OLD = "edge-old"
EDGE_NEW = "edge-new"
CORE = "core"
STATION = "station"
CONTROLLER = "ctl"
TRANSLATOR = "nat64"

OLD_TRANSIT = "t-old"
NEW_TRANSIT = "t-new"
"""The bridges between the core and the edges."""

LAN = "lan"
NEW_LAN = "lan2"
"""The bridge of the new line, where it is not the old one."""

STATION_IPV4 = IPv4Address("198.18.100.10")
STATION_IPV6 = IPv6Address("2001:db8:100::10")
CONTROLLER_IPV4 = IPv4Address("198.18.101.10")
CONTROLLER_IPV6 = IPv6Address("2001:db8:101::10")

_SHORTEST_LEAF = 29
_LEAF_IPV6 = 64
_GATEWAY, _HOST = 1, 10


@dataclass(frozen=True, slots=True)
class Leaf:
    """A link between the core and one node behind it, with both ends in both families."""

    gateway_ipv4: IPv4Interface
    gateway_ipv6: IPv6Interface
    ipv4: IPv4Interface
    ipv6: IPv6Interface


def transit(number: int) -> Leaf:
    """The link between the core (`gateway`) and an edge: 1 is the old one, 2 the new one."""
    return _leaf(
        IPv4Network(f"198.18.{number}.0/30"), IPv6Network(f"2001:db8:{number}::/64"), host=_GATEWAY + 1
    )


STATION_LEAF = 100
CONTROLLER_LEAF = 101
TRANSLATOR_LEAF = 102


def leaf(number: int) -> Leaf:
    """The link between the core and a node of the lab's own: 198.18.N.0/24, 2001:db8:N::/64, host 10."""
    return _leaf(IPv4Network(f"198.18.{number}.0/24"), IPv6Network(f"2001:db8:{number}::/64"))


def zone_leaf(site: Site, zone: str) -> Leaf:
    """The link to the probe of a zone: the last small subnets of the zone that are not the site's.

    Raises:
        ValueError: the site takes all of the zone.
    """
    ipv4, ipv6 = site.zones[zone]
    held = (ip_network(address) for each in site.stand_ins.values() for address in each)
    taken: tuple[Prefix, ...] = (site.segment.ipv4, site.segment.ipv6, *held)
    return _leaf(
        IPv4Network(_last_free(ipv4, max(_SHORTEST_LEAF, ipv4.prefixlen), taken)),
        IPv6Network(_last_free(ipv6, max(_LEAF_IPV6, ipv6.prefixlen), taken)),
        host=_GATEWAY + 1,
    )


def station_ipv4(site: Site) -> IPv4Address:
    """The IPv4 address by which a site knows the station."""
    held = (each for each in site.stand_ins.get(STATION, ()) if isinstance(each, IPv4Address))
    return next(held, STATION_IPV4)


def station_ipv6(site: Site) -> IPv6Address:
    """The IPv6 address by which a site knows the station."""
    held = (each for each in site.stand_ins.get(STATION, ()) if isinstance(each, IPv6Address))
    return next(held, STATION_IPV6)


def zone_node(zone: str) -> str:
    """The name of the probe of a zone."""
    return f"zone-{zone}"


def gateways_of(site: Site) -> tuple[IPv4Interface, ...]:
    """The addresses of the old edge on the LAN: every gateway that a host names, the segment's own first."""
    named = (site.segment.old_gateway, *(host.gateway for host in site.hosts))
    return tuple(
        IPv4Interface((int(address), site.segment.old.prefixlen)) for address in dict.fromkeys(named)
    )


def _leaf(ipv4: IPv4Network, ipv6: IPv6Network, host: int = _HOST) -> Leaf:
    short = ipv4.prefixlen, ipv6.prefixlen
    first, first6 = int(ipv4.network_address), int(ipv6.network_address)
    hex_host = int(str(host), 16)  # 2001:db8:100::10 reads like 198.18.100.10
    return Leaf(
        IPv4Interface((first + _GATEWAY, short[0])),
        IPv6Interface((first6 + _GATEWAY, short[1])),
        IPv4Interface((first + host, short[0])),
        IPv6Interface((first6 + hex_host, short[1])),
    )


def _last_free(space: Prefix, length: int, taken: tuple[Prefix, ...]) -> str:
    for candidate in _from_the_end(space, length):
        if not any(_overlap(candidate, other) for other in taken):
            return str(candidate)
    raise ValueError(f"no room for a probe in {space}: {', '.join(map(str, taken))} take all of it")


def _from_the_end(space: Prefix, length: int) -> Iterator[Prefix]:
    step = 1 << (space.max_prefixlen - length)
    last = int(space.broadcast_address) + 1 - step
    for start in range(last, int(space.network_address) - 1, -step):
        if isinstance(space, IPv4Network):
            yield IPv4Network((IPv4Address(start), length))
        else:
            yield IPv6Network((IPv6Address(start), length))


def _overlap(one: Prefix, other: Prefix) -> bool:
    return one.version == other.version and one.overlaps(other)
