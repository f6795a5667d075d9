"""Saved rules of iptables are read in our terms; what these cannot say is listed with its line and reason."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from support.network_stories import GOLDEN

from cmp.errors import Invalid
from cmp.network.filters.atlas import Pair
from cmp.network.filters.reading.rules import Reading
from cmp.network.filters.reading.saved import read_saved
from cmp.network.filters.reading.waste import shadowed, unused
from cmp.network.filters.terms import Endpoint, Message, Packet
from cmp.services.migrating.filtering import RuleTexts, judge_filters

OLD = (GOLDEN / "old-border.iptables").read_text(encoding="utf-8")
OLD6 = (GOLDEN / "old-border.ip6tables").read_text(encoding="utf-8")
LAN = {"eth1": Endpoint("lan", (ip_network("192.0.2.0/24"), ip_network("2001:db8::/64")))}
HOSTS = (20, 30, 66)
PAIRS = (
    Pair(ip_network("192.0.2.0/24"), ip_network("2001:db8::/64")),
    *(Pair(ip_network(f"192.0.2.{host}"), ip_network(f"2001:db8::{host}")) for host in HOSTS),
)
MONTHS = 90 * 86400.0


def old_border() -> Reading:
    return read_saved(OLD, 4, LAN)


def passes(source: str, target: str, protocol: str, port: int | None = None, kind: int | None = None) -> bool:
    message = None if kind is None else Message(kind, 0)
    packet = Packet(ip_address(source), ip_address(target), protocol, port, message)
    return old_border().policies["FORWARD"].judge(packet).passes


def test_every_rule_that_cannot_be_said_is_listed_with_its_line_and_reason() -> None:
    listed = {each.line: each.why for each in old_border().untranslated}

    assert listed == {
        4: "stands in table nat, which judges nothing",
        14: "-m string: nothing in our terms says this; --string bad: nothing in our terms says this; "
        "--algo bm: nothing in our terms says this",
        16: "-i eth7: nothing says which prefixes live behind it",
    }


def test_a_chain_that_is_jumped_to_is_read_in_its_place() -> None:
    assert passes("198.51.100.1", "192.0.2.20", "tcp", 443)
    assert not passes("192.0.2.66", "192.0.2.20", "tcp", 443)
    assert not passes("198.51.100.1", "192.0.2.21", "tcp", 443)


def test_ports_messages_and_interfaces_are_read() -> None:
    assert passes("192.0.2.7", "192.0.2.30", "tcp", 8005)
    assert not passes("192.0.2.7", "192.0.2.30", "tcp", 8081)
    assert passes("198.51.100.1", "192.0.2.9", "icmp", kind=8)
    assert not passes("198.51.100.1", "192.0.2.9", "icmp", kind=0)
    assert passes("192.0.2.9", "203.0.113.53", "udp", 53)
    assert not passes("203.0.113.53", "192.0.2.9", "udp", 53)


def test_a_rule_that_no_packet_used_is_proposed_for_removal_with_its_comment() -> None:
    found = list(unused(old_border().policies["FORWARD"], MONTHS))

    assert [(each.term.purpose, each.why, each.is_sure) for each in found] == [
        ("", "no packet in 90.0 days", True),
        ('old "shop" front', "no packet in 90.0 days", True),
    ]


@pytest.mark.parametrize(("seconds", "why"), [(3600.0, "too short"), (None, "nobody knows")])
def test_short_counting_proves_nothing(seconds: float | None, why: str) -> None:
    found = list(unused(old_border().policies["FORWARD"], seconds))

    assert [each.is_sure for each in found] == [False] * len(found)
    assert why in found[0].why


def test_a_flow_in_the_logs_counts_as_use() -> None:
    policy = old_border().policies["FORWARD"]
    seen = Packet(ip_address("192.0.2.7"), ip_address("192.0.2.30"), "tcp", 80)

    assert len(list(unused(policy, MONTHS, [seen]))) == len(list(unused(policy, MONTHS))) - 1


def test_a_rule_behind_one_that_takes_all_its_packets_is_found() -> None:
    [found] = shadowed(old_border().policies["FORWARD"])

    assert found.term.origin.endswith("-A web -s 192.0.2.0/24 -j ACCEPT")
    assert not found.contradicts


def test_the_report_names_what_has_no_twin_in_ipv6() -> None:
    texts = RuleTexts(
        iptables=OLD,
        ip6tables=OLD6,
        interfaces=LAN,
        counted_seconds=MONTHS,
        probes=(ip_address("2001:db8::9"), ip_address("2001:db8:1::9")),
    )

    report = judge_filters(texts, PAIRS)

    assert [each.origin.partition(":")[0] for each in report.without_twin] == ["line 19", "line 13", "line 6"]
    assert len(report.untranslated) == 3
    assert "FORWARD: ICMPv6 type 2 is not let through (RFC 4890 4.3.1)" in report.blocked


def test_a_text_of_another_kind_is_refused() -> None:
    with pytest.raises(Invalid, match="line 1"):
        read_saved("Chain INPUT (policy ACCEPT)", 4)
