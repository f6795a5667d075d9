"""Describes what a lab is built of: nodes with interfaces, each on a bridge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

from cmp.model.network import Manager
from lab.hosts.site import ETHERNET, SSH, Address, Service


class NodeRole(StrEnum):
    """What a node is in the lab."""

    HOST = "host"
    ROUTER = "router"
    STATION = "station"
    """Offers services and names from the far side of the extranet."""
    CONTROLLER = "controller"
    TRANSLATOR = "translator"
    """Translates between the families (NAT64, RFC 6146)."""
    PROBE = "probe"
    """Stands in a zone, to see what can be reached from there."""

    @property
    def forwards(self) -> bool:
        """True when packets that are not its own pass through it."""
        return self in {NodeRole.ROUTER, NodeRole.TRANSLATOR}


@dataclass(frozen=True, slots=True)
class Nic:
    """An interface of a node; its MAC address is fixed, as a machine's is. `mtu` is in bytes."""

    name: str
    bridge: str
    mac: str
    addresses: tuple[IPv4Interface | IPv6Interface, ...] = ()
    gateways: tuple[IPv4Address | IPv6Address, ...] = ()
    mtu: int = ETHERNET


@dataclass(frozen=True, slots=True)
class Node:
    """One machine of the lab; `user` may log in on TCP port `ssh_port`, None: nobody may.

    `stand_ins` are the addresses that it stands in for, on links or not; it sends from the first of each
    family, where there is one.
    """

    name: str
    role: NodeRole
    nics: tuple[Nic, ...]
    user: str | None = None
    has_ipv6: bool = True
    services: tuple[Service, ...] = ()
    ssh_port: int = SSH
    stand_ins: tuple[Address, ...] = ()
    system: Manager | None = None
    """What brings up the network of a whole Debian with systemd; None: the node is a bare namespace."""

    @property
    def linked(self) -> tuple[Address, ...]:
        """The addresses of its links."""
        return tuple(interface.ip for nic in self.nics for interface in nic.addresses)

    @property
    def beside(self) -> tuple[Address, ...]:
        """The addresses that it holds beside those of its links."""
        return tuple(each for each in dict.fromkeys(self.stand_ins) if each not in self.linked)

    @property
    def senders(self) -> tuple[Address, ...]:
        """What its packets come from, where nobody chose: an address of each family."""
        found: dict[int, Address] = {}
        for address in (*self.stand_ins, *self.linked):
            found.setdefault(address.version, address)
        return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Topology:
    """All nodes in the order in which they are started, by name."""

    nodes: Mapping[str, Node] = field(default_factory=dict)

    @property
    def bridges(self) -> tuple[str, ...]:
        """The bridges that nodes hang on, each once."""
        return tuple(dict.fromkeys(nic.bridge for node in self.nodes.values() for nic in node.nics))

    @property
    def ports(self) -> Mapping[tuple[str, str], str]:
        """The name of the bridge's end of every interface, by node and interface."""
        ends = [(node.name, nic.name) for node in self.nodes.values() for nic in node.nics]
        return {end: f"p{number}" for number, end in enumerate(ends, start=1)}

    @property
    def routers(self) -> tuple[Node, ...]:
        """The nodes that speak routing protocols."""
        return tuple(node for node in self.nodes.values() if node.role is NodeRole.ROUTER)
