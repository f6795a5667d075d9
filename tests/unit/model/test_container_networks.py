"""A cluster has one network, cut into ranges that share nothing; its packets carry those of pods or nodes."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import a_cloud, a_network, a_zone_network

from cmp.model.container import ContainerCloud, Packets
from cmp.model.container_networks import carried, cluster_ranges, own_zone, own_zones
from cmp.model.estate import Cloud, CloudKind

NETWORK = a_zone_network(ipv4=IPv4Network("10.64.16.0/20"), ipv6=IPv6Network("3fff:100::/64"))


def cluster(*zones: str, packets: Packets | None = None) -> Cloud:
    facts = ContainerCloud(packets=packets) if packets else None
    return a_cloud("bj-a-k8s", kind=CloudKind.KUBERNETES, zones=zones, containers=facts)


def test_a_network_is_cut_into_pods_nodes_and_services() -> None:
    ranges = cluster_ranges(NETWORK)

    assert [str(each) for each in ranges.pods] == ["10.64.16.0/21", "3fff:100::/65"]
    assert [str(each) for each in ranges.nodes] == ["10.64.24.0/22", "3fff:100:0:0:8000::/66"]
    assert [str(each) for each in ranges.services] == ["10.64.28.0/22", "3fff:100:0:0:c000::/112"]


@given(four=st.integers(8, 32), six=st.integers(48, 64))
def test_ranges_share_no_address_and_lie_in_the_network(four: int, six: int) -> None:
    whole = a_zone_network(ipv4=IPv4Network((10 << 24, four)), ipv6=IPv6Network((0x20010DB8 << 96, six)))
    ranges = cluster_ranges(whole)

    for family, wide in ((0, whole.ipv4), (1, whole.ipv6)):
        parts = [ranges.pods[family], ranges.nodes[family], ranges.services[family]]
        assert all(part.network_address in wide for part in parts)
        if wide.prefixlen <= wide.max_prefixlen - 2:
            assert not any(one.overlaps(other) for one, other in combinations(parts, 2))


@pytest.mark.parametrize(
    ("packets", "which"), [(None, "pods"), (Packets.PODS, "pods"), (Packets.NODES, "nodes")]
)
def test_packets_carry_what_the_cloud_says(packets: Packets | None, which: str) -> None:
    assert carried(cluster("public", packets=packets), NETWORK) == getattr(cluster_ranges(NETWORK), which)


def test_servers_have_the_addresses_of_their_zones_network() -> None:
    assert carried(a_cloud(), NETWORK) == (NETWORK.ipv4, NETWORK.ipv6)


def test_all_zones_of_a_cluster_share_the_network_of_the_strictest() -> None:
    mixed = cluster("public", "private", "internet")

    assert own_zones(mixed, a_network()) == ("private",)
    assert {own_zone(mixed, a_network(), zone) for zone in mixed.zones} == {"private"}
    assert own_zones(cluster("public", "internet"), a_network()) == ("public",)
    assert own_zones(a_cloud(), a_network()) == a_cloud().zones
    assert own_zones(cluster(), a_network()) == ()
