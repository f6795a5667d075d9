"""Reverse zones begin where DNS can cut, and every named address has its PTR record."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from support.address_stores import a_container, a_holding

from cmp.network.addresses.reverse import zone_names, zones_of


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("192.0.2.0/24", ["2.0.192.in-addr.arpa"]),
        ("198.51.100.0/23", ["100.51.198.in-addr.arpa", "101.51.198.in-addr.arpa"]),
        ("198.51.0.0/16", ["51.198.in-addr.arpa"]),
        ("192.0.2.0/25", ["0/25.2.0.192.in-addr.arpa"]),
        ("192.0.2.64/31", ["64/31.2.0.192.in-addr.arpa"]),
        ("2001:db8::/32", ["8.b.d.0.1.0.0.2.ip6.arpa"]),
        ("2001:db8::/31", ["8.b.d.0.1.0.0.2.ip6.arpa", "9.b.d.0.1.0.0.2.ip6.arpa"]),
        ("2001:db8:0:1::/64", ["1.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"]),
    ],
)
def test_a_prefix_has_zones_on_its_borders(prefix: str, names: list[str]) -> None:
    assert list(zone_names(ip_network(prefix))) == names


def test_a_zone_names_its_hosts_in_both_families() -> None:
    four, six = zones_of(
        (
            a_container("site", "192.0.0.0/16"),
            a_holding("lan", "192.0.2.0/24"),
            a_holding("mail", "192.0.2.25", dns_name="mail.example"),
            a_holding("silent", "192.0.2.26"),
            a_holding("lan", "2001:db8::/64"),
            a_holding("mail", "2001:db8::19", dns_name="mail.example"),
        )
    )[::-1]

    assert four.pointers == (("25", "mail.example"),)
    assert six.pointers == (("9.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0", "mail.example"),)
    assert four.text("ns1.example.", 7).splitlines() == [
        "$ORIGIN 2.0.192.in-addr.arpa.",
        "$TTL 3600",
        "@ IN SOA ns1.example. hostmaster.ns1.example. 7 7200 900 1209600 3600",
        "@ IN NS ns1.example.",
        "25 IN PTR mail.example.",
    ]


def test_the_zone_above_a_small_subnet_points_into_it() -> None:
    [zone] = zones_of((a_holding("lan", "192.0.2.64/26"), a_holding("a", "192.0.2.70", dns_name="a.example")))

    assert zone.name == "64/26.2.0.192.in-addr.arpa"
    assert zone.pointers == (("70", "a.example"),)
    assert "; 70 IN CNAME 70.64/26.2.0.192.in-addr.arpa." in zone.text("ns1.example.", 1)
