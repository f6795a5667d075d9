"""Chooses what a lab's nodes stand in for, and refuses what they cannot: that must be said, not left out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from cmp.errors import Invalid
from cmp.model.network import Prefix
from cmp.sentences import Sentence
from lab.hosts import disk, names, places
from lab.hosts.contents import Keys, contents
from lab.hosts.nodes import Node
from lab.hosts.site import Address, Site
from lab.hosts.topology import topology

_OWN = (places.EDGE_OLD, places.EDGE_NEW, places.CORE, places.STATION, places.CONTROLLER, places.TRANSLATOR)
_ZONE = places.zone_node("")
SAID = 4
"""How many reasons are told in one line."""
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}")


def address_in(prefix: Prefix, taken: Collection[Address], closed: Sequence[Prefix]) -> Address:
    """The first address of a prefix that nobody holds and that lies in none of the closed prefixes.

    Raises:
        Invalid: there is none.
    """
    single = prefix.num_addresses == 1
    address = int(prefix.network_address) + (0 if single else 1)
    last = int(prefix.broadcast_address) - (0 if single else 1)
    while address <= last:
        found = _address(address, prefix)
        around = next((each for each in closed if found in each), None)
        if around is None and found not in taken:
            return found
        address = int(around.broadcast_address if around else found) + 1
    raise Invalid(
        Sentence("the host lab finds no free address in {prefix} to administer hosts from", prefix=prefix),
        hint="a rehearsal needs one that lies outside of the network and its new subnets",
    )


def closed_of(site: Site) -> Mapping[Prefix, str]:
    """The prefixes in which only hosts and gateways of the site are, and what each is."""
    segment = site.segment
    found: dict[Prefix, str] = {
        segment.old: "the old network",
        segment.ipv4: "the new subnet",
        segment.ipv6: "the new subnet",
    }
    if site.translation:
        found |= {site.translation.pool: "the pool of NAT64", site.translation.prefix: "the prefix of NAT64"}
    return found


def refuse_unlike(site: Site) -> None:
    """Refuse a site that the lab would not build as it is.

    Raises:
        Invalid: an address, name, user or path cannot be imitated; the sentence says which and why.
    """
    found = (*_names(site), *_addresses(site), *_logins(site), *_zone_file(site), *_ports(site))
    if found:
        raise Invalid(
            Sentence(
                "the host lab cannot imitate {name}: {names}", name=site.name, names="; ".join(found[:SAID])
            ),
            hint="what it stands in for is in docs/network-migration.md, under `What a rehearsal imitates`",
        )


def _names(site: Site) -> Iterator[str]:
    for host in site.hosts:
        if host.name in _OWN or host.name.startswith(_ZONE):
            yield f"a host is called {host.name}, as a node of the lab itself is"


def _addresses(site: Site) -> Iterator[str]:
    nodes = topology(site).nodes
    closed = closed_of(site)
    for node in nodes.values():
        for address in node.beside:
            if holder := _holder(nodes, node, address):
                yield f"{address} would be of {node.name}, and {holder} has it already"
            for prefix, what in closed.items():
                if address in prefix:
                    yield f"{address} would be of {node.name}, and lies in {what}, {prefix}"
            if address.is_multicast or address.is_loopback or address.is_unspecified or address.is_link_local:
                yield f"{address} is no address that is led to"


def _holder(nodes: Mapping[str, Node], node: Node, address: Address) -> str:
    others = (each for each in nodes.values() if each is not node)
    return next((each.name for each in others if address in (*each.linked, *each.beside)), "")


def _logins(site: Site) -> Iterator[str]:
    users = (*(host.user for host in site.hosts), *(login.user for login in site.logins.values()))
    for user in users:
        if not _USER.fullmatch(user):
            yield f"{user!r} cannot be a user's name there"


def _ports(site: Site) -> Iterator[str]:
    if site.edge_ports.lan == site.edge_ports.uplink:
        yield f"the new edge has {site.edge_ports.lan} for both of its interfaces"


def _zone_file(site: Site) -> Iterator[str]:
    given = [each for each in (site.zone_file, *site.reverse.values()) if each]
    usual = replace(site, zone_file="", reverse={})
    station = topology(usual).nodes[places.STATION]
    others = {*contents(station, usual, Keys("", "", ""), "")} - {names.zone_file(usual)}
    for path in map(PurePosixPath, given):
        if ".." in path.parts or not any(path.is_relative_to(each) for each in disk.LAYERS):
            yield f"the zone is kept in {path}, and nodes only have their own {', '.join(disk.LAYERS)}"
        if str(path) in others or given.count(str(path)) > 1:
            yield f"the zone is kept in {path}, which is another file of the name server there"


def _address(number: int, prefix: Prefix) -> Address:
    return type(prefix.network_address)(number)
