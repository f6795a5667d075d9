"""Decides whether a set of prefixes lets in the whole world, in either address family."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

from policies.rules.values import Prefix

GLOBAL_UNICAST = IPv6Network("2000::/3")
EMBEDS_IPV4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
"""Forms in which all of IPv4 can be written as IPv6: mapped, and translated by NAT64."""
IPV4_HALF = 2**31
IPV6_HALF = 2**127
GLOBAL_UNICAST_HALF = 2**124


def open_families(prefixes: Iterable[Prefix]) -> tuple[int, ...]:
    """The families (4, 6) that the prefixes together open to the world.

    A family is open when at least half of it gets in: `0.0.0.0/0`, `::/0`, `0.0.0.0/1`, `::/1`, `2000::/3`, a
    list of smaller prefixes that adds up, or IPv4 written in IPv6 (`::ffff:0:0/96`).
    """
    given = tuple(prefixes)
    fourth = [prefix for prefix in given if isinstance(prefix, IPv4Network)]
    sixth = list(collapse_addresses(prefix for prefix in given if isinstance(prefix, IPv6Network)))
    fourth += [inner for prefix in sixth for inner in _embedded(prefix)]
    opened = []
    if _size(collapse_addresses(fourth)) >= IPV4_HALF:
        opened.append(4)
    if _size(sixth) >= IPV6_HALF or _global_size(sixth) >= GLOBAL_UNICAST_HALF:
        opened.append(6)
    return tuple(opened)


def _embedded(prefix: IPv6Network) -> Iterable[IPv4Network]:
    """The IPv4 addresses that an IPv6 prefix spells, where it lies within one of the embedding forms."""
    for form in EMBEDS_IPV4:
        if prefix.subnet_of(form):
            yield IPv4Network((int(prefix.network_address) & 0xFFFFFFFF, prefix.prefixlen - form.prefixlen))


def _size(prefixes: Iterable[Prefix]) -> int:
    return sum(prefix.num_addresses for prefix in prefixes)


def _global_size(prefixes: Iterable[IPv6Network]) -> int:
    """How many addresses of the global unicast range the (disjoint) prefixes hold."""
    return sum(
        min(prefix.num_addresses, GLOBAL_UNICAST.num_addresses)
        for prefix in prefixes
        if prefix.overlaps(GLOBAL_UNICAST)
    )
