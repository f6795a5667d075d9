"""A zone is read with names written whole, so that old addresses are found in its data."""

from __future__ import annotations

from ipaddress import ip_network

import dns.zone

from cmp.network.measurement.naming import Record, remaining
from cmp.probes.names import records

ZONE = """
$ORIGIN example.
$TTL 60
@ SOA ns.example. admin.example. 1 3600 600 86400 60
@ NS ns
ns A 198.51.100.53
tax A 192.0.2.10
tax AAAA 2001:db8::10
"""


def test_a_zone_gives_its_records() -> None:
    read = records(dns.zone.from_text(ZONE, relativize=False))

    assert Record("tax.example", "AAAA", "2001:db8::10") in read
    assert list(remaining(read, [ip_network("198.51.100.0/24")])) == [
        "ns.example A 198.51.100.53 still speaks of 198.51.100.0/24"
    ]
