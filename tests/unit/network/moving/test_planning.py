"""A plan of a move is whole and sound, or refused with every reason."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface

import pytest
from support.builders import a_network, a_network_host, a_private_network
from support.moving_network import WITNESSES, a_migration_plan, a_wish, behind_an_edge, some_hosts

from cmp.errors import Refused
from cmp.model.migration import MigrationPlan, Phase, Strategy
from cmp.model.name_servers import Authority, NameServer, ReverseZone, ZoneWay
from cmp.model.network import HostKind, Manager, Names, NetworkHost, Secrecy
from cmp.model.ssh import Ssh
from cmp.network.moving.planning import plan_move, unsound


def test_a_plan_is_sealed_and_reads_back() -> None:
    plan = a_migration_plan()

    assert plan.hash == plan.digest()
    assert MigrationPlan.model_validate_json(plan.to_json()) == plan


def test_every_old_address_gets_one_new_address_of_each_family() -> None:
    plan = a_migration_plan()

    pairs = [
        (str(each.old), str(each.ipv4), str(each.ipv6)) for move in plan.moves for each in move.addresses
    ]
    assert pairs[0] == ("192.0.2.11", "203.0.113.11/24", "2001:db8:a::b/64")
    assert len({new for _, new, _ in pairs}) == len(pairs) == len({new for _, _, new in pairs})


def test_a_host_that_speaks_ipv4_alone_is_reached_by_nat64() -> None:
    plan = a_migration_plan(some_hosts(2, ipv6_capable=False))

    move = plan.moves[0]
    assert move.strategy is Strategy.NAT64
    assert not any(line.startswith("-6") for line in move.phases[Phase.BESIDE].forward.commands)


def a_tape_library() -> NetworkHost:
    return a_network_host("tape", "192.0.2.99/24", kind=HostKind.APPLIANCE)


def test_what_plays_cannot_change_moves_behind_the_edge_and_in_no_wave() -> None:
    plan = a_migration_plan([*some_hosts(2), a_tape_library()], private=behind_an_edge())

    assert plan.move("tape").strategy is Strategy.BEHIND_EDGE
    assert plan.move("tape").phases == {}
    assert all("tape" not in wave.hosts for wave in plan.waves)
    assert plan.waves[0].hosts == ("desk-edge",)
    change = plan.move("desk-edge").phases[Phase.BESIDE]
    assert "ip daddr 203.0.113.99 dnat to 192.0.2.99" in change.forward.nft
    assert "dnat" not in change.back.nft


def test_a_name_server_that_nobody_can_reach_is_refused() -> None:
    server = NameServer(name="ns-1", ssh=Ssh(user="netops"), zone_file="/etc/bind/desk.zone")
    names = Names(domain="desk.example", resolvers=WITNESSES, server=server)
    private = a_private_network("desk-net", witnesses=WITNESSES, names=names)

    with pytest.raises(Refused, match=r"ns-1 names no `ssh.address`"):
        a_migration_plan(private=private)


@pytest.mark.parametrize(
    ("zones", "missing"),
    [
        (["2.0.192.in-addr.arpa"], "203.0.113.0/24"),
        (["2.0.192.in-addr.arpa", "113.0.203.in-addr.arpa"], "2001:db8:a::/64"),
    ],
)
def test_reverse_zones_without_those_of_the_new_subnets_are_refused(zones: list[str], missing: str) -> None:
    server = NameServer(
        name="names", how=ZoneWay.UPDATE, authority=Authority(address=IPv4Address("198.51.100.5"), key="k")
    )
    reverse = tuple(ReverseZone(zone=zone) for zone in zones)
    names = Names(domain="a.example", resolvers=(), server=server, reverse=reverse)
    private = a_private_network().model_copy(update={"names": names})

    with pytest.raises(Refused, match=f"none that holds {missing}"):
        plan_move(a_wish(private=private))


def test_what_plays_cannot_change_is_refused_where_no_edge_is_named() -> None:
    with pytest.raises(Refused, match=r"tape move behind the edge, and network.yaml names no `edge.router`"):
        a_migration_plan([*some_hosts(2), a_tape_library()])


def test_a_classified_network_and_a_classified_host_are_refused_together() -> None:
    private = a_private_network("desk-net", witnesses=WITNESSES, secrecy=Secrecy.STATE_SECRET)
    hosts = some_hosts(2, secrecy=Secrecy.STATE_SECRET)

    with pytest.raises(
        Refused, match=r"only non-classified networks.*desk-1 is classified.*desk-2"
    ) as refusal:
        plan_move(a_wish(hosts, private=private))
    assert "Traceback" not in str(refusal.value)


def test_without_translation_ipv4_only_hosts_are_refused_by_name() -> None:
    with pytest.raises(Refused, match="desk-1, desk-2 need NAT64"):
        plan_move(a_wish(some_hosts(2, ipv6_capable=False), network=a_network()))


def test_without_a_witness_of_each_family_nothing_moves() -> None:
    private = a_private_network("desk-net", witnesses=WITNESSES[:1])

    with pytest.raises(Refused, match="no witness of IPv6"):
        plan_move(a_wish(private=private))


def test_a_plan_without_source_rules_is_unsound_where_edges_filter_sources() -> None:
    plan = a_migration_plan(some_hosts(1))
    phases = dict(plan.moves[0].phases)
    forward = phases[Phase.BESIDE].forward
    bare = tuple(line for line in forward.commands if " rule " not in line)
    phases[Phase.BESIDE] = phases[Phase.BESIDE].model_copy(
        update={"forward": forward.model_copy(update={"commands": bare})}
    )
    broken = plan.model_copy(update={"moves": (plan.moves[0].model_copy(update={"phases": phases}),)})

    assert list(unsound(plan)) == []
    assert any("no source rule for 192.0.2.0/24" in reason for reason in unsound(broken))


def test_two_hosts_with_one_new_address_are_unsound() -> None:
    plan = a_migration_plan(some_hosts(2))
    first, second = plan.moves
    taken = second.addresses[0].model_copy(update={"ipv4": IPv4Interface("203.0.113.11/24")})
    broken = plan.model_copy(update={"moves": (first, second.model_copy(update={"addresses": (taken,)}))})

    assert "desk-2 and desk-1 both take 203.0.113.11" in list(unsound(broken))


@pytest.mark.parametrize("manager", list(Manager))
def test_each_phase_is_written_down_for_the_next_boot_and_its_way_back_too(manager: Manager) -> None:
    phases = a_migration_plan(some_hosts(1, manager=manager)).moves[0].phases

    beside, cutover = phases[Phase.BESIDE], phases[Phase.CUTOVER]
    assert any("203.0.113.11/24" in text for text in beside.forward.files.values())
    assert cutover.back.files == beside.forward.files
    assert cutover.forward.files != beside.forward.files
    assert set(beside.back.files.values()) == {""}
    assert set(beside.back.files) == set(beside.forward.files)


def test_the_way_back_undoes_every_line_in_the_opposite_order() -> None:
    change = a_migration_plan(some_hosts(1)).moves[0].phases[Phase.BESIDE]

    forward = [_key(line) for line in change.forward.commands]
    back = [_key(line) for line in change.back.commands]
    assert sorted(forward) == sorted(back)
    assert [kind for _, kind, _ in back][:4] == ["rule"] * 4


def _key(line: str) -> tuple[str, str, str]:
    family, kind, _, rest = line.split(" ", 3)
    return family, kind, rest
