"""Writes what brings a node's network up when it boots: interfaces(5) for ifupdown."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface

from lab.hosts.nodes import Nic, Node, Role

FOLDER = "/etc/network/interfaces.d"
"""Where later changes are written down; the node reads them after its own file."""


def interfaces(node: Node) -> str:
    """The content of /etc/network/interfaces at the node's first boot."""
    checks = node.role is Role.HOST
    stanzas = ["auto lo", "iface lo inet loopback"]
    for nic in node.nics:
        stanzas += [f"auto {nic.name}", *_stanzas(nic, checks)]
    return "\n".join([*stanzas, f"source {FOLDER}/*"]) + "\n"


def _stanzas(nic: Nic, checks: bool) -> Iterator[str]:
    if not nic.addresses:
        yield f"iface {nic.name} inet manual"
        yield f"    up ip link set dev {nic.name} up"
        yield f"    down ip link set dev {nic.name} down"
    for address in nic.addresses:
        yield from _stanza(nic, address, checks)


def _stanza(nic: Nic, address: IPv4Interface | IPv6Interface, checks: bool) -> Iterator[str]:
    """One address; hosts check an IPv6 address for duplicates (RFC 4862), the lab's own need not wait."""
    yield f"iface {nic.name} inet{'6' if isinstance(address, IPv6Interface) else ''} static"
    yield f"    address {address}"
    first = next(each for each in nic.addresses if each.version == address.version)
    for gateway in nic.gateways if address == first else ():
        if isinstance(gateway, IPv4Address) == isinstance(address, IPv4Interface):
            yield f"    gateway {gateway}"
    if isinstance(address, IPv6Interface) and not checks:
        yield "    dad-attempts 0"
