"""A network that moves gets a policy: its services for its own, what workloads expose, and nothing else."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Network, ip_address

import pytest
from support.network_stories import GOLDEN, a_border, a_move, surroundings

from cmp.model.migration import Strategy
from cmp.network.filters.icmp import blocked
from cmp.network.filters.nftables import render, render_back
from cmp.network.filters.terms import Message, Packet, Policy
from cmp.network.filters.twins import compare_families
from cmp.network.filters.zones import embedded, pairs, zone_policy

NETWORKS = ("rescue-net", "office-old-net", "archives-net", "welfare-lottery-net")


def policy_of(network: str) -> Policy:
    return zone_policy(a_move(network), surroundings())


@pytest.mark.parametrize("network", NETWORKS)
def test_every_flow_of_the_reference_has_one_verdict_in_both_families(network: str) -> None:
    twins = compare_families(policy_of(network), pairs(a_move(network), surroundings()))

    assert [f"{each.term}: {each.why} {each.flow}" for each in twins.missing] == []
    assert twins.partly == ()


@pytest.mark.parametrize("network", NETWORKS)
def test_the_messages_that_must_pass_do(network: str) -> None:
    segment = a_move(network).segment

    assert list(blocked(policy_of(network), segment.ipv6[10], segment.ipv6[11])) == []


def test_a_service_is_reached_from_its_own_network_and_from_no_other_zone() -> None:
    plan = a_move("rescue-net")
    policy = policy_of("rescue-net")
    host = next(move for move in plan.moves if move.services)
    new = host.addresses[0]
    port = host.services[0].port

    assert policy.judge(Packet(plan.segment.ipv4[9], new.ipv4.ip, "tcp", port)).passes
    assert policy.judge(Packet(plan.segment.old[9], new.ipv4.ip, "tcp", port)).passes
    assert not policy.judge(Packet(ip_address("10.65.0.9"), new.ipv4.ip, "tcp", port)).passes
    assert not policy.judge(Packet(ip_address("10.64.0.9"), new.ipv4.ip, "tcp", port)).passes


def test_an_isolated_zone_answers_no_echo_of_strangers_in_either_family() -> None:
    segment = a_move("rescue-net").segment
    policy = policy_of("rescue-net")
    ipv4 = Packet(ip_address("10.65.0.9"), segment.ipv4[9], "icmp", message=Message(8, 0))
    ipv6 = Packet(ip_address("3fff:100:1a::9"), segment.ipv6[9], "icmpv6", message=Message(128, 0))

    assert not policy.judge(ipv4).passes
    assert not policy.judge(ipv6).passes


def test_an_open_zone_reaches_open_zones_and_no_isolated_one() -> None:
    segment = a_move("office-old-net").segment
    policy = policy_of("office-old-net")

    assert policy.judge(Packet(segment.ipv4[9], ip_address("10.69.0.9"), "tcp", 443)).passes
    assert not policy.judge(Packet(segment.ipv4[9], ip_address("10.64.0.9"), "tcp", 443)).passes


def test_a_host_behind_the_edge_is_reached_by_the_address_it_keeps() -> None:
    plan = a_move("archives-net")
    policy = policy_of("archives-net")
    kept = next(move for move in plan.moves if move.services and move.strategy is Strategy.BEHIND_EDGE)
    old, port = kept.addresses[0].old, kept.services[0].port

    assert policy.judge(Packet(ip_address("10.65.0.9"), old, "tcp", port)).passes
    assert policy.judge(Packet(old, ip_address("10.69.0.9"), "tcp", 443)).passes
    assert not policy.judge(Packet(ip_address("10.65.0.9"), old, "tcp", port + 1)).passes
    assert f"{old}/32" in {str(prefix) for prefix in a_border("archives-net").own}


def test_the_table_for_nftables_is_the_one_reviewed() -> None:
    written = render(policy_of("rescue-net"), a_border("rescue-net"))

    assert written == (GOLDEN / "rescue-net.nft").read_text(encoding="utf-8")


def test_a_table_is_taken_away_whether_it_is_there_or_not() -> None:
    assert render_back(Policy("rescue-net", ())).splitlines() == [
        "table inet tricenter_rescue_net",
        "delete table inet tricenter_rescue_net",
    ]


@pytest.mark.parametrize(
    ("prefix", "shown"),
    [
        ("2001:db8::/32", "2001:db8:c000:221::"),
        ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
        ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
        ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
        ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"),
        ("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"),
    ],
)
def test_an_ipv4_address_is_embedded_as_rfc_6052_shows_it(prefix: str, shown: str) -> None:
    assert embedded(IPv4Address("192.0.2.33"), IPv6Network(prefix)) == ip_address(shown)
