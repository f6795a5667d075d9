"""The new edge denies what no term names before any host has a new address, and lets the move through."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import pytest
from support.builders import a_network, a_network_host, an_environment
from support.moving_network import (
    a_migration_plan,
    a_segment,
    an_edge_router,
    behind_an_edge,
    some_hosts,
)

from cmp.errors import Refused
from cmp.model.migration import MigrationPlan, Phase, Transaction
from cmp.model.network import (
    Allocation,
    Edge,
    HostKind,
    HostService,
    Network,
    NetworkHost,
    PrivateNetwork,
    Translation,
)
from cmp.model.ssh import Ssh
from cmp.network.filters.terms import Packet, Policy
from cmp.network.filters.zones import Surroundings
from cmp.network.moving.filters import edge_policy, grouped, with_pool
from cmp.network.moving.planning import unsound
from cmp.services.migrating.place import asks_of, reach_of

CENTER = "bj-a"
POOL = IPv4Network("198.51.100.128/25")
STRANGERS = (ip_address("10.66.0.9"), ip_address("3fff:100:2a::9"))
"""Somebody in the zone of the internet, in each family."""
OLD = a_segment().old


def zoned(**changes: object) -> Network:
    """Zones with a block each in the center that takes the network."""
    blocks = (
        ("private", "10.64.0.0/16", "3fff:100:a::/48"),
        ("public", "10.65.0.0/16", "3fff:100:1a::/48"),
        ("internet", "10.66.0.0/16", "3fff:100:2a::/48"),
    )
    usual = {
        "allocations": tuple(
            Allocation(center=CENTER, zone=zone, ipv4=IPv4Network(ipv4), ipv6=IPv6Network(ipv6))
            for zone, ipv4, ipv6 in blocks
        ),
        "translation": Translation(prefix=IPv6Network("2001:db8:64::/96"), pool=POOL),
    }
    return a_network(**usual | changes)


def serving() -> tuple[NetworkHost, ...]:
    """Hosts with a service each."""
    return some_hosts(3, services=(HostService(port=443, name="https"),))


def a_device() -> NetworkHost:
    return a_network_host(
        "tape", "192.0.2.99/24", kind=HostKind.APPLIANCE, services=(HostService(port=3260),)
    )


def planned(*more: NetworkHost, private: PrivateNetwork | None = None, **changes: object) -> MigrationPlan:
    return a_migration_plan(
        [*serving(), *more], private=private or behind_an_edge(), network=zoned(**changes)
    )


def policy_of(plan: MigrationPlan, **changes: object) -> Policy:
    around = Surroundings(an_environment(network=zoned(**changes)))
    return with_pool(edge_policy(plan, behind_an_edge(), around), plan)


def edge_of(plan: MigrationPlan) -> Transaction:
    return plan.move("desk-edge").phases[Phase.BESIDE].forward


def test_the_edge_moves_first_and_denies_by_default_without_any_device() -> None:
    plan = planned()

    assert plan.waves[0].hosts == ("desk-edge",)
    assert list(plan.move("desk-edge").phases) == [Phase.BESIDE]
    assert "type filter hook forward priority filter; policy drop;" in edge_of(plan).nft
    assert "dnat" not in edge_of(plan).nft
    assert plan.move("desk-edge").is_edge


def test_without_a_router_hosts_move_alone_and_the_plan_says_who_filters() -> None:
    plan = a_migration_plan(serving(), network=zoned())

    assert not any(move.is_edge for move in plan.moves)
    assert plan.notes == ("no edge is named: the zone's filters have to be loaded by hand",)


@pytest.mark.parametrize("family", [0, 1])
def test_a_service_in_an_isolated_zone_is_reached_from_its_own_network_and_from_no_other(family: int) -> None:
    plan = planned()
    policy = policy_of(plan)
    new = plan.move("desk-1").addresses[0]
    assert new.ipv6 is not None
    target = (new.ipv4.ip, new.ipv6.ip)[family]
    own = (plan.segment.ipv4[200], plan.segment.ipv6[200])[family]

    assert policy.judge(Packet(own, target, "tcp", 443)).passes
    assert not policy.judge(Packet(STRANGERS[family], target, "tcp", 443)).passes
    assert not policy.judge(Packet(target, STRANGERS[family], "tcp", 443)).passes


def test_witnesses_reach_everything_both_ways_in_both_families() -> None:
    plan = planned()
    policy = policy_of(plan)
    new = plan.move("desk-1").addresses[0]

    for witness in plan.witnesses:
        target = new.ipv4.ip if witness.version == 4 else new.ipv6.ip if new.ipv6 else None
        assert target is not None
        assert policy.judge(Packet(witness, target, "udp", 4242)).passes
        assert policy.judge(Packet(target, witness, "udp", 4242)).passes


@pytest.mark.parametrize("source", ["198.18.101.10", "2001:db8:101::10"])
def test_administration_reaches_ssh_and_nothing_else(source: str) -> None:
    plan = planned()
    policy = policy_of(plan)
    new = plan.move("desk-1").addresses[0]
    target = new.ipv4.ip if "." in source else new.ipv6.ip if new.ipv6 else None
    assert target is not None

    assert policy.judge(Packet(ip_address(source), target, "tcp", 22)).passes
    assert not policy.judge(Packet(ip_address(source), target, "tcp", 443)).passes


def test_a_device_behind_the_edge_is_judged_by_its_old_address_and_may_answer_from_it() -> None:
    plan = planned(a_device())
    policy = policy_of(plan)
    old = ip_address("192.0.2.99")

    assert policy.judge(Packet(plan.segment.ipv4[200], old, "tcp", 3260)).passes
    assert not policy.judge(Packet(STRANGERS[0], old, "tcp", 3260)).passes
    assert 'iifname "lan" ip saddr != { 192.0.2.99, 203.0.113.0/24 }' in edge_of(plan).nft
    assert 'iifname "core" ip saddr 203.0.113.0/24 counter' in edge_of(plan).nft
    assert "ip daddr 203.0.113.99 dnat to 192.0.2.99" in edge_of(plan).nft


def test_the_edge_takes_a_single_address_of_the_old_prefix_lest_it_attract_all_of_it() -> None:
    commands = edge_of(planned(a_device())).commands

    assert commands == (
        "-4 addr replace 192.0.2.254/32 dev @old",
        "-4 addr replace 203.0.113.99/32 dev @old",
        "-4 route replace 192.0.2.99/32 dev @old src 192.0.2.254",
    )


def test_hosts_that_offer_the_same_share_a_rule_which_judges_as_theirs_did() -> None:
    plan = planned(a_device())
    policy = policy_of(plan)
    short = grouped(policy)
    ends = [
        *plan.segment.ipv4,
        *plan.witnesses,
        *STRANGERS,
        ip_address("192.0.2.99"),
        ip_address("192.0.2.7"),
    ]

    assert len(short.terms) < len(policy.terms)
    assert "desk-1 offers https, and 2 more" in edge_of(plan).nft
    for source in (*STRANGERS, plan.segment.ipv4[200], plan.segment.ipv6[200], OLD[7]):
        for target in (end for end in ends if end.version == source.version):
            for port in (22, 443, 3260):
                packet = Packet(source, target, "tcp", port)
                assert short.judge(packet) is policy.judge(packet), packet


def test_the_pool_of_nat64_comes_in_only_where_the_translator_keeps_zones_apart() -> None:
    keeping = Translation(prefix=IPv6Network("2001:db8:64::/96"), pool=POOL, keeps_zones=True)
    packet = Packet(POOL[9], ip_address("192.0.2.99"), "tcp", 3260)
    careless, careful = planned(a_device()), planned(a_device(), translation=keeping)

    assert not policy_of(careless).judge(packet).passes
    assert any("tape are not reached by NAT64" in note for note in careless.notes)
    assert policy_of(careful, translation=keeping).judge(packet).passes
    assert careful.notes == ()


def test_the_filters_last_over_a_reboot_and_the_way_back_takes_all_of_them() -> None:
    change = planned(a_device()).move("desk-edge").phases[Phase.BESIDE]

    assert change.forward.files["/etc/nftables.d/tricenter-desk-net.nft"] == change.forward.nft
    hook = change.forward.files["/etc/network/if-pre-up.d/tricenter-desk-net"]
    assert "nft -f /etc/nftables.d/tricenter-desk-net.nft" in hook
    assert set(change.back.files) == set(change.forward.files)
    assert set(change.back.files.values()) == {""}
    assert change.back.nft.splitlines() == [
        "table inet tricenter_desk_net",
        "delete table inet tricenter_desk_net",
        "add table ip tricenter_desk_net",
        "delete table ip tricenter_desk_net",
    ]


def test_an_edge_is_sound_without_source_rules_and_is_looked_at_where_it_is_administered() -> None:
    plan = planned()
    edge = plan.move("desk-edge")

    assert list(unsound(plan)) == []
    assert [str(ask) for ask in asks_of(edge, old=True, new=True)] == ["desk-edge at 198.18.2.2 port 22"]
    assert reach_of(edge, plan.witnesses, old=True, new=True) == []


def test_filters_that_would_lock_plays_out_are_refused_together() -> None:
    router = an_edge_router(ssh=Ssh(user="netops"), uplink="lan", name="desk-1")

    with pytest.raises(Refused) as refusal:
        planned(private=behind_an_edge(edge=Edge(router=router), administered_from=()))
    for part in ("ssh.address", "one interface", "is a host of the network", "administered_from"):
        assert part in str(refusal.value)


def test_a_term_without_its_twin_is_refused_by_name() -> None:
    private = behind_an_edge(administered_from=(ip_network("198.18.101.0/24"),))

    with pytest.raises(Refused, match=r"no twin for .*nothing says what 198.18.101.0/24 is in IPv6"):
        planned(private=private)
