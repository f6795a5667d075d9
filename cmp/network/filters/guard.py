"""Writes the guard against rogue routers for Linux bridges and for single hosts (RFC 6105, RFC 7113).

A bridge of Linux drops advertisements that enter by other ports than the routers' ones, and a host drops
those of routers it was not told of. A switch that is no Linux bridge needs its own guard, and hosts on such a
switch have only the second kind. Frames between two stations of one radio cell or one hypervisor's own switch
never come by here. The plays for real hosts will load both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

BRIDGE_TABLE: Final = "tricenter_guard"
HEADERS: Final = "tcp, udp, sctp, esp, ah, ipv6-icmp"
"""Upper headers of a first fragment that is let through; what hides its header is dropped (RFC 7113 2.1)."""


def bridge_guard(routers: Iterable[str]) -> str:
    """The script for a bridge whose ports `routers` lead to routers: nobody else advertises or leases.

    Advertisements and redirects of ICMPv6 and answers of DHCPv6 and DHCP servers are dropped where they enter
    by another port. Fragmented neighbour discovery is dropped at all (RFC 6980 5).
    """
    names = ", ".join(f'"{name}"' for name in routers)
    stranger = f"iifname != {{ {names} }} " if names else ""
    rules = [
        "ether type ip6 exthdr frag exists icmpv6 type { 133-137 } counter drop",
        f"ether type ip6 frag frag-off 0 meta l4proto != {{ {HEADERS} }} counter drop",
        f"{stranger}ether type ip6 icmpv6 type {{ 134, 137 }} counter drop",
        f"{stranger}ether type ip6 udp sport 547 udp dport 546 counter drop",
        f"{stranger}ether type ip udp sport 67 udp dport 68 counter drop",
    ]
    return _script("bridge", BRIDGE_TABLE, _hooked(("input", "forward"), rules))


def host_guard(interface: str, routers: Iterable[str]) -> str:
    """The script for a host that believes only the routers of these link-local addresses on an interface."""
    known = ", ".join(routers)
    stranger = f"ip6 saddr != {{ {known} }} " if known else ""
    table = f"{BRIDGE_TABLE}_{interface.replace('.', '_').replace('-', '_')}"
    hook = f'type filter hook ingress device "{interface}" priority 0; policy accept;'
    rule = f"ether type ip6 {stranger}icmpv6 type {{ 134, 137 }} counter drop"
    return _script("netdev", table, ["  chain ingress {", f"    {hook}", f"    {rule}", "  }"])


def _hooked(hooks: Iterable[str], rules: list[str]) -> Iterator[str]:
    for hook in hooks:
        yield f"  chain {hook} {{"
        yield f"    type filter hook {hook} priority filter; policy accept;"
        yield from (f"    {rule}" for rule in rules)
        yield "  }"


def _script(family: str, table: str, body: Iterable[str]) -> str:
    name = f"table {family} {table}"
    return "\n".join((name, f"delete {name}", f"{name} {{", *body, "}")) + "\n"
