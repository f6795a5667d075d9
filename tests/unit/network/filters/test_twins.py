"""The twin test finds every rule whose flows are judged otherwise in the other family, and no other."""

from __future__ import annotations

from ipaddress import ip_network

from hypothesis import given
from hypothesis import strategies as st

from cmp.network.filters.atlas import Pair
from cmp.network.filters.terms import (
    ANYWHERE_IPV4,
    ANYWHERE_IPV6,
    Endpoint,
    Message,
    Policy,
    Ports,
    Term,
    Verdict,
)
from cmp.network.filters.twins import compare_families

OLD, NEW = ip_network("192.0.2.0/24"), ip_network("2001:db8::/64")
HOSTS = tuple(Pair(ip_network(f"192.0.2.{n}"), ip_network(f"2001:db8::{n:x}")) for n in range(10, 14))
PAIRS = (Pair(OLD, NEW), *HOSTS)
V4 = Endpoint("lan", (OLD,))
V6 = Endpoint("lan", (NEW,))


def a_term(target: Endpoint, *ports: int, verdict: Verdict = Verdict.ACCEPT, **changes: object) -> Term:
    usual = {"protocol": "tcp", "ports": tuple(Ports(port, port) for port in ports), "target": target}
    return Term(verdict, **usual | changes)


def test_an_ipv4_rule_without_its_twin_is_named_with_a_flow_that_shows_it() -> None:
    policy = Policy("zone", (a_term(V4, 443), a_term(V6, 443), a_term(V4, 22)))

    [missing] = compare_families(policy, PAIRS).missing

    assert (missing.term.ports, missing.family) == ((Ports(22, 22),), 4)
    assert missing.why == "accept in IPv4, drop in IPv6"
    assert missing.flow == "tcp 22 from 192.0.2.1 to 192.0.2.1"


def test_an_ipv6_rule_without_its_twin_is_named_too() -> None:
    missing = compare_families(Policy("zone", (a_term(V6, 22),)), PAIRS).missing

    assert [each.family for each in missing] == [6]


def test_one_wide_rule_may_stand_for_two_narrow_ones() -> None:
    policy = Policy("zone", (a_term(V4, 80), a_term(V4, 81), a_term(V6, ports=(Ports(80, 81),))))

    assert not compare_families(policy, PAIRS).missing


def test_an_exception_for_one_host_is_missed_where_it_stands_in_one_family_only() -> None:
    host = Endpoint("host", (HOSTS[0].ipv4,))
    policy = Policy("zone", (a_term(host, 443, verdict=Verdict.DROP), a_term(V4, 443), a_term(V6, 443)))

    missing = compare_families(policy, PAIRS).missing

    assert "drop in IPv4, accept in IPv6" in {each.why for each in missing}


def test_a_rule_for_addresses_nobody_knows_is_told() -> None:
    stranger = Endpoint("partner", (ip_network("203.0.113.0/24"),))

    [missing] = compare_families(Policy("zone", (a_term(stranger, 443),)), PAIRS).missing

    assert missing.why == "nothing says what 203.0.113.0/24 is in IPv6"


def test_a_rule_that_lets_ping_through_in_ipv4_alone_is_told() -> None:
    echo = Term(Verdict.ACCEPT, ANYWHERE_IPV4, ANYWHERE_IPV4, "icmp", messages=(Message(8),))

    assert [each.term for each in compare_families(Policy("zone", (echo,)), PAIRS).missing] == [echo]


SIDES = st.sampled_from(
    [(ANYWHERE_IPV4, ANYWHERE_IPV6), (V4, V6)]
    + [(Endpoint("host", (pair.ipv4,)), Endpoint("host", (pair.ipv6,))) for pair in HOSTS]
)
RANGES = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda ends: Ports(min(ends), max(ends)))
RULES = st.lists(
    st.tuples(st.sampled_from(list(Verdict)), SIDES, SIDES, RANGES, st.sampled_from(["tcp", "udp"])),
    max_size=6,
)


def terms(
    rules: list[tuple[Verdict, tuple[Endpoint, Endpoint], tuple[Endpoint, Endpoint], Ports, str]], family: int
) -> list[Term]:
    return [
        Term(verdict, source[family], target[family], protocol, (ports,))
        for verdict, source, target, ports, protocol in rules
    ]


@given(RULES, RULES)
def test_rules_written_once_for_each_family_agree_in_any_order(first: list, second: list) -> None:
    both = [*terms(first, 0), *terms(second, 0), *terms(first, 1), *terms(second, 1)]

    assert not compare_families(Policy("zone", tuple(both)), PAIRS).missing


@given(RULES)
def test_a_rule_that_changes_a_verdict_in_one_family_is_always_found(rules: list) -> None:
    own = [*terms(rules, 0), *terms(rules, 1)]
    odd = a_term(Endpoint("odd", (HOSTS[3].ipv4,)), 4000)

    policy = Policy("zone", (odd, *own))

    assert odd in {each.term for each in compare_families(policy, PAIRS).missing}
