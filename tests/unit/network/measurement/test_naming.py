"""Name servers agree over both families, promise no address too early, and forget the old ones."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmp.network.measurement.naming import (
    PREF64_LENGTHS,
    Question,
    Record,
    Told,
    disagreements,
    embedded,
    lasting,
    mentioned,
    missynthesised,
    premature,
    remaining,
)
from cmp.network.measurement.reachability import Pair

NAME = "tax.example"
ONE = Question("192.0.2.53", NAME, "AAAA")
TWO = Question("2001:db8::53", NAME, "AAAA")
ADDRESS = Told("NOERROR", ("2001:db8::1",), 60)
PREFIX = IPv6Network("3fff:0:64::/96")
MADE = Told("NOERROR", ("3fff:0:64::c633:6401",), 60)
OLD = (ip_network("198.51.100.0/24"), ip_network("2001:db8:5::/48"))


def test_servers_that_tell_the_same_over_both_families_are_fine() -> None:
    assert list(disagreements({ONE: ADDRESS, TWO: ADDRESS})) == []


def test_a_server_that_is_silent_over_one_family_is_named() -> None:
    assert list(disagreements({ONE: ADDRESS, TWO: Told("SILENT")})) == [
        "2001:db8::53 (IPv6) does not answer for tax.example AAAA"
    ]


def test_a_server_that_tells_something_else_is_named() -> None:
    third = ONE._replace(server="192.0.2.54")

    assert list(disagreements({ONE: ADDRESS, TWO: ADDRESS, third: Told("NXDOMAIN")})) == [
        "192.0.2.54 (IPv4) tells NXDOMAIN for tax.example AAAA, others tell 2001:db8::1"
    ]


def test_an_answer_that_a_resolver_keeps_too_long_is_told() -> None:
    assert list(lasting({ONE: ADDRESS}, 60)) == []
    assert list(lasting({ONE: Told("NOERROR", ADDRESS.values, 86400)}, 60)) == [
        "192.0.2.53 (IPv4) keeps tax.example AAAA for 86400 s, at most 60 s wanted"
    ]


def test_an_aaaa_is_premature_until_every_port_answers() -> None:
    ports = {NAME: (("tcp", 443), ("udp", 123))}
    web = Pair("station", "2001:db8::1", 6, "tcp", 443)
    time = Pair("station", "2001:db8::1", 6, "udp", 123)

    assert list(premature({ONE: ADDRESS}, ports, ["station"], {web: True, time: True})) == []
    assert list(premature({ONE: ADDRESS}, ports, ["station"], {web: True})) == [
        f"tax.example has an AAAA record, and {time} does not answer"
    ]


def test_the_examples_of_rfc_6052_are_read() -> None:
    examples = {
        "2001:db8:c000:221::/32": "2001:db8:c000:221::",
        "2001:db8:1c0:2:21::/40": "2001:db8:1c0:2:21::",
        "2001:db8:122:c000:2:2100::/48": "2001:db8:122:c000:2:2100::",
        "2001:db8:122:3c0:0:221::/56": "2001:db8:122:3c0:0:221::",
        "2001:db8:122:344:c0:2:2100::/64": "2001:db8:122:344:c0:2:2100::",
        "2001:db8:122:344::192.0.2.33/96": "2001:db8:122:344::192.0.2.33",
    }

    for prefix, address in examples.items():
        network = IPv6Network(prefix, strict=False)
        assert embedded(IPv6Address(address), network) == IPv4Address("192.0.2.33")


@given(st.sampled_from(PREF64_LENGTHS), st.ip_addresses(v=4))
def test_what_is_embedded_is_found_again(length: int, ipv4: IPv4Address) -> None:
    prefix = IPv6Network(f"2001:db8::/{length}")
    octets = prefix.network_address.packed[: length // 8]
    whole = (octets[:8] + octets[9:]) + ipv4.packed
    padded = (whole[:8] + b"\0" + whole[8:] + bytes(16))[:16]

    assert embedded(IPv6Address(padded), prefix) == ipv4


def test_an_address_outside_the_prefix_embeds_nothing() -> None:
    assert embedded(IPv6Address("2001:db8::1"), PREFIX) is None
    with pytest.raises(ValueError, match="a translation prefix has a length"):
        embedded(IPv6Address("2001:db8::1"), IPv6Network("2001:db8::/44"))


def test_synthesis_follows_what_exists() -> None:
    ipv4_only = {Question("a", NAME, "A"): Told("NOERROR", ("198.51.100.1",))}
    dual = {**ipv4_only, Question("a", NAME, "AAAA"): ADDRESS}

    assert list(missynthesised({ONE: MADE}, ipv4_only, PREFIX)) == []
    assert list(missynthesised({ONE: ADDRESS}, dual, PREFIX)) == []
    assert list(missynthesised({ONE: MADE}, dual, PREFIX)) == [
        f"192.0.2.53 (IPv4) tells {MADE} for tax.example, which has 2001:db8::1 itself"
    ]
    assert list(missynthesised({ONE: Told("NOERROR")}, ipv4_only, PREFIX)) == [
        "192.0.2.53 (IPv4) tells nothing for tax.example, whose A records are 198.51.100.1"
    ]


@pytest.mark.parametrize(
    "record",
    [
        Record(NAME, "A", "198.51.100.7"),
        Record(NAME, "AAAA", "2001:db8:5::7"),
        Record("7.100.51.198.in-addr.arpa", "PTR", "tax.example."),
        Record("7" + ".0" * 19 + ".5.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "PTR", "tax.example."),
        Record(NAME, "TXT", '"v=spf1 ip4:198.51.100.0/24 -all"'),
        Record(NAME, "TXT", '"v=spf1 ip6:2001:db8:5::/48 -all"'),
        Record(NAME, "SVCB", "1 . ipv4hint=198.51.100.7,192.0.2.1"),
    ],
)
def test_an_old_address_is_found_wherever_a_record_hides_it(record: Record) -> None:
    assert len(list(remaining([record], OLD))) == 1


@pytest.mark.parametrize(
    "record",
    [
        Record(NAME, "A", "192.0.2.7"),
        Record(NAME, "SOA", "ns.example. admin.example. 2024010101 3600 600 86400 60"),
        Record(NAME, "TXT", '"version 1.2.3 of 198.51.100"'),
        Record("2.0.192.in-addr.arpa", "NS", "ns.example."),
        Record("100.51.198.in-addr.arpa", "PTR", "ns.example."),
    ],
)
def test_records_of_other_things_are_left(record: Record) -> None:
    assert list(remaining([record], OLD)) == []


@given(st.ip_addresses())
def test_a_reverse_name_stands_for_its_address(address: IPv4Address | IPv6Address) -> None:
    assert mentioned(Record(address.reverse_pointer, "PTR", "x.example.")) == {address}
