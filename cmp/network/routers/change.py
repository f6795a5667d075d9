"""Describes what one router changes in one go, without a word of any maker's language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import Protocol

from cmp.model.network import Prefix

Interface = IPv4Interface | IPv6Interface


@dataclass(frozen=True, slots=True)
class Advertisement:
    """The prefix of a LAN's router advertisements; hosts make addresses of it only where `autonomous`.

    Lifetimes are in seconds. A prefix that is not yet in use is advertised without the autonomous flag
    (RFC 4861 4.6.2, RFC 4192 2.3).
    """

    prefix: IPv6Network
    autonomous: bool = False
    valid: int = 86_400
    preferred: int = 14_400


@dataclass(frozen=True, slots=True)
class Port:
    """An interface with the addresses it gets beside those it has, and what runs on it.

    `vlan` makes it a sub-interface of `name`. `area` is the OSPF area of both families, where it has one; a
    `passive` port announces its prefixes and speaks to nobody, a `point_to_point` one leads to one router
    alone, which both ends must say alike. `sources` are the only prefixes, old and new, that packets entering
    by it may come from (BCP 38); none: not filtered.
    """

    name: str
    addresses: tuple[Interface, ...] = ()
    vlan: int | None = None
    area: IPv4Address | None = None
    passive: bool = False
    point_to_point: bool = False
    advertisement: Advertisement | None = None
    sources: tuple[Prefix, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A BGP neighbour at an address of either family, and what of that family goes out to it and comes in.

    `announces` are announced as they are and nothing else is; `accepts` are taken with all longer prefixes in
    them and nothing else is. Neither: no route passes (RFC 8212).
    """

    address: IPv4Address | IPv6Address
    asn: int
    announces: tuple[Prefix, ...] = ()
    accepts: tuple[Prefix, ...] = ()


@dataclass(frozen=True, slots=True)
class StaticRoute:
    """A route to a prefix by a next hop of its family; the one to a NAT64 translator is such a route too."""

    prefix: Prefix
    via: IPv4Address | IPv6Address
    why: str = ""


@dataclass(frozen=True, slots=True)
class RouterChange:
    """Everything one router adds in one step; its inverse takes exactly that away again.

    `router_id` names the router in OSPF and BGP; None where these run already, since another number would end
    their adjacencies. `asn` is its own for BGP. Refused with a ValueError where
    families are mixed, or a protocol lacks what it needs.
    """

    router: str
    router_id: IPv4Address | None = None
    ports: tuple[Port, ...] = ()
    asn: int | None = None
    neighbours: tuple[Neighbour, ...] = ()
    routes: tuple[StaticRoute, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no router could do."""
        if mistakes := list(_mistakes(self)):
            raise ValueError(f"{self.router}: {'; '.join(mistakes)}")

    @property
    def uses_ospf(self) -> bool:
        """True when a port lies in an area."""
        return any(port.area is not None for port in self.ports)


class Renderer(Protocol):
    """Writes a change in a maker's language."""

    def render(self, change: RouterChange) -> str:
        """The text that makes the change."""

    def render_back(self, change: RouterChange) -> str:
        """The text that takes it away again."""


def _mistakes(change: RouterChange) -> Iterator[str]:
    for route in change.routes:
        if route.prefix.version != route.via.version:
            yield f"{route.prefix} by {route.via}: two families"
    for neighbour in change.neighbours:
        passing = (*neighbour.announces, *neighbour.accepts)
        if any(prefix.version != neighbour.address.version for prefix in passing):
            yield f"{neighbour.address} is told prefixes of the other family"
    if change.neighbours and change.asn is None:
        yield "BGP neighbours need an `asn` of the router's own"
    names = [(port.name, port.vlan) for port in change.ports]
    if len(set(names)) != len(names):
        yield "a port stands twice"
    for port in change.ports:
        yield from _mistakes_of(port)


def _mistakes_of(port: Port) -> Iterator[str]:
    if any(letter.isspace() or letter in "\"'\\" for letter in port.name):
        yield f"{port.name!r} is no name of a port"
    if port.vlan is not None and not 1 <= port.vlan <= 4094:  # noqa: PLR2004 - IEEE 802.1Q
        yield f"{port.name}: {port.vlan} is no VLAN"
    advertisement = port.advertisement
    if advertisement is not None:
        if advertisement.preferred > advertisement.valid:
            yield f"{port.name}: a prefix is preferred longer than it is valid"
        if not any(address.version == 6 for address in port.addresses):  # noqa: PLR2004 - a family
            yield f"{port.name} advertises and has no IPv6 address"


def list_name(neighbour: Neighbour, way: str) -> str:
    """The name of the list of what passes to or from a neighbour; `way` is in or out."""
    address = str(neighbour.address).replace(".", "-").replace(":", "-")
    return f"tricenter-{way}-{address}"
