"""Allocation gives every cloud a network in both families: inside the plan, never overlapping, kept."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import a_cloud, a_network, a_zone_network, an_address_plan, an_environment, clouds

from cmp.errors import NothingFits
from cmp.model.environment import Environment
from cmp.model.estate import Cloud
from cmp.model.network import Allocation
from cmp.model.plan import ZoneNetwork
from cmp.network.addresses.allocation import allocate, remember

ZONES = ("internet", "private", "public")
CENTERS = ("bj-a", "bj-b", "gy-c")


def some_clouds() -> st.SearchStrategy[tuple[Cloud, ...]]:
    """Up to ten clouds, anywhere, each serving some zones."""
    one = st.tuples(
        st.sampled_from(CENTERS),
        st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True),
        st.sampled_from(["gov", "pub", "k8s", "edge"]),
    )
    unique = st.lists(one, min_size=1, max_size=10, unique_by=lambda spec: (spec[0], spec[2]))
    return unique.map(
        lambda specs: tuple(
            a_cloud(f"{center}-{kind}", center=center, zones=tuple(zones)) for center, zones, kind in specs
        )
    )


def fixed(center: str, zone: str, ipv4: str, ipv6: str) -> Allocation:
    return Allocation(center=center, zone=zone, ipv4=IPv4Network(ipv4), ipv6=IPv6Network(ipv6))


def environment(*there: Cloud, allocations: Sequence[Allocation] = ()) -> Environment:
    return an_environment(clouds=there or clouds(), network=a_network(allocations=tuple(allocations)))


def assert_sound(found: Environment, networks: Sequence[ZoneNetwork]) -> None:
    plan = found.network.address_plan
    wanted = {(cloud.center, cloud.id, zone) for cloud in found.estate.clouds for zone in cloud.zones}
    assert {(network.center, network.cloud, network.zone) for network in networks} == wanted
    assert len(networks) == len(wanted)
    for network in networks:
        assert network.ipv4.subnet_of(plan.ipv4.supernet)
        assert network.ipv6.subnet_of(plan.ipv6.prefix)
        assert network.ipv4.prefixlen == plan.ipv4.subnet_length
        assert network.ipv6.prefixlen == plan.ipv6.subnet_length
    for one, other in combinations(networks, 2):
        assert not one.ipv4.overlaps(other.ipv4)
        assert not one.ipv6.overlaps(other.ipv6)
        same_site = (one.center, one.zone) == (other.center, other.zone)
        assert same_site == (one.ipv4.supernet(new_prefix=16) == other.ipv4.supernet(new_prefix=16))
        assert same_site == (one.ipv6.supernet(new_prefix=48) == other.ipv6.supernet(new_prefix=48))


@settings(deadline=None)
@given(there=some_clouds())
def test_networks_lie_in_the_plan_and_never_overlap(there: tuple[Cloud, ...]) -> None:
    found = environment(*there)

    assert_sound(found, allocate(found, {}))


@settings(deadline=None)
@given(there=some_clouds(), shuffled=st.randoms(use_true_random=False))
def test_the_order_of_clouds_does_not_matter(there: tuple[Cloud, ...], shuffled: object) -> None:
    other = list(there)
    shuffled.shuffle(other)  # type: ignore[attr-defined]

    assert allocate(environment(*there), {}) == allocate(environment(*other), {})


@settings(deadline=None)
@given(before=some_clouds(), added=some_clouds())
def test_networks_stay_when_clouds_are_added(before: tuple[Cloud, ...], added: tuple[Cloud, ...]) -> None:
    names = {cloud.id for cloud in before}
    earlier = allocate(environment(*before), {})
    grown = environment(*before, *(cloud for cloud in added if cloud.id not in names))

    later = allocate(grown, remember(earlier))

    assert set(earlier) <= set(later)
    assert_sound(grown, later)


@settings(deadline=None)
@given(before=some_clouds(), after=some_clouds())
def test_what_is_remembered_never_makes_networks_overlap(
    before: tuple[Cloud, ...], after: tuple[Cloud, ...]
) -> None:
    found = environment(*after, allocations=[fixed("gy-c", "public", "10.64.0.0/16", "3fff:100::/48")])

    assert_sound(found, allocate(found, remember(allocate(environment(*before), {}))))


def test_a_fixed_block_is_taken_and_others_keep_clear_of_it() -> None:
    found = environment(allocations=[fixed("bj-a", "private", "10.64.0.0/16", "3fff:100:1::/48")])

    networks = {(network.cloud, network.zone): network for network in allocate(found, {})}

    assert networks["bj-a-gov", "private"].ipv4 == ip_network("10.64.0.0/20")
    assert networks["bj-a-gov", "private"].ipv6 == ip_network("3fff:100:1::/64")
    assert networks["bj-a-gov", "internet"].ipv4 == ip_network("10.65.0.0/20")
    assert networks["bj-a-gov", "internet"].ipv6 == ip_network("3fff:100::/64")
    assert networks["bj-a-gov", "public"].ipv6 == ip_network("3fff:100:2::/64")


def test_the_clouds_of_a_zone_share_its_block() -> None:
    found = environment(a_cloud("bj-a-gov", zones=("public",)), a_cloud("bj-a-k8s", zones=("public",)))

    first, second = allocate(found, {})

    assert (first.cloud, first.ipv4) == ("bj-a-gov", ip_network("10.64.0.0/20"))
    assert (second.cloud, second.ipv4) == ("bj-a-k8s", ip_network("10.64.16.0/20"))


def test_a_network_remembered_outside_the_plan_is_given_up() -> None:
    found = environment(a_cloud("bj-a-gov", zones=("public",)))
    before = a_zone_network(ipv4=ip_network("10.128.0.0/20"))

    [network] = allocate(found, remember([before]))

    assert network.ipv4 == ip_network("10.64.0.0/20")


def test_two_memories_of_one_network_are_not_both_kept() -> None:
    found = environment(a_cloud("bj-a-gov", zones=("public",)), a_cloud("bj-a-pub", zones=("public",)))
    same = remember([a_zone_network("bj-a-gov"), a_zone_network("bj-a-pub")])

    assert_sound(found, allocate(found, same))


def test_a_plan_without_a_free_block_says_so() -> None:
    plan = an_address_plan(supernet="10.64.0.0/15")
    found = an_environment(network=a_network(address_plan=plan))

    with pytest.raises(NothingFits, match=r"10\.64\.0\.0/15 has no free /16 left for public in bj-a"):
        allocate(found, {})


def test_a_block_without_a_free_subnet_says_so() -> None:
    plan = an_address_plan(v4={"site_length": 16, "subnet_length": 16})
    there = (a_cloud("bj-a-gov", zones=("public",)), a_cloud("bj-a-pub", zones=("public",)))
    found = an_environment(clouds=there, network=a_network(address_plan=plan))

    with pytest.raises(NothingFits, match=r"no free /16 left for bj-a-pub \(public\)"):
        allocate(found, {})
