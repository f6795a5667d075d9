"""Field cases of hosts with more than one address or gateway: the old line alone goes and comes back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.field_host import Move, a_move, a_second_line, outcome, shell
from support.needs import needs
from support.one_host import OneHost, one_host

from cmp.model.migration import Phase

pytestmark = [pytest.mark.lab, pytest.mark.hosts, needs("ip", "unshare", "nsenter")]

CHANGES = (Phase.BESIDE, Phase.CUTOVER, Phase.RETIRE)
TWO = ("192.0.2.20", "192.0.2.10")
"""Old addresses in the order of the list; which is the primary on the host is another matter."""
SITUATIONS = [
    pytest.param(order, promote, id=f"{name}-{promote}")
    for order, name in ((TWO, "first"), (TWO[::-1], "last"))
    for promote in (0, 1)
]
"""The order on the host, and whether its kernel promotes secondaries."""


@pytest.fixture
def host() -> Iterator[OneHost]:
    with one_host() as found:
        yield found


def with_two_addresses(host: OneHost, order: tuple[str, ...], promote: int) -> Move:
    shell(
        host,
        f"sysctl -qw net.ipv4.conf.all.promote_secondaries={promote}"
        f" net.ipv4.conf.eth0.promote_secondaries={promote}; ip addr flush dev eth0 scope global;"
        + "".join(f"ip addr add {address}/24 brd + dev eth0;" for address in order)
        + "ip route add default via 192.0.2.1",
    )
    return a_move(host, *TWO)


@pytest.mark.parametrize(("order", "promote"), SITUATIONS)
def test_two_old_addresses_are_retired(host: OneHost, order: tuple[str, ...], promote: int) -> None:
    move = with_two_addresses(host, order, promote)

    assert [move.go(phase) for phase in CHANGES] == ["confirmed"] * 3

    assert "192.0.2." not in shell(host, "ip -4 addr show eth0")


@pytest.mark.parametrize(("order", "promote"), SITUATIONS)
def test_two_new_addresses_are_taken_back_exactly(
    host: OneHost, order: tuple[str, ...], promote: int
) -> None:
    move = with_two_addresses(host, order, promote)
    before = host.state()
    move.go(Phase.BESIDE)

    assert move.go(Phase.BESIDE, back=True) == "confirmed"

    assert outcome(host, before) == []


ROUTES = {
    "other-better": "ip route add default via 203.0.113.1 dev eth1 metric 50;"
    "ip route add default via 192.0.2.1 dev eth0 metric 100",
    "ecmp": "ip route add default nexthop via 192.0.2.1 dev eth0 nexthop via 203.0.113.1 dev eth1",
    "six": "ip route add default via 192.0.2.1 dev eth0;"
    "ip addr add 2001:db8:4::10/64 dev eth0 nodad; ip -6 route add default via 2001:db8:4::1 dev eth0",
}


def with_routes(host: OneHost, kind: str) -> Move:
    a_second_line(host)
    shell(host, f"ip route del default; {ROUTES[kind]}")
    return a_move(host)


def test_only_the_old_lines_default_is_replaced(host: OneHost) -> None:
    move = with_routes(host, "other-better")

    assert [move.go(phase) for phase in CHANGES[:2]] == ["confirmed"] * 2

    defaults = shell(host, "ip -4 route show default")
    assert "203.0.113.1" in defaults
    assert "198.51.100.1" in defaults
    assert "192.0.2.1 " not in defaults


def test_a_default_of_several_next_hops_is_refused_before_it_is_changed(host: OneHost) -> None:
    move = with_routes(host, "ecmp")
    move.go(Phase.BESIDE)
    before = host.state()

    assert "several next hops" in move.go(Phase.CUTOVER)

    assert outcome(host, before) == []


@pytest.mark.parametrize("kind", sorted(set(ROUTES) - {"ecmp"}))
def test_every_default_is_given_back(host: OneHost, kind: str) -> None:
    move = with_routes(host, kind)
    before = host.state()
    for phase in CHANGES[:2]:
        move.go(phase)

    assert [move.go(phase, back=True) for phase in CHANGES[1::-1]] == ["confirmed"] * 2

    assert outcome(host, before) == []


def test_static_routes_are_moved_or_named_before_they_are_lost(host: OneHost) -> None:
    route = "203.0.113.128/25"
    shell(host, f"ip route add {route} via 192.0.2.254")
    move = a_move(host)

    told = " ".join(move.go(phase) for phase in CHANGES)

    assert route in told or route in shell(host, "ip -4 route show table all")


def test_an_old_address_of_another_length_goes_and_comes_back_with_it(host: OneHost) -> None:
    shell(host, "ip addr flush dev eth0 scope global; ip addr add 192.0.2.11/25 brd + dev eth0 noprefixroute")
    shell(host, "ip route add 192.0.2.0/25 dev eth0; ip route add default via 192.0.2.1")
    move = a_move(host)
    before = host.state()

    assert [move.go(phase) for phase in CHANGES] == ["confirmed"] * 3
    assert "192.0.2.11" not in shell(host, "ip -4 addr show eth0")

    assert [move.go(phase, back=True) for phase in CHANGES[::-1]] == ["confirmed"] * 3
    assert "noprefixroute" in shell(host, "ip -4 addr show eth0")
    assert outcome(host, before) == []


def test_rules_that_a_manager_set_at_boot_go_with_the_old_address(host: OneHost) -> None:
    move = a_move(host)
    assert [move.go(phase) for phase in CHANGES[:2]] == ["confirmed"] * 2
    shell(host, "ip rule del pref 5011; ip rule add pref 5011 from 192.0.2.0/24 lookup 5010 proto static")

    assert move.go(Phase.RETIRE) == "confirmed"

    assert "192.0.2." not in shell(host, "ip rule show")


def test_settings_are_given_back_by_the_way_back_of_a_confirmed_phase(host: OneHost) -> None:
    shell(host, "sysctl -qw net.ipv4.conf.eth0.rp_filter=1 net.ipv4.conf.all.rp_filter=2")
    move = a_move(host)
    move.go(Phase.BESIDE)
    assert shell(host, "sysctl -n net.ipv4.conf.eth0.rp_filter") == "0\n"

    assert move.go(Phase.BESIDE, back=True) == "confirmed"

    named = shell(host, "sysctl -n net.ipv4.conf.eth0.rp_filter net.ipv4.conf.all.rp_filter")
    assert named == "1\n2\n"
