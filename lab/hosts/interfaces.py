"""Writes what brings a node's network up when it boots: interfaces(5) for ifupdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface, ip_interface

from lab.hosts.nodes import Nic, Node, NodeRole
from lab.hosts.site import Address

FOLDER = "/etc/network/interfaces.d"
"""Where later changes are written down; the node reads them after its own file."""


LOOPBACK = "lo"


def interfaces(node: Node) -> str:
    """The content of /etc/network/interfaces at the node's first boot."""
    checks = node.role is NodeRole.HOST
    stanzas = ["auto lo", "iface lo inet loopback", *_stanzas(_loopback(node), checks)]
    for nic in node.nics:
        stanzas += [f"auto {nic.name}", *_stanzas(nic, checks, node.senders)]
    return "\n".join([*stanzas, f"source {FOLDER}/*"]) + "\n"


def _loopback(node: Node) -> Nic:
    """What a node stands in for beside its links, each address alone, as routers hold their own."""
    return Nic(LOOPBACK, "", "", tuple(ip_interface(address) for address in node.beside))


def _stanzas(nic: Nic, checks: bool, senders: Sequence[Address] = ()) -> Iterator[str]:
    if not nic.addresses and nic.name != LOOPBACK:
        yield f"iface {nic.name} inet manual"
        yield f"    up ip link set dev {nic.name} up"
        yield f"    down ip link set dev {nic.name} down"
    for address in nic.addresses:
        yield from _stanza(nic, address, checks, senders)


def _stanza(
    nic: Nic, address: IPv4Interface | IPv6Interface, checks: bool, senders: Sequence[Address]
) -> Iterator[str]:
    """One address; hosts check an IPv6 address for duplicates (RFC 4862), the lab's own need not wait."""
    yield f"iface {nic.name} inet{'6' if isinstance(address, IPv6Interface) else ''} static"
    yield f"    address {address}"
    first = next(each for each in nic.addresses if each.version == address.version)
    for gateway in nic.gateways if address == first else ():
        if isinstance(gateway, IPv4Address) == isinstance(address, IPv4Interface):
            yield _default(nic, gateway, first.ip, senders)
    if isinstance(address, IPv6Interface) and not checks:
        yield "    dad-attempts 0"


def _default(nic: Nic, gateway: Address, own: Address, senders: Sequence[Address]) -> str:
    """The default route; where the node sends from another address than its link's, with that source."""
    sender = next((each for each in senders if each.version == gateway.version), own)
    if sender == own:
        return f"    gateway {gateway}"
    return f"    up ip -{gateway.version} route replace default via {gateway} dev {nic.name} src {sender}"
