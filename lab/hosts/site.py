"""Says what a host lab imitates: a private network's hosts, its old and new subnets, and what lies beyond."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network

from cmp.model.migration import Segment
from cmp.model.network import HostKind, Manager, Translation

Address = IPv4Address | IPv6Address

Service = tuple[int, str]
"""A port and its protocol, `tcp` or `udp`."""

ETHERNET = 1500
"""Bytes of a packet on an ordinary link."""

OPERATOR = "netops"
SSH = 22


@dataclass(frozen=True, slots=True)
class Login:
    """Who may log in to a node, and on which TCP port."""

    user: str = OPERATOR
    port: int = SSH


@dataclass(frozen=True, slots=True)
class Ports:
    """The interfaces of an edge: `lan` leads to the hosts, `uplink` to the core."""

    lan: str = "lan"
    uplink: str = "core"


USUAL_PORTS = Ports()


@dataclass(frozen=True, slots=True)
class HostSpec:
    """One host with its old addresses, as it stands before anything moves.

    `new_interface` is the interface that the new line ends at; None: the new line is the old one. A host that
    is not `ipv6_capable` has IPv6 switched off. Only hosts of a managed kind can be logged in to, as `user`.
    """

    name: str
    addresses: tuple[IPv4Interface | IPv6Interface, ...]
    gateway: IPv4Address
    interface: str = "eth0"
    manager: Manager = Manager.IFUPDOWN
    user: str = OPERATOR
    services: tuple[Service, ...] = ()
    ipv6_capable: bool = True
    kind: HostKind = HostKind.LINUX
    new_interface: str | None = None
    ssh_port: int = SSH
    system: bool = False
    """True where the host is a whole Debian with systemd and its manager, False for a bare namespace."""


@dataclass(frozen=True, slots=True)
class Site:
    """A private network and the part of the extranet that it moves onto.

    `mtu` is of the link between the new edge and the core, in bytes. `zones` are the prefixes of the
    extranet's zones: each gets a probe. Both edges drop foreign sources where `filters_sources` says so
    (BCP 38, RFC 2827).
    `router_commands` are shell lines that a node runs at the end of every boot. `advertises` has the new edge
    send router advertisements (RFC 4861).
    `stand_ins` are addresses that a node holds beside those of its links, by its name: what it sends comes
    from the first of each family. `domain` is the zone of the hosts' names, kept in `zone_file` on the
    station; empty: the lab's own. `edge_ports` are the interfaces of the new edge, and `logins` who may log
    in to a node that is no host of the site.
    """

    name: str
    hosts: tuple[HostSpec, ...]
    segment: Segment
    mtu: int = ETHERNET
    filters_sources: bool = True
    zones: Mapping[str, tuple[IPv4Network, IPv6Network]] = field(default_factory=dict)
    translation: Translation | None = None
    router_commands: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    advertises: bool = False
    stand_ins: Mapping[str, tuple[Address, ...]] = field(default_factory=dict)
    domain: str = ""
    zone_file: str = ""
    update_key: str = ""
    """The name of the key by which the station's server lets the zone be updated; empty: it keeps a file."""
    reverse: Mapping[str, str] = field(default_factory=dict)
    """The reverse zones that the station keeps too, and in which file; empty: one of the lab's own."""
    edge_ports: Ports = USUAL_PORTS
    logins: Mapping[str, Login] = field(default_factory=dict)
