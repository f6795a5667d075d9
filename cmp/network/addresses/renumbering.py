"""Gives a private network that moves its new subnets in both families, and every host its new addresses.

Subnets are taken from the end of the target's block, clouds take theirs from its beginning. So a cloud that
is added later meets them only when the block is full.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Interface
from itertools import chain
from types import MappingProxyType
from typing import Final

from cmp.errors import NothingFits
from cmp.model.environment import Environment
from cmp.model.migration import Renumbered, Segment
from cmp.model.network import NetworkHost, Prefix, PrivateNetwork
from cmp.network.addresses.allocation import Block, Memory, blocks_of
from cmp.network.addresses.space import last_free
from cmp.sentences import Sentence

LINK: Final = 64
"""The length of an IPv6 subnet with hosts (RFC 4291 section 2.5.1)."""

LONGEST: Final = 30
"""The longest IPv4 subnet with a gateway, a network and a broadcast address."""

NOTHING: Final[Memory] = MappingProxyType({})


def segments_of(
    environment: Environment, taken: Iterable[Prefix], fixed: Memory = NOTHING, *, until: str | None = None
) -> Mapping[str, Segment]:
    """The segments of the private networks in the order of their list, to the one named `until` or all.

    Raises:
        NothingFits: a block has no room left, or no cloud serves the zone there.
    """
    blocks = blocks_of(environment, fixed)
    others = [*taken, *_translated(environment)]
    found: dict[str, Segment] = {}
    for private in environment.network.private_networks:
        place = (private.target.center, private.target.zone)
        if place not in blocks:
            raise NothingFits(
                Sentence(
                    "{id}: no cloud serves {place} in {place2}, so it has no addresses",
                    id=private.id,
                    place=place[1],
                    place2=place[0],
                )
            )
        hosts = environment.hosts[private.id].hosts
        segment = _segment(private, hosts, blocks[place], others, tuple(_avoided(environment)))
        found[private.id] = segment
        others += [segment.ipv4, segment.ipv6]
        if private.id == until:
            break
    return found


def renumber(segment: Segment, hosts: Iterable[NetworkHost]) -> tuple[Renumbered, ...]:
    """New addresses for every old IPv4 address, one to one, in the order of the hosts.

    An address keeps its distance from the start of its network; in IPv6 that is the interface identifier.
    Where that is no host's (RFC 5453; network, broadcast, gateway) or lies beyond the new subnet, the next
    free one is taken. Hosts that do not speak IPv6 get IPv4 alone.

    Raises:
        NothingFits: the new subnet has fewer addresses than there are old ones.
    """
    listed = [(host, old) for host in hosts for old in _olds(host)]
    offsets = _offsets(segment, [old for _, old in listed])
    return tuple(
        Renumbered(
            host=host.name,
            old=old,
            ipv4=IPv4Interface((int(segment.ipv4.network_address) + offsets[old], segment.ipv4.prefixlen)),
            ipv6=_ipv6(segment, offsets[old]) if host.ipv6_capable else None,
        )
        for host, old in listed
    )


def _olds(host: NetworkHost) -> list[IPv4Address]:
    return [interface.ip for interface in host.addresses if isinstance(interface, IPv4Interface)]


def _offsets(segment: Segment, olds: Sequence[IPv4Address]) -> dict[IPv4Address, int]:
    """The distance of every new address from the start of its subnet, by old address: no two the same."""
    start = int(segment.old.network_address)
    last = segment.ipv4.num_addresses - 2
    gateway = int(segment.ipv4_gateway) - int(segment.ipv4.network_address)
    kept = {old: int(old) - start for old in olds}
    fitting = {
        old: offset
        for old, offset in kept.items()
        if 1 <= offset <= last and (offset != gateway or old == segment.old_gateway)
    }
    used = {gateway, *fitting.values()}
    free = (offset for offset in range(1, last + 1) if offset not in used)
    for old in olds:
        if old not in fitting:
            fitting[old] = _next(free, segment)
    return fitting


def _next(free: Iterator[int], segment: Segment) -> int:
    offset = next(free, None)
    if offset is None:
        raise NothingFits(
            Sentence("{ipv4} has fewer addresses than {old} has hosts", ipv4=segment.ipv4, old=segment.old)
        )
    return offset


def _ipv6(segment: Segment, identifier: int) -> IPv6Interface:
    return IPv6Interface((int(segment.ipv6.network_address) + identifier, segment.ipv6.prefixlen))


def _segment(
    private: PrivateNetwork,
    hosts: Sequence[NetworkHost],
    block: Block,
    taken: Sequence[Prefix],
    avoided: Sequence[Sequence[Prefix]],
) -> Segment:
    ipv4 = _ipv4_subnet(private, hosts, block.ipv4, taken, avoided)
    ipv6 = last_free(block.ipv6, LINK, taken)
    if ipv6 is None:
        raise NothingFits(
            Sentence("{id}: {ipv6} has no free /{LINK} left", id=private.id, ipv6=block.ipv6, LINK=LINK)
        )
    gateway = old_gateway(private, hosts)
    offset = int(gateway) - int(private.ipv4.network_address)
    offset = offset if 1 <= offset <= ipv4.num_addresses - 2 else 1
    return Segment(
        old=private.ipv4,
        old_gateway=gateway,
        ipv4=ipv4,
        ipv4_gateway=ipv4[offset],
        ipv6=ipv6,
        ipv6_gateway=ipv6[offset],
    )


def _ipv4_subnet(
    private: PrivateNetwork,
    hosts: Sequence[NetworkHost],
    block: IPv4Network,
    taken: Sequence[Prefix],
    avoided: Sequence[Sequence[Prefix]],
) -> IPv4Network:
    """No longer than the old one and at most half used; where there is no room, half used alone counts."""
    roomy = _roomy(sum(len(_olds(host)) for host in hosts))
    lengths = dict.fromkeys((min(private.ipv4.prefixlen, roomy), roomy))
    for olds in avoided:
        for length in lengths:
            if (found := last_free(block, length, [*taken, *olds])) is not None:
                return found
    raise NothingFits(
        Sentence(
            "{id}: {block} has no free /{roomy} left, which its hosts need to fill half of it at most",
            id=private.id,
            block=block,
            roomy=roomy,
        ),
        hint="take a shorter `site_length` in network.yaml's address_plan, or another target",
    )


def _roomy(hosts: int) -> int:
    """The longest subnet that so many hosts and a gateway fill by half at most (RFC 7381 section 2.6)."""
    wanted = 2 * (hosts + 1) + 2
    return min(LONGEST, 32 - (wanted - 1).bit_length())


def old_gateway(private: PrivateNetwork, hosts: Sequence[NetworkHost]) -> IPv4Address:
    """The gateway that most hosts name; if none does, the first address that is no host's."""
    named = Counter(gateway for host in hosts for gateway in _gateways(host) if gateway in private.ipv4)
    if named:
        return min(named, key=lambda gateway: (-named[gateway], gateway))
    own = {interface.ip for host in hosts for interface in host.addresses}
    return next((address for address in private.ipv4.hosts() if address not in own), private.ipv4[0])


def _translated(environment: Environment) -> Iterator[Prefix]:
    if (translation := environment.network.translation) is not None:
        yield from (translation.pool, translation.prefix)


def _avoided(environment: Environment) -> Iterator[tuple[Prefix, ...]]:
    """What new subnets keep clear of while both are in use: old networks whole, else their hosts alone."""
    privates = environment.network.private_networks
    yield tuple(private.ipv4 for private in privates)
    hosts = chain.from_iterable(environment.hosts[private.id].hosts for private in privates)
    yield tuple(IPv4Network(address) for host in hosts for address in (*_olds(host), *_gateways(host)))


def _gateways(host: NetworkHost) -> list[IPv4Address]:
    return [gateway for gateway in host.gateways if isinstance(gateway, IPv4Address)]
