"""A private network gets subnets that nobody else has, and each of its hosts addresses of its own."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Network, ip_interface, ip_network
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import a_host_list, a_network, a_network_host, a_private_network, an_environment

from cmp.errors import NothingFits
from cmp.loaders.loading import load
from cmp.model.environment import Environment
from cmp.model.migration import Renumbered, Segment
from cmp.model.network import Allocation, NetworkHost, Prefix, PrivateNetwork, Target, Translation
from cmp.network.addresses.allocation import allocate
from cmp.network.addresses.renumbering import renumber, segments_of
from cmp.network.addresses.space import overlap

REFERENCE = Path(__file__).parents[4] / "inventories" / "reference"
BLOCK = Allocation(
    center="bj-a",
    zone="public",
    ipv4=IPv4Network("10.64.0.0/16"),
    ipv6=IPv6Network("3fff:100:a::/48"),
)


def hosts_of(*addresses: str, gateway: str | None = None) -> tuple[NetworkHost, ...]:
    gateways = (IPv4Address(gateway),) if gateway else ()
    return tuple(
        a_network_host(f"host-{number}", address, gateways=gateways)
        for number, address in enumerate(addresses)
    )


def an_estate_with(
    *networks: tuple[PrivateNetwork, tuple[NetworkHost, ...]], **changes: object
) -> Environment:
    privates = tuple(private for private, _ in networks)
    network = a_network(allocations=(BLOCK,), private_networks=privates, **changes)
    return an_environment(
        network=network, hosts={private.id: a_host_list(*hosts) for private, hosts in networks}
    )


def moving(name: str, ipv4: str) -> PrivateNetwork:
    return a_private_network(name, ipv4=ip_network(ipv4), target=Target(zone="public", center="bj-a"))


def clouds_of(environment: Environment) -> list[Prefix]:
    return [prefix for each in allocate(environment, {}) for prefix in (each.ipv4, each.ipv6)]


def assert_one_to_one(segment: Segment, moved: tuple[Renumbered, ...]) -> None:
    taken: list[object] = [segment.ipv4_gateway, segment.ipv6_gateway]
    taken += [each.ipv4.ip for each in moved if each.old != segment.old_gateway]
    taken += [each.ipv6.ip for each in moved if each.ipv6 and each.old != segment.old_gateway]
    assert len(set(taken)) == len(taken)
    for each in moved:
        assert each.ipv4.network == segment.ipv4
        assert each.ipv4.ip not in {segment.ipv4.network_address, segment.ipv4.broadcast_address}
        assert each.ipv6 is None or each.ipv6.network == segment.ipv6


def test_every_private_network_of_the_reference_moves_without_meeting_anyone() -> None:
    environment = load(REFERENCE).environment
    taken = clouds_of(environment)

    segments = segments_of(environment, taken)

    assert list(segments) == [private.id for private in environment.network.private_networks]
    given_out = [prefix for each in segments.values() for prefix in (each.ipv4, each.ipv6)]
    for one, other in combinations([*taken, *given_out], 2):
        assert not overlap(one, other)
    for private in environment.network.private_networks:
        moved = renumber(segments[private.id], environment.hosts[private.id].hosts)
        assert_one_to_one(segments[private.id], moved)
        start = int(private.ipv4.network_address)
        for each in moved:
            assert int(each.ipv4.ip) - int(each.ipv4.network.network_address) == int(each.old) - start


def test_a_segment_is_the_same_whether_asked_for_alone_or_with_all() -> None:
    environment = load(REFERENCE).environment
    taken = clouds_of(environment)

    everyone = segments_of(environment, taken)

    for private in environment.network.private_networks:
        assert segments_of(environment, taken, until=private.id)[private.id] == everyone[private.id]


def test_the_gateway_keeps_the_place_it_had() -> None:
    private = moving("office-net", "192.0.2.0/24")
    environment = an_estate_with((private, hosts_of("192.0.2.10/24", gateway="192.0.2.254")))

    segment = segments_of(environment, (), until=private.id)[private.id]

    assert segment.old_gateway == IPv4Address("192.0.2.254")
    assert segment.ipv4_gateway == segment.ipv4[254]
    assert segment.ipv6_gateway == segment.ipv6[254]


def test_without_a_gateway_the_first_address_that_no_host_has_is_taken() -> None:
    private = moving("office-net", "192.0.2.0/24")
    environment = an_estate_with((private, hosts_of("192.0.2.1/24", "192.0.2.3/24")))

    segment = segments_of(environment, (), until=private.id)[private.id]

    assert segment.old_gateway == IPv4Address("192.0.2.2")
    assert_one_to_one(segment, renumber(segment, environment.hosts["office-net"].hosts))


def test_a_full_network_gets_twice_the_room() -> None:
    private = moving("office-net", "192.0.2.0/28")
    full = hosts_of(*(f"192.0.2.{number}/28" for number in range(2, 15)), gateway="192.0.2.1")

    segment = segments_of(an_estate_with((private, full)), (), until=private.id)[private.id]

    assert segment.ipv4.prefixlen == 27


def test_a_network_larger_than_the_block_keeps_what_its_hosts_need() -> None:
    private = moving("office-net", "10.0.0.0/8")
    hosts = hosts_of("10.64.255.9/8", "10.200.1.1/8", "10.200.1.2/8", gateway="10.0.0.1")

    environment = an_estate_with((private, hosts))
    segment = segments_of(environment, clouds_of(environment), until=private.id)[private.id]

    assert segment.ipv4.prefixlen == 28
    assert IPv4Address("10.64.255.9") not in segment.ipv4
    assert_one_to_one(segment, renumber(segment, hosts))


def test_new_subnets_keep_clear_of_old_networks_and_of_the_translators_pool() -> None:
    private = moving("office-net", "192.0.2.0/24")
    inner = moving("inner-net", "10.64.255.0/24")
    pool = Translation(prefix=IPv6Network("3fff:100:a:ffff::/96"), pool=IPv4Network("10.64.254.0/24"))

    environment = an_estate_with((private, hosts_of("192.0.2.10/24")), (inner, ()), translation=pool)
    segment = segments_of(environment, (), until=private.id)[private.id]

    assert segment.ipv4 == IPv4Network("10.64.253.0/24")
    assert segment.ipv6 == IPv6Network("3fff:100:a:fffe::/64")


def test_a_block_without_room_is_refused_by_name() -> None:
    private = moving("office-net", "192.0.2.0/24")
    environment = an_estate_with((private, hosts_of("192.0.2.10/24")))

    with pytest.raises(NothingFits, match="office-net: .* no free /"):
        segments_of(environment, [BLOCK.ipv4], until=private.id)[private.id]
    with pytest.raises(NothingFits, match="no free /64"):
        segments_of(environment, [BLOCK.ipv6], until=private.id)[private.id]


def test_a_host_without_ipv6_gets_none() -> None:
    private = moving("office-net", "192.0.2.0/24")
    old = a_network_host("old-1", "192.0.2.10/24", ipv6_capable=False)

    segments = segments_of(an_estate_with((private, (old,))), ())

    [moved] = renumber(segments[private.id], (old,))

    assert moved.ipv6 is None


@given(
    length=st.integers(16, 31),
    offsets=st.lists(st.integers(0, 2**16 - 1), max_size=40),
    gateway=st.none() | st.integers(0, 2**16 - 1),
)
def test_new_addresses_are_one_to_one_whatever_the_old_network_is(
    length: int, offsets: list[int], gateway: int | None
) -> None:
    old = IPv4Network(f"198.18.0.0/{length}")
    within = sorted({offset % old.num_addresses for offset in offsets})
    addresses = [IPv4Interface((int(old.network_address) + offset, length)) for offset in within]
    named = str(old[gateway % old.num_addresses]) if gateway is not None else None
    hosts = hosts_of(*map(str, addresses), gateway=named)
    private = moving("office-net", str(old))

    segment = segments_of(an_estate_with((private, hosts)), (), until=private.id)[private.id]

    moved = renumber(segment, hosts)
    assert [each.old for each in moved] == [ip_interface(address).ip for address in addresses]
    assert_one_to_one(segment, moved)
    assert 2 * (len(moved) + 1) <= segment.ipv4.num_addresses
