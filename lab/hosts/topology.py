"""Lays a site out: which nodes there are, on which bridges, with which addresses."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface

from lab.hosts import places
from lab.hosts.nodes import Nic, Node, NodeRole, Topology
from lab.hosts.places import Leaf
from lab.hosts.site import ETHERNET, OPERATOR, USUAL_PORTS, HostSpec, Login, Service, Site

LEAF_PORT = "eth0"

STATION_SERVICES: tuple[Service, ...] = ((7, "tcp"), (7, "udp"), (443, "tcp"))
"""Besides names and remote login: echo (RFC 862), and a port that stands for a service of the extranet."""

_CONTROLLER_ONLY = (NodeRole.CONTROLLER, NodeRole.PROBE)


def topology(site: Site) -> Topology:
    """All nodes of a site: routers first, since their protocols take longest."""
    nodes = (
        _core(site),
        _edge_old(site),
        _edge_new(site),
        *(
            _standing_in(_leaf_node(name, role, leaf, bridge), site)
            for name, role, leaf, bridge in _leaves(site)
        ),
        *(_host(site, host) for host in site.hosts),
    )
    return Topology({node.name: node for node in nodes})


def new_lan(site: Site) -> str:
    """The bridge of the new line: one of its own only where every host has an interface for it."""
    apart = bool(site.hosts) and all(host.new_interface for host in site.hosts)
    return places.NEW_LAN if apart else places.LAN


def _core(site: Site) -> Node:
    old, new = places.transit(1), places.transit(2)
    nics = [
        _nic(places.CORE, places.EDGE_OLD, places.OLD_TRANSIT, (old.gateway_ipv4, old.gateway_ipv6)),
        _nic(
            places.CORE,
            places.EDGE_NEW,
            places.NEW_TRANSIT,
            (new.gateway_ipv4, new.gateway_ipv6),
            mtu=site.mtu,
        ),
        *(
            _nic(places.CORE, bridge, bridge, (leaf.gateway_ipv4, leaf.gateway_ipv6))
            for _, _, leaf, bridge in _leaves(site)
        ),
    ]
    return Node(places.CORE, NodeRole.ROUTER, tuple(nics), OPERATOR)


def _edge_old(site: Site) -> Node:
    link = places.transit(1)
    nics = (
        _nic(places.EDGE_OLD, USUAL_PORTS.lan, places.LAN, places.gateways_of(site)),
        _nic(places.EDGE_OLD, USUAL_PORTS.uplink, places.OLD_TRANSIT, (link.ipv4, link.ipv6)),
    )
    return Node(places.EDGE_OLD, NodeRole.ROUTER, nics, OPERATOR)


def _edge_new(site: Site) -> Node:
    link, segment = places.transit(2), site.segment
    inside = (
        IPv4Interface((int(segment.ipv4_gateway), segment.ipv4.prefixlen)),
        IPv6Interface((int(segment.ipv6_gateway), segment.ipv6.prefixlen)),
    )
    ports = site.edge_ports
    nics = (
        _nic(places.EDGE_NEW, ports.lan, new_lan(site), inside),
        _nic(places.EDGE_NEW, ports.uplink, places.NEW_TRANSIT, (link.ipv4, link.ipv6), mtu=site.mtu),
    )
    return _standing_in(Node(places.EDGE_NEW, NodeRole.ROUTER, nics, OPERATOR), site)


def _leaves(site: Site) -> Iterator[tuple[str, NodeRole, Leaf, str]]:
    """Every node behind the core: its name, role, link and bridge, which names the core's interface too."""
    yield places.STATION, NodeRole.STATION, places.leaf(places.STATION_LEAF), "station"
    yield places.CONTROLLER, NodeRole.CONTROLLER, places.leaf(places.CONTROLLER_LEAF), "ctl"
    if site.translation:
        yield places.TRANSLATOR, NodeRole.TRANSLATOR, places.leaf(places.TRANSLATOR_LEAF), "nat64"
    for number, zone in enumerate(site.zones, start=1):
        yield places.zone_node(zone), NodeRole.PROBE, places.zone_leaf(site, zone), f"zone{number}"


def _leaf_node(name: str, role: NodeRole, leaf: Leaf, bridge: str) -> Node:
    nic = _nic(name, LEAF_PORT, bridge, (leaf.ipv4, leaf.ipv6), (leaf.gateway_ipv4, leaf.gateway_ipv6))
    user = None if role in _CONTROLLER_ONLY else OPERATOR
    return Node(name, role, (nic,), user, services=STATION_SERVICES if role is NodeRole.STATION else ())


def _standing_in(node: Node, site: Site) -> Node:
    """A node of the lab's own with what it stands in for, and whoever logs in to that."""
    login = site.logins.get(node.name, Login())
    return replace(
        node,
        user=login.user if node.user else None,
        ssh_port=login.port,
        stand_ins=tuple(site.stand_ins.get(node.name, ())),
    )


def _host(site: Site, host: HostSpec) -> Node:
    nics = [
        _nic(host.name, host.interface, places.LAN, host.addresses, (_interface(site, host.gateway),)),
    ]
    if host.new_interface and host.new_interface != host.interface:
        nics.append(_nic(host.name, host.new_interface, new_lan(site)))
    user = host.user if host.kind.is_managed else None
    return Node(
        host.name,
        NodeRole.HOST,
        tuple(nics),
        user,
        host.ipv6_capable,
        host.services,
        ssh_port=host.ssh_port,
        system=host.manager if host.system else None,
    )


def _interface(site: Site, address: IPv4Address) -> IPv4Interface:
    return IPv4Interface((int(address), site.segment.old.prefixlen))


def _nic(
    node: str,
    name: str,
    bridge: str,
    addresses: tuple[IPv4Interface | IPv6Interface, ...] = (),
    gateways: tuple[IPv4Interface | IPv6Interface, ...] = (),
    *,
    mtu: int = ETHERNET,
) -> Nic:
    return Nic(name, bridge, _mac(node, name), addresses, tuple(gateway.ip for gateway in gateways), mtu)


def _mac(node: str, name: str) -> str:
    """A locally administered address (RFC 7042 section 2.1) out of the names."""
    digest = hashlib.sha256(f"{node}/{name}".encode()).digest()
    return ":".join(["02", *(f"{byte:02x}" for byte in digest[:5])])
