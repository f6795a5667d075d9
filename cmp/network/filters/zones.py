"""Derives the policy of a network that moves: what its hosts offer and use in the zone that takes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final

from cmp.model.container_networks import carried, own_zone
from cmp.model.environment import Environment
from cmp.model.migration import HostMove, MigrationPlan, Renumbered, Strategy
from cmp.model.network import Allocation, Prefix, Translation
from cmp.model.plan import SecurityGroup, ZoneNetwork
from cmp.network.filters.atlas import Pair
from cmp.network.filters.icmp import echoes, errors
from cmp.network.filters.terms import Endpoint, Policy, Ports, Term, Verdict, place
from cmp.network.flows import INTERNET

SSH: Final = 22
SKIPPED_BYTE: Final = 8
"""The byte of an address with embedded IPv4 that stays zero, counted from 0."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lies around a network that moves.

    `networks` are the subnets of clouds, `groups` the security groups that say where workloads run, and
    `administration` the prefixes that hosts are administered from by SSH.
    """

    environment: Environment
    networks: Sequence[ZoneNetwork] = ()
    groups: Sequence[SecurityGroup] = ()
    administration: tuple[Prefix, ...] = ()

    @property
    def blocks(self) -> list[Allocation | ZoneNetwork]:
        """Blocks of zones and subnets of clouds."""
        return [*self.environment.network.allocations, *self.networks]

    def zone(self, name: str) -> Endpoint:
        """A zone in all centers: its blocks and its clouds' subnets."""
        there = [block for block in self.blocks if block.zone == name]
        return place(f"zone {name}", [prefix for block in there for prefix in (block.ipv4, block.ipv6)])


def zone_policy(plan: MigrationPlan, around: Surroundings) -> Policy:
    """What passes between a network that has moved and all else; the rest is denied.

    Into an isolated zone pass the services of the network's own hosts, from the network itself, old and new;
    out of it what workloads expose to the zone. In an open zone hosts are reached from the whole zone, and
    reach every zone that is not isolated.
    """
    own = own_place(plan)
    zone = around.environment.network.zone(plan.target.zone)
    isolated = zone is None or zone.isolated
    old = Endpoint("the old network", (plan.segment.old,))
    clients = [own, old] if isolated else [own, old, _with(around.zone(plan.target.zone), own)]
    terms = [*errors()]
    for peer in clients:
        terms += echoes(peer, own, f"probes from {peer.name}")
        if peer is not own:
            terms += echoes(own, peer, f"probes to {peer.name}")
    terms += _offered(plan, place("clients", [prefix for peer in clients for prefix in peer.prefixes]))
    terms += _administered(plan, around.administration)
    terms += _exposed(own, plan.target.zone, around)
    if not isolated:
        terms += _open(own, plan.target.zone, around)
    return Policy(plan.network, tuple(terms))


def own_place(plan: MigrationPlan) -> Endpoint:
    """All of the network, also where NAT64 shows the hosts that have no IPv6."""
    shown = [
        ip_network(embedded(address.ipv4.ip, plan.translation.prefix))
        for move in plan.moves
        for address in move.addresses
        if address.ipv6 is None and plan.translation is not None
    ]
    return place(f"network {plan.network}", (*own_prefixes(plan), *shown))


def own_prefixes(plan: MigrationPlan) -> tuple[Prefix, ...]:
    """Sources that packets from the network's LAN may have: new subnets, and hosts that keep their address.

    The edge translates for these after it has judged what they send, and before it judges what they get.
    """
    return (plan.segment.ipv4, plan.segment.ipv6, *behind_edge(plan))


def behind_edge(plan: MigrationPlan) -> tuple[Prefix, ...]:
    """The old addresses of hosts behind the edge, to which the old router still leads as well."""
    devices = (move for move in plan.moves if move.strategy is Strategy.BEHIND_EDGE)
    return tuple(ip_network(address.old) for move in devices for address in move.addresses)


def _with(zone: Endpoint, own: Endpoint) -> Endpoint:
    """A zone with all of a network that is in it."""
    return place(zone.name, (*zone.prefixes, *own.prefixes))


def host_place(move: HostMove, translation: Translation | None) -> Endpoint:
    """A host's new addresses in both families; one without IPv6 is reached where NAT64 shows it.

    One that the edge answers for has its old address again when the edge judges.
    """
    ends = [end for address in move.addresses for end in _both(address, translation)]
    if move.strategy is Strategy.BEHIND_EDGE:
        ends += [address.old for address in move.addresses]
    return place(f"host {move.host}", [_alone(end) for end in ends if end is not None])


def _alone(address: IPv4Address | IPv6Address) -> Prefix:
    """The prefix of one address, from its number: from the address itself it would be written and read."""
    return IPv4Network(int(address)) if isinstance(address, IPv4Address) else IPv6Network(int(address))


def _offered(plan: MigrationPlan, clients: Endpoint) -> Iterator[Term]:
    for move in plan.moves:
        for service in move.services:
            yield Term(
                Verdict.ACCEPT,
                clients,
                host_place(move, plan.translation),
                service.protocol,
                (Ports(service.port, service.port),),
                purpose=f"{move.host} offers {service.name or service.port}",
                owner=move.owner,
            )


def _administered(plan: MigrationPlan, sources: tuple[Prefix, ...]) -> Iterator[Term]:
    if sources:
        administration = place("administration", sources)
        for move in plan.moves:
            if move.addresses and (move.ssh is not None or move.kind.is_managed):
                port = move.ssh.port if move.ssh else SSH
                yield Term(
                    Verdict.ACCEPT,
                    administration,
                    host_place(move, plan.translation),
                    "tcp",
                    (Ports(port, port),),
                    purpose=f"{move.host} is administered",
                    owner=move.owner,
                )


def _exposed(own: Endpoint, zone: str, around: Surroundings) -> Iterator[Term]:
    """What components expose to the zone, or to everybody."""
    environment = around.environment
    clouds = environment.estate.cloud
    subnets = {(each.cloud, each.zone): carried(clouds[each.cloud], each) for each in around.networks}
    where: dict[tuple[str, str], list[Prefix]] = defaultdict(list)
    for group in around.groups:
        home = own_zone(clouds[group.cloud], environment.network, group.zone)
        where[group.workload, group.component] += [*subnets.get((group.cloud, home), ())]
    for (workload, name), prefixes in sorted(where.items()):
        _, component = environment.find(workload, name)
        for exposure in component.exposes:
            if exposure.source in {zone, INTERNET} and prefixes:
                yield Term(
                    Verdict.ACCEPT,
                    own,
                    place(f"{workload}/{name}", prefixes),
                    exposure.protocol.value,
                    (Ports(exposure.port, exposure.port),),
                    purpose=f"{workload}/{name} exposes it to {exposure.source}",
                    owner=environment.workload[workload].owner,
                )


def _open(own: Endpoint, home: str, around: Surroundings) -> Iterator[Term]:
    """From an open zone everything in open zones is reached."""
    for zone in around.environment.network.zones:
        target = around.zone(zone.id)
        if zone.id == home:
            target = _with(target, own)
        if not zone.isolated and target.prefixes:
            yield Term(Verdict.ACCEPT, own, target, purpose=f"{target.name} is open to open zones")


def pairs(plan: MigrationPlan, around: Surroundings) -> tuple[Pair, ...]:
    """Which addresses are the same hosts in both families; an old one's twin is the new one in IPv6."""
    hosts = [
        Pair(ip_network(ipv4), ip_network(ipv6), leaving=leaving)
        for move in plan.moves
        for address in move.addresses
        for new, ipv6 in [_both(address, plan.translation)]
        for ipv4, leaving in ((new, False), (address.old, True))
        if ipv6 is not None
    ]
    segment = plan.segment
    own = (Pair(segment.ipv4, segment.ipv6), Pair(segment.old, segment.ipv6, leaving=True))
    return (*hosts, *own, *(Pair(block.ipv4, block.ipv6) for block in around.blocks))


def _both(address: Renumbered, translation: Translation | None) -> tuple[IPv4Address, IPv6Address | None]:
    """The new addresses of a host, the second as NAT64 shows it where it has none (RFC 6052 2.2)."""
    if address.ipv6 is not None:
        return address.ipv4.ip, address.ipv6.ip
    return address.ipv4.ip, None if translation is None else embedded(address.ipv4.ip, translation.prefix)


def embedded(ipv4: IPv4Address, prefix: IPv6Network) -> IPv6Address:
    """The IPv6 address that stands for an IPv4 one behind a prefix of /32, /40, /48, /56, /64 or /96.

    Its four bytes follow the prefix and leave out the ninth byte, which is zero (RFC 6052 2.2).
    """
    whole = bytearray(prefix.network_address.packed)
    position = prefix.prefixlen // 8
    for byte in ipv4.packed:
        position += position == SKIPPED_BYTE
        whole[position] = byte
        position += 1
    return IPv6Address(bytes(whole))


def owners(policies: Iterable[Policy]) -> tuple[str, ...]:
    """The owners that terms name, each once, in order."""
    return tuple(sorted({term.owner for policy in policies for term in policy.terms if term.owner}))
