"""Writes a change for the two families of routers whose languages grew from one: views, `undo` and `quit`.

What differs between them is a `Dialect`. Nothing here was tried on a device: the texts follow the makers'
command references and say so in their first line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from cmp.model.network import Prefix
from cmp.network.routers.change import Interface, Neighbour, Port, RouterChange, StaticRoute, list_name

PROCESS: Final = 1
"""The number of the OSPF and OSPFv3 process."""

IPV4: Final = 4
IPV6: Final = 6
LINK_LOCAL: Final = "FE80::/10"


@dataclass(frozen=True, slots=True)
class Dialect:
    """The words of one maker; `{}` stands for what is named.

    Pairs hold those of IPv4 and of IPv6: `lists` judge packets, `prefixes` judge routes.
    `ending` are closing remarks.
    """

    maker: str
    vlan: str
    ospf: str
    families: tuple[str, str]
    lists: tuple[str, str]
    filters: tuple[str, str]
    prefixes: tuple[str, str]
    using_prefixes: tuple[str, str]
    enabling_ipv6: tuple[str, ...] = ()
    ending: tuple[str, ...] = ()

    def render(self, change: RouterChange) -> str:
        """The text that makes the change."""
        parts = [
            *self._lists(change),
            *(line for each in change.neighbours for line in self._passing(each)),
            *self._processes(change),
            *(line for port in change.ports for line in self._port(port)),
            *self._bgp(change),
            *(_static(route) for route in change.routes),
        ]
        return self._text(change, "what is added", parts)

    def render_back(self, change: RouterChange) -> str:
        """The text that takes the change away again; processes of routing stay, they may have been there."""
        parts = [
            *(f"undo {_static_key(route)}" for route in change.routes),
            *self._bgp_back(change),
            *self._silent(change, "undo "),
            *(line for port in change.ports for line in self._port_back(port)),
            *self._lists_back(change),
            *(line for each in change.neighbours for line in self._passing_back(each)),
        ]
        return self._text(change, "what was added is taken away", parts)

    def _text(self, change: RouterChange, what: str, parts: Iterable[str]) -> str:
        head = (
            f"# {self.maker}: not tried on a device",
            f"# {change.router}: {what}",
            "system-view",
        )
        return "\n".join((*head, *parts, "return", *self.ending)) + "\n"

    def _port(self, port: Port) -> Iterator[str]:
        yield f"interface {_name(port)}"
        if port.vlan is not None:
            yield f" {self.vlan.format(port.vlan)}"
        if any(address.version == IPV6 for address in port.addresses):
            yield from (f" {line}" for line in self.enabling_ipv6)
        yield from (f" {line}" for line in _addresses(port))
        if port.area is not None:
            yield f" {self.ospf.format(PROCESS)} area {port.area}"
            yield f" ospfv3 {PROCESS} area {port.area}"
            if port.point_to_point:
                yield " ospf network-type p2p"
                yield " ospfv3 network-type p2p"
        if port.advertisement is not None:
            each = port.advertisement
            flag = "" if each.autonomous else " no-autoconfig"
            yield f" ipv6 nd ra prefix {each.prefix} {each.valid} {each.preferred}{flag}"
            yield " undo ipv6 nd ra halt"
        if port.sources:
            yield from (f" {words.format(_list_name(port))}" for words in self.filters)
        yield " quit"

    def _port_back(self, port: Port) -> Iterator[str]:
        """A sub-interface goes as a whole; of another port only what was added."""
        if port.vlan is not None:
            yield f"undo interface {_name(port)}"
            return
        yield f"interface {_name(port)}"
        if port.sources:
            yield from (f" undo {words.format(_list_name(port))}" for words in self.filters)
        if port.advertisement is not None:
            yield " ipv6 nd ra halt"
            yield f" undo ipv6 nd ra prefix {port.advertisement.prefix}"
        if port.area is not None:
            if port.point_to_point:
                yield " undo ospfv3 network-type"
                yield " undo ospf network-type"
            yield f" undo ospfv3 {PROCESS} area {port.area}"
            yield f" undo {self.ospf.format(PROCESS)} area {port.area}"
        yield from (f" undo {line}" for line in reversed(list(_addresses(port))))
        yield " quit"

    def _processes(self, change: RouterChange) -> Iterator[str]:
        """The processes with the router's number and areas, and the ports that speak to nobody."""
        if not change.uses_ospf:
            return
        areas = dict.fromkeys(port.area for port in change.ports if port.area is not None)
        known = change.router_id is None
        for head, number in (
            (f"ospf {PROCESS}" + ("" if known else f" router-id {change.router_id}"), ""),
            (f"ospfv3 {PROCESS}", "" if known else f" router-id {change.router_id}"),
        ):
            yield head
            yield from filter(None, (number,))
            for area in areas:
                yield f" area {area}"
                yield " quit"
            yield " quit"
        yield from self._silent(change, "")

    def _silent(self, change: RouterChange, undo: str) -> Iterator[str]:
        silent = [port for port in change.ports if port.area is not None and port.passive]
        for head in (f"ospf {PROCESS}", f"ospfv3 {PROCESS}") if silent else ():
            yield head
            yield from (f" {undo}silent-interface {_name(port)}" for port in silent)
            yield " quit"

    def _bgp(self, change: RouterChange) -> Iterator[str]:
        if not change.neighbours:
            return
        yield f"bgp {change.asn}"
        if change.router_id is not None:
            yield f" router-id {change.router_id}"
        yield from (f" peer {each.address} as-number {each.asn}" for each in change.neighbours)
        for head, members in self._by_family(change):
            yield f" {head}"
            yield from (f"  network {_with_mask(prefix)}" for prefix in _announced(members))
            for each in members:
                yield f"  peer {each.address} enable"
                for way, direction in (("out", "export"), ("in", "import")):
                    using = self.using_prefixes[each.address.version == IPV6]
                    yield f"  peer {each.address} {using} {list_name(each, way)} {direction}"
            yield "  quit"
        yield " quit"

    def _bgp_back(self, change: RouterChange) -> Iterator[str]:
        if not change.neighbours:
            return
        yield f"bgp {change.asn}"
        for head, members in self._by_family(change):
            yield f" {head}"
            yield from (f"  undo network {_with_mask(prefix)}" for prefix in _announced(members))
            yield "  quit"
        yield from (f" undo peer {each.address}" for each in change.neighbours)
        yield " quit"

    def _by_family(self, change: RouterChange) -> Iterator[tuple[str, list[Neighbour]]]:
        for family, head in zip((4, 6), self.families, strict=True):
            if members := [each for each in change.neighbours if each.address.version == family]:
                yield head, members

    def _passing(self, neighbour: Neighbour) -> Iterator[str]:
        """The lists of what passes to and from a neighbour; one that lets nothing pass denies all."""
        words = self.prefixes[neighbour.address.version == IPV6]
        for way, prefixes in (("out", neighbour.announces), ("in", neighbour.accepts)):
            name = f"{words} {list_name(neighbour, way)}"
            for prefix in prefixes:
                room = way == "in" and prefix.prefixlen < prefix.max_prefixlen
                longer = f" less-equal {prefix.max_prefixlen}" if room else ""
                yield f"{name} permit {prefix.network_address} {prefix.prefixlen}{longer}"
            if not prefixes:
                nothing = "::" if neighbour.address.version == IPV6 else "0.0.0.0"  # noqa: S104
                yield f"{name} deny {nothing} 0 less-equal {neighbour.address.max_prefixlen}"

    def _passing_back(self, neighbour: Neighbour) -> Iterator[str]:
        words = self.prefixes[neighbour.address.version == IPV6]
        yield from (f"undo {words} {list_name(neighbour, way)}" for way in ("out", "in"))

    def _lists(self, change: RouterChange) -> Iterator[str]:
        for port in change.ports:
            if port.sources:
                for family, words in zip((4, 6), self.lists, strict=True):
                    yield words.format(_list_name(port))
                    yield from (f" {rule}" for rule in _rules(port, family))
                    yield " quit"

    def _lists_back(self, change: RouterChange) -> Iterator[str]:
        for port in change.ports:
            if port.sources:
                yield f"undo acl name {_list_name(port)}"
                yield f"undo acl ipv6 name {_list_name(port)}"


def _rules(port: Port, family: int) -> Iterator[str]:
    """Permit the port's own sources, and in IPv6 what neighbours say to each other; deny the rest."""
    mine = [prefix for prefix in port.sources if prefix.version == family]
    if family == IPV4:
        yield from (f"rule permit ip source {each.network_address} {each.hostmask}" for each in mine)
        yield "rule deny ip"
    else:
        yield from (f"rule permit ipv6 source {each}" for each in mine)
        yield f"rule permit ipv6 source {LINK_LOCAL}"
        yield "rule permit ipv6 source ::/128"
        yield "rule deny ipv6"


def _name(port: Port) -> str:
    return port.name if port.vlan is None else f"{port.name}.{port.vlan}"


def _list_name(port: Port) -> str:
    """A list's name: letters, digits and hyphens, and no digit in front."""
    return "sources-" + "".join(letter if letter.isalnum() else "-" for letter in _name(port).lower())


def _addresses(port: Port) -> Iterator[str]:
    """IPv4 addresses beside a primary one are `sub`; a new sub-interface has no primary one yet."""
    primary = port.vlan is not None
    for address in port.addresses:
        if address.version == IPV6:
            yield f"ipv6 address {address}"
        else:
            yield f"ip address {_ip_and_mask(address)}" + ("" if primary else " sub")
            primary = False


def _ip_and_mask(address: Interface) -> str:
    return f"{address.ip} {address.netmask}"


def _with_mask(prefix: Prefix) -> str:
    end = prefix.netmask if prefix.version == IPV4 else prefix.prefixlen
    return f"{prefix.network_address} {end}"


def _announced(neighbours: Iterable[Neighbour]) -> Iterable[Prefix]:
    return dict.fromkeys(prefix for each in neighbours for prefix in each.announces)


def _static_key(route: StaticRoute) -> str:
    word = "ip" if route.prefix.version == IPV4 else "ipv6"
    return f"{word} route-static {_with_mask(route.prefix)} {route.via}"


def _static(route: StaticRoute) -> str:
    return _static_key(route) + (f" description {route.why}" if route.why else "")
