"""A cluster follows its cloud's pools, and has the addresses that Plans count with."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import pytest
from support.builders import a_cloud, a_pool, a_zone_network, an_estate

from cmp.errors import Invalid
from cmp.model.estate import CloudBinding, CloudKind, Estate
from cmp.model.plan import ZoneNetwork
from lab.kubernetes.spec import ClusterSpec, clusters, ranges

CLUSTER = "bj-a-k8s"


def estate(*names: str, hosts: int = 3, context: str | None = None) -> Estate:
    made = tuple(
        a_cloud(name, kind=CloudKind.KUBERNETES, binding=CloudBinding(context=context or name))
        for name in names
    )
    return an_estate(clouds=made, pools=tuple(a_pool(f"{name}-p", cloud=name, hosts=hosts) for name in names))


def network(four: str = "10.64.16.0/20") -> ZoneNetwork:
    return a_zone_network(CLUSTER, "private", ipv4=IPv4Network(four), ipv6=IPv6Network("3fff:100::/64"))


def one(*networks: ZoneNetwork, hosts: int = 3) -> ClusterSpec:
    (spec,) = clusters(estate(CLUSTER, hosts=hosts), networks)
    return spec


def test_a_cluster_has_the_addresses_that_its_cloud_was_given() -> None:
    spec = one(network())

    assert spec.ranges.pods == ("10.64.16.0/21", "3fff:100::/65")
    assert [node.addresses[0] for node in spec.nodes] == ["10.64.24.1", "10.64.24.2", "10.64.24.3"]
    for node in spec.nodes:
        for address, prefix in zip(node.addresses, spec.ranges.nodes, strict=True):
            assert ip_address(address) in ip_network(prefix)


def test_a_cluster_that_was_given_none_has_illustrative_ones_of_its_own() -> None:
    first, second = clusters(estate("bj-a-k8s", "bj-b-k8s"))

    assert (first.ranges, second.ranges) == (ranges(0), ranges(1))


@pytest.mark.parametrize(
    ("four", "hosts", "masks", "pods"),
    [
        ("10.64.16.0/20", 3, (25, 69), "110"),
        ("10.64.16.0/20", 17, (26, 70), "62"),
        ("10.64.0.0/16", 3, (25, 73), "110"),
    ],
)
def test_as_many_nodes_as_there_are_have_addresses_for_their_pods(
    four: str, hosts: int, masks: tuple[int, int], pods: str
) -> None:
    spec = one(network(four), hosts=hosts)

    assert spec.ranges.masks(hosts) == masks
    assert {node.offers["pods"] for node in spec.nodes} == {pods}


def test_pods_in_ipv6_begin_as_their_range_does() -> None:
    groups = one(network()).ranges.groups6

    assert ip_address(f"{groups}:40:10:9") in IPv6Network("3fff:100::/65")


def test_two_clouds_of_one_context_are_refused() -> None:
    with pytest.raises(Invalid, match="same context: north"):
        clusters(estate("bj-a-k8s", "bj-b-k8s", context="north"))
