"""Writes a change of a router as lines for FRR's vtysh: additive, and the same lines taken back.

Check the text with `vtysh -C -f FILE` first; it answers 0 or 2. Filters of sources are not FRR's: they are a
table of nftables (`source_table`), for nft(8).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cmp.network.routers.change import Neighbour, Port, RouterChange, list_name

IPV4: Final = 4


def render(change: RouterChange) -> str:
    """The lines that make the change, in blocks that each end with `exit`.

    Without these an `interface` line inside `router ospf6` would be read there.
    """
    blocks = [*_ports(change, ""), *_ospf(change, ""), *_bgp(change, ""), *_statics(change, "")]
    return "\n".join((f"! {change.router}: what is added", *blocks, ""))


def render_back(change: RouterChange) -> str:
    """The lines that take the change away: each of its own lines with `no`, in the opposite order.

    Processes of OSPF and BGP stay, since the router may have had them before.
    """
    blocks = [*_statics(change, "no "), *_bgp(change, "no "), *_ospf(change, "no "), *_ports(change, "no ")]
    return "\n".join((f"! {change.router}: what was added is taken away", *blocks, ""))


def _name(port: Port) -> str:
    return port.name if port.vlan is None else f"{port.name}.{port.vlan}"


def _block(head: str, lines: Iterator[str]) -> list[str]:
    kept = list(lines)
    return [head, *(f" {line}" for line in kept), "exit"] if kept else []


def _ports(change: RouterChange, no: str) -> Iterator[str]:
    for port in change.ports:
        yield from _block(f"interface {_name(port)}", _port(port, no))


def _port(port: Port, no: str) -> Iterator[str]:
    for address in port.addresses:
        yield f"{no}{'ip' if address.version == IPV4 else 'ipv6'} address {address}"
    if port.area is not None:
        yield f"{no}ip ospf area {port.area}"
        yield f"{no}ipv6 ospf6 area {port.area}"
        if port.point_to_point:
            yield f"{no}ip ospf network point-to-point"
            yield f"{no}ipv6 ospf6 network point-to-point"
        if port.passive:
            yield f"{no}ip ospf passive"
            yield f"{no}ipv6 ospf6 passive"
    if port.advertisement is not None:
        yield from _advertisement(port, no)


def _advertisement(port: Port, no: str) -> Iterator[str]:
    """Radvd's task may be FRR's: the prefix with its flags, and advertisements switched on."""
    each = port.advertisement
    if each is None:
        return
    flag = "" if each.autonomous else " no-autoconfig"
    lifetimes = "" if no else f" {each.valid} {each.preferred}{flag}"
    yield f"{no}ipv6 nd prefix {each.prefix}{lifetimes}"
    yield "ipv6 nd suppress-ra" if no else "no ipv6 nd suppress-ra"


def _ospf(change: RouterChange, no: str) -> Iterator[str]:
    """The processes with the router's number; taken back, they stay as they are."""
    if change.uses_ospf and change.router_id is not None and not no:
        yield from _block("router ospf", iter([f"ospf router-id {change.router_id}"]))
        yield from _block("router ospf6", iter([f"ospf6 router-id {change.router_id}"]))


def _lists(change: RouterChange, no: str) -> Iterator[str]:
    """What passes to and from each neighbour; FRR lets nothing pass to and from one that has no list."""
    for each in change.neighbours:
        word = "ip" if each.address.version == IPV4 else "ipv6"
        for way, prefixes, longer in (("out", each.announces, False), ("in", each.accepts, True)):
            name = f"{word} prefix-list {list_name(each, way)}"
            if no and prefixes:
                yield f"no {name}"
            for prefix in () if no else prefixes:
                room = longer and prefix.prefixlen < prefix.max_prefixlen
                yield f"{name} permit {prefix}" + (f" le {prefix.max_prefixlen}" if room else "")


def _bgp(change: RouterChange, no: str) -> Iterator[str]:
    if not change.neighbours:
        return
    if not no:
        yield from _lists(change, no)
    yield f"router bgp {change.asn}"
    if not no:
        if change.router_id is not None:
            yield f" bgp router-id {change.router_id}"
        yield from (f" neighbor {each.address} remote-as {each.asn}" for each in change.neighbours)
    for family in (4, 6):
        if lines := list(_family_lines(change.neighbours, family, no)):
            yield f" address-family ipv{family} unicast"
            yield from (f"  {line}" for line in lines)
            yield " exit-address-family"
    if no:
        yield from (f" no neighbor {each.address}" for each in change.neighbours)
    yield "exit"
    if no:
        yield from _lists(change, no)


def _family_lines(neighbours: tuple[Neighbour, ...], family: int, no: str) -> Iterator[str]:
    """What a family's block holds; a neighbour of IPv6 is kept out of IPv4, where FRR would put it."""
    members = [each for each in neighbours if each.address.version == family]
    announced = dict.fromkeys(prefix for each in members for prefix in each.announces)
    yield from (f"{no}network {prefix}" for prefix in announced)
    for each in () if no else members:
        yield f"neighbor {each.address} activate"
        for way, prefixes in (("out", each.announces), ("in", each.accepts)):
            if prefixes:
                yield f"neighbor {each.address} prefix-list {list_name(each, way)} {way}"
    if family == IPV4 and not no:
        strangers = (each for each in neighbours if each.address.version != family)
        yield from (f"no neighbor {each.address} activate" for each in strangers)


def _statics(change: RouterChange, no: str) -> Iterator[str]:
    for route in change.routes:
        yield f"{no}{'ip' if route.prefix.version == IPV4 else 'ipv6'} route {route.prefix} {route.via}"


def source_table(change: RouterChange) -> str:
    """The script for `nft -f` that drops foreign sources where packets enter; it replaces its own table."""
    name = "tricenter_sources_" + re.sub(r"[^a-z0-9]", "_", change.router.lower())
    rules = [rule for port in change.ports for rule in _source_rules(port)]
    hook = "type filter hook prerouting priority mangle; policy accept;"
    body = ["  chain sources {", *(f"    {line}" for line in (hook, *rules)), "  }"] if rules else []
    return (
        "\n".join((f"table inet {name}", f"delete table inet {name}", f"table inet {name} {{", *body, "}"))
        + "\n"
    )


def _source_rules(port: Port) -> Iterator[str]:
    if port.sources:
        name = _name(port)
        yield f'iifname "{name}" ip6 saddr {{ ::, fe80::/10 }} accept'
        for family, keyword in ((4, "ip"), (6, "ip6")):
            mine = [str(prefix) for prefix in port.sources if prefix.version == family]
            known = f" saddr != {{ {', '.join(mine)} }}" if mine else ""
            match = f"{keyword}{known}" if mine else f"meta nfproto ipv{family}"
            yield f'iifname "{name}" {match} counter drop'
