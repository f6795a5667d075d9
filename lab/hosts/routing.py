"""Writes the routers' configuration for FRR: OSPFv2 and OSPFv3 of one shape, with fast timers and secrets.

Sources: RFC 2328 (OSPFv2), RFC 5340 (OSPFv3), RFC 7166 (authentication of OSPFv3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.hosts import places
from lab.hosts.nodes import Nic, Node
from lab.hosts.site import Site
from lab.hosts.topology import topology

_ROUTER_IDS = {places.CORE: 1, places.EDGE_OLD: 2, places.EDGE_NEW: 3}
_HELLO_SECONDS = 1
_DEAD_SECONDS = 8
"""Long enough for a busy machine, which would drop a neighbour that merely waits for its turn."""

_FAMILY = {4: "ip", 6: "ipv6"}
_IDENTITY = {"ospf": "ospf router-id", "ospf6": "ospf6 router-id"}
_THROTTLES = {
    "ospf": ("timers throttle spf 10 50 500", "timers throttle lsa all 100", "timers lsa min-arrival 0"),
    "ospf6": ("timers throttle spf 10 50 500", "timers lsa min-arrival 0"),
}


def frr(node: Node, site: Site, key: str) -> str:
    """The content of /etc/frr/frr.conf; `key` is at most 16 characters."""
    lines = [f"hostname {node.name}", "service integrated-vtysh-config"]
    for nic in node.nics:
        lines += [f"interface {nic.name}", *_interface(nic, key), "exit"]
    lines += _static(node, site)
    for words in _instances(node):
        lines += [words[0], *_indented(words[1:]), " redistribute static", "exit"]
    return "\n".join(lines) + "\n"


def start(node: Node) -> tuple[str, ...]:
    """Shell lines that start FRR, with the timers before everything else.

    What a router tells before it knows them keeps to five seconds between two tellings (RFC 2328 appendix B,
    MinLSInterval), and vtysh reads a file's interfaces first.
    """
    words = [("configure terminal", *instance, "exit", "exit") for instance in _instances(node)]
    first = [" ".join(f"-c '{word}'" for word in each) for each in words]
    return (
        "install -d -o frr -g frr /run/frr /var/log/frr",
        *(f"/usr/lib/frr/{daemon} -d -A 127.0.0.1 -u frr -g frr" for daemon in daemons()),
        *(f"vtysh {each}" for each in first),
        "vtysh -b",
    )


def _instances(node: Node) -> Iterator[tuple[str, ...]]:
    """Each protocol with its identity and timers."""
    for protocol, throttles in _THROTTLES.items():
        yield (f"router {protocol}", f"{_IDENTITY[protocol]} 198.18.255.{_ROUTER_IDS[node.name]}", *throttles)


def daemons() -> tuple[str, ...]:
    """The parts of FRR that a router runs."""
    return ("zebra", "staticd", "ospfd", "ospf6d")


def speaks(nic: Nic) -> bool:
    """True where another router is at the other end of a link."""
    return nic.bridge in {places.OLD_TRANSIT, places.NEW_TRANSIT}


def _interface(nic: Nic, key: str) -> Iterator[str]:
    yield " ip ospf area 0"
    yield " ipv6 ospf6 area 0"
    if not speaks(nic):
        yield " ip ospf passive"
        yield " ipv6 ospf6 passive"
        return
    for family in ("ip ospf", "ipv6 ospf6"):
        yield f" {family} network point-to-point"
        yield f" {family} hello-interval {_HELLO_SECONDS}"
        yield f" {family} dead-interval {_DEAD_SECONDS}"
        yield f" {family} retransmit-interval {_HELLO_SECONDS}"
    yield " ip ospf authentication message-digest"
    yield f" ip ospf message-digest-key 1 md5 {key}"
    yield f" ipv6 ospf6 authentication key-id 1 hash-algo hmac-sha-256 key {key}"


def _static(node: Node, site: Site) -> Iterator[str]:
    """The core leads what is translated to the translator, and what a node stands in for to that node."""
    if node.name != places.CORE:
        return
    for other in topology(site).nodes.values():
        for address in other.beside:
            way = next(each.ip for each in other.nics[-1].addresses if each.version == address.version)
            yield f"{_FAMILY[address.version]} route {address}/{address.max_prefixlen} {way}"
    if site.translation is None:
        return
    link = places.leaf(places.TRANSLATOR_LEAF)
    yield f"ip route {site.translation.pool} {link.ipv4.ip}"
    yield f"ipv6 route {site.translation.prefix} {link.ipv6.ip}"


def _indented(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(f" {line}" for line in lines)
