"""Says what a lab stands in for around a network: witnesses, names, who administers it, the new edge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypedDict

from cmp.model.name_servers import NameServer, ZoneWay
from cmp.model.network import NetworkHost, Prefix, PrivateNetwork
from cmp.model.ssh import Ssh
from lab.hosts.places import CONTROLLER, CONTROLLER_IPV4, CONTROLLER_IPV6, EDGE_NEW, STATION
from lab.hosts.site import USUAL_PORTS, Address, Login, Ports, Site
from lab.hosts.standing_in import address_in, closed_of
from lab.hosts.topology import topology


class Around(TypedDict):
    """The part of a site that is not the network itself."""

    stand_ins: Mapping[str, tuple[Address, ...]]
    domain: str
    zone_file: str
    update_key: str
    reverse: Mapping[str, str]
    edge_ports: Ports
    logins: Mapping[str, Login]


def around(private: PrivateNetwork) -> Around:
    """What the station and the new edge stand in for; who administers is chosen later, beside these."""
    names, router = private.names, private.edge.router
    server = names.server if names else None
    sshs: dict[str, Ssh] = {}
    if server and server.ssh:
        sshs[STATION] = server.ssh
    if router:
        sshs[EDGE_NEW] = router.ssh
    return Around(
        stand_ins={STATION: tuple(_asked(private)), EDGE_NEW: _at(router.ssh) if router else ()},
        domain=names.domain if names else "",
        zone_file=(server.zone_file or "") if server else "",
        update_key=_update_key(server),
        reverse={each.zone: each.zone_file or "" for each in names.reverse} if names else {},
        edge_ports=Ports(router.interface, router.uplink) if router else USUAL_PORTS,
        logins={node: Login(ssh.user, ssh.port) for node, ssh in sshs.items()},
    )


def administered(site: Site, prefixes: Sequence[Prefix]) -> Site:
    """The site with a controller that has an address in each prefix that hosts are administered from.

    Raises:
        Invalid: a prefix has no address that is free.
    """
    taken = {each for node in topology(site).nodes.values() for each in (*node.linked, *node.beside)}
    closed = tuple(closed_of(site))
    chosen: list[Address] = []
    for prefix in prefixes:
        own = next((each for each in (CONTROLLER_IPV4, CONTROLLER_IPV6) if each in prefix), None)
        chosen.append(own or address_in(prefix, {*taken, *chosen}, closed))
    return replace(site, stand_ins={**site.stand_ins, CONTROLLER: tuple(chosen)})


def not_imitated(hosts: Sequence[NetworkHost]) -> Iterator[str]:
    """A sentence for each host that is administered at none of its addresses: labs have no line for that."""
    for host in hosts:
        own = [interface.ip for interface in host.addresses]
        if host.ssh and host.ssh.address and host.ssh.address not in own:
            yield f"{host.name} is reached at {own[0]} here: the lab does not imitate {host.ssh.address}"


def _asked(private: PrivateNetwork) -> Iterator[Address]:
    """What the station answers at: witnesses first, since it speaks to hosts from these."""
    yield from private.witnesses
    if private.names:
        yield from private.names.resolvers
        server = private.names.server
        if server and server.ssh:
            yield from _at(server.ssh)
        if server and server.authority:
            yield server.authority.address


def _update_key(server: NameServer | None) -> str:
    """The key by which the station's server is asked for its zone; empty where it keeps a file over SSH."""
    if server is None or server.how is ZoneWay.FILES or server.authority is None:
        return ""
    return server.authority.key_name or "nobody"


def _at(ssh: Ssh) -> tuple[Address, ...]:
    return (ssh.address,) if ssh.address else ()
