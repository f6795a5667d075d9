"""Security groups hold what components declare, in both families, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.builders import (
    a_cloud,
    a_component,
    a_placement,
    a_pool,
    a_talk,
    a_workload,
    an_environment,
    an_exposure,
    clouds,
    pools,
)

from cmp.model.container import ContainerCloud, Packets
from cmp.model.container_networks import cluster_ranges
from cmp.model.environment import Environment
from cmp.model.estate import CloudKind
from cmp.model.plan import Placement, SecurityGroup
from cmp.model.recovery import Role
from cmp.model.wishes import Protocol
from cmp.model.workload import RunsAs, Workload
from cmp.network.addresses.allocation import allocate
from cmp.network.flows import security_groups

WEB = a_component("web", zone="internet", exposes=(an_exposure(443),), talks_to=(a_talk("db", 5432),))
DB = a_component("db", zone="private")
SHOP = a_workload("shop", components=(WEB, DB))


def row(component: str, pool: str = "bj-a-hygon", workload: str = "shop", **changes: object) -> Placement:
    return a_placement(pool, workload=workload, component=component, **changes)


def groups(environment: Environment, placements: Iterable[Placement]) -> dict[tuple[str, str], SecurityGroup]:
    """The groups of an environment by cloud and component."""
    found = security_groups(environment, allocate(environment, {}), placements)
    return {(group.cloud, group.component): group for group in found}


def flows(group: SecurityGroup) -> list[tuple[str, int, str]]:
    return [(rule.direction, rule.port, str(rule.prefix)) for rule in group.rules]


def prefixes(environment: Environment, cloud: str, zone: str) -> list[str]:
    [network] = [
        network for network in allocate(environment, {}) if (network.cloud, network.zone) == (cloud, zone)
    ]
    return [str(network.ipv4), str(network.ipv6)]


def test_a_component_exposed_to_the_internet_is_open_in_both_families() -> None:
    shop = an_environment(SHOP)

    group = groups(shop, [row("web")])["bj-a-gov", "web"]

    assert flows(group) == [("ingress", 443, "0.0.0.0/0"), ("ingress", 443, "::/0")]
    assert group.zone == "internet"
    assert group.rules[0].why == "shop/web exposes it to internet"


def test_a_flow_opens_both_of_its_ends() -> None:
    shop = an_environment(SHOP)
    web, db = prefixes(shop, "bj-a-gov", "internet"), prefixes(shop, "bj-a-gov", "private")

    found = groups(shop, [row("web"), row("db")])

    assert flows(found["bj-a-gov", "db"]) == [("ingress", 5432, prefix) for prefix in web]
    assert flows(found["bj-a-gov", "web"])[:2] == [("egress", 5432, prefix) for prefix in db]


def test_a_flow_follows_its_component_into_every_center() -> None:
    shop = an_environment(SHOP)

    found = groups(shop, [row("web"), row("db"), row("db", "gy-c-hygon", role=Role.COLD)])

    wanted = prefixes(shop, "bj-a-gov", "private") + prefixes(shop, "gy-c-gov", "private")
    assert {prefix for way, _, prefix in flows(found["bj-a-gov", "web"]) if way == "egress"} == set(wanted)
    assert flows(found["gy-c-gov", "db"]) == flows(found["bj-a-gov", "db"])


def test_a_backup_has_no_group_and_opens_nothing() -> None:
    shop = an_environment(SHOP)

    found = groups(shop, [row("web"), row("db", "gy-c-hygon", role=Role.BACKUP)])

    assert list(found) == [("bj-a-gov", "web")]
    assert not [flow for flow in flows(found["bj-a-gov", "web"]) if flow[0] == "egress"]


def test_a_component_exposed_to_a_zone_is_open_to_its_subnets_in_every_cloud() -> None:
    portal = a_workload("shop", components=(a_component("api", exposes=(an_exposure(8443, "private"),)),))
    found = an_environment(portal)

    group = groups(found, [row("api")])["bj-a-gov", "api"]

    wanted = [
        prefix
        for cloud in ("bj-a-gov", "bj-b-gov", "gy-c-gov")
        for prefix in prefixes(found, cloud, "private")
    ]
    assert {prefix for _, _, prefix in flows(group)} == set(wanted)


def test_another_workload_that_talks_in_is_let_in() -> None:
    app = a_component("app")
    asking = a_workload(
        "tax", components=(a_component("web", talks_to=(a_talk("app", 443, workload="shop"),)),)
    )
    both = an_environment(a_workload("shop", components=(app,)), asking)

    found = groups(both, [row("app"), row("web", "gy-c-hygon", workload="tax")])

    assert flows(found["bj-a-gov", "app"]) == [
        ("ingress", 443, prefix) for prefix in prefixes(both, "gy-c-gov", "public")
    ]
    assert found["bj-a-gov", "app"].rules[0].why == "tax/web talks to shop/app"


def test_one_flow_declared_twice_is_one_rule_with_both_reasons() -> None:
    one = a_component("one", talks_to=(a_talk("db"),))
    two = a_component("two", talks_to=(a_talk("db"),))
    found = an_environment(a_workload("shop", components=(one, two, a_component("db"))))

    group = groups(found, [row("one"), row("two"), row("db")])["bj-a-gov", "db"]

    assert len(group.rules) == 2
    assert group.rules[0].why == "shop/one talks to shop/db; shop/two talks to shop/db"


def test_an_isolated_zone_is_reached_by_nobody_who_is_not_declared() -> None:
    secret = a_component("secret", zone="private")
    found = an_environment(a_workload("shop", components=(secret, a_component("curious"))))

    groups_there = groups(found, [row("secret"), row("curious")])

    assert groups_there["bj-a-gov", "secret"].rules == ()
    assert groups_there["bj-a-gov", "curious"].rules == ()


def test_a_container_has_its_flows_as_a_server_has() -> None:
    pod = a_component("pod", runs_as=RunsAs.CONTAINER, talks_to=(a_talk("db"),))
    found = an_environment(a_workload("shop", components=(pod, a_component("db"))))

    there = groups(found, [row("pod", "bj-b-hygon"), row("db")])

    assert list(there) == [("bj-a-gov", "db"), ("bj-b-gov", "pod")]
    assert flows(there["bj-a-gov", "db"]) == [
        ("ingress", 5432, prefix) for prefix in prefixes(found, "bj-b-gov", "public")
    ]


def test_a_transport_protocol_is_kept() -> None:
    dns = a_component("dns", exposes=(an_exposure(53, "public", protocol=Protocol.UDP),))
    found = an_environment(a_workload("shop", components=(dns,)))

    group = groups(found, [row("dns")])["bj-a-gov", "dns"]

    assert {rule.protocol for rule in group.rules} == {Protocol.UDP}


@st.composite
def meshes(draw: st.DrawFn) -> tuple[Workload, list[Placement]]:
    """A workload of four components that talk and are placed at random."""
    names = ["a", "b", "c", "d"]
    parts = [
        a_component(
            name,
            zone=draw(st.sampled_from(["public", "private", "internet"])),
            talks_to=tuple(a_talk(peer, 80) for peer in draw(st.sets(st.sampled_from(names)))),
            exposes=tuple(
                an_exposure(81, zone) for zone in draw(st.sets(st.sampled_from(["public", "internet"])))
            ),
        )
        for name in names
    ]
    pools = ["bj-a-hygon", "bj-b-kunpeng", "gy-c-hygon"]
    placed = draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(pools)), max_size=8))
    return a_workload("shop", components=tuple(parts)), [row(name, pool) for name, pool in placed]


@settings(deadline=None)
@given(mesh=meshes())
def test_every_rule_is_declared_and_none_stands_twice(mesh: tuple[Workload, list[Placement]]) -> None:
    workload, placements = mesh
    environment = an_environment(workload)
    everything = {ip_network("0.0.0.0/0"), ip_network("::/0")}
    known = {prefix for network in allocate(environment, {}) for prefix in (network.ipv4, network.ipv6)}

    found = groups(environment, placements)

    assert set(found) == {(placement.cloud, placement.component) for placement in placements}
    for group in found.values():
        component = workload.component[group.component]
        keys = [(rule.direction, rule.protocol, rule.port, rule.prefix) for rule in group.rules]
        assert len(keys) == len(set(keys))
        assert sum(rule.prefix.version == 4 for rule in group.rules) * 2 == len(keys), "both families alike"
        for rule in group.rules:
            assert rule.prefix in known | everything
            open_to_all = any(exposure.source == "internet" for exposure in component.exposes)
            assert rule.prefix not in everything or (rule.port == 81 and open_to_all)
            assert rule.direction == "ingress" or component.talks_to


@settings(deadline=None)
@given(mesh=meshes(), shuffled=st.randoms(use_true_random=False))
def test_the_order_of_placements_does_not_matter(
    mesh: tuple[Workload, list[Placement]], shuffled: object
) -> None:
    workload, placements = mesh
    environment = an_environment(workload)
    networks = allocate(environment, {})
    other = list(placements)
    shuffled.shuffle(other)  # type: ignore[attr-defined]

    assert security_groups(environment, networks, placements) == security_groups(environment, networks, other)


def a_shop_in_a_cluster(packets: Packets) -> Environment:
    """Its web runs in a cluster that serves two zones, its database on servers."""
    facts = ContainerCloud(packets=packets)
    cluster = a_cloud("bj-a-k8s", kind=CloudKind.KUBERNETES, zones=("public", "private"), containers=facts)
    web = a_component("web", zone="public", runs_as=RunsAs.CONTAINER, talks_to=(a_talk("db", 5432),))
    return an_environment(
        a_workload("shop", components=(web, DB)),
        clouds=(*clouds(), cluster),
        pools=(*pools(), a_pool("bj-a-k8s-hygon", cloud="bj-a-k8s")),
    )


@pytest.mark.parametrize("packets", list(Packets))
def test_rules_to_and_from_containers_name_what_their_packets_carry(packets: Packets) -> None:
    """All zones of a cluster have the addresses of its one network, which lies in the isolated one."""
    shop = a_shop_in_a_cluster(packets)
    (network,) = (each for each in allocate(shop, {}) if each.cloud == "bj-a-k8s")
    wanted = {str(each) for each in getattr(cluster_ranges(network), packets.value)}

    found = groups(shop, [row("web", "bj-a-k8s-hygon", cloud="bj-a-k8s"), row("db")])

    assert network.zone == "private"
    assert {prefix for _, _, prefix in flows(found["bj-a-gov", "db"])} == wanted
    assert {flow[0] for flow in flows(found["bj-a-k8s", "web"])} == {"egress"}


@pytest.mark.parametrize("zone", ["public", "private"])
def test_a_zone_that_a_cluster_serves_has_its_packets(zone: str) -> None:
    db = a_component("db", zone="private", exposes=(an_exposure(5432, zone),))
    shop = a_shop_in_a_cluster(Packets.PODS)
    shop = shop.changed(workloads=(a_workload("shop", components=(shop.workloads[0].components[0], db)),))
    (network,) = (each for each in allocate(shop, {}) if each.cloud == "bj-a-k8s")

    found = groups(shop, [row("web", "bj-a-k8s-hygon", cloud="bj-a-k8s"), row("db")])

    sources = {prefix for way, _, prefix in flows(found["bj-a-gov", "db"]) if way == "ingress"}
    assert {str(each) for each in cluster_ranges(network).pods} <= sources
