"""Lists the ranges that no packet of a private network may come from or go to."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network
from typing import Final

from cmp.model.network import Prefix
from cmp.network.addresses.space import bounds

FORBIDDEN: Final[tuple[tuple[Prefix, str], ...]] = tuple(
    (ip_network(text), why)
    for text, why in (
        ("0.0.0.0/8", "this network, RFC 1122 3.2.1.3"),
        ("127.0.0.0/8", "loopback, RFC 1122 3.2.1.3"),
        ("192.88.99.0/24", "6to4 relays, RFC 7526"),
        ("240.0.0.0/4", "reserved, RFC 1112 4"),
        ("::/96", "IPv4-compatible, RFC 4291 2.5.5.1"),
        ("::ffff:0:0/96", "IPv4-mapped, RFC 4291 2.5.5.2"),
        ("100::/64", "discarded, RFC 6666"),
        ("2002::/16", "6to4, RFC 7526"),
        ("fc00::/8", "no local assignment, RFC 4193 3.1"),
        ("fec0::/10", "site-local, RFC 3879"),
    )
)
"""Ranges in no use, each with the reason."""

DOCUMENTATION: Final[tuple[tuple[Prefix, str], ...]] = tuple(
    (ip_network(text), why)
    for text, why in (
        ("192.0.2.0/24", "documentation, RFC 5737"),
        ("198.51.100.0/24", "documentation, RFC 5737"),
        ("203.0.113.0/24", "documentation, RFC 5737"),
        ("2001:db8::/32", "documentation, RFC 3849"),
        ("3fff::/20", "documentation, RFC 9637"),
    )
)
"""Ranges of examples, forbidden unless an environment is itself an example."""

PRIVATE: Final[tuple[Prefix, ...]] = tuple(
    ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
"""RFC 1918; packets that name these behind 64:ff9b::/96 are dropped (RFC 6052 3.1)."""

WELL_KNOWN: Final = ip_network("64:ff9b::/96")


def forbidden(used: Iterable[Prefix], family: int) -> tuple[Prefix, ...]:
    """The ranges of a family to drop: all but those that share addresses with what is in use."""
    spans = {bounds(prefix) for prefix in used if prefix.version == family}
    return tuple(
        prefix
        for prefix, _ in (*FORBIDDEN, *DOCUMENTATION)
        if prefix.version == family and not _touches(bounds(prefix), spans)
    )


def _touches(one: tuple[int, int], spans: Iterable[tuple[int, int]]) -> bool:
    first, last = one
    return any(low <= last and first <= high for low, high in spans)
