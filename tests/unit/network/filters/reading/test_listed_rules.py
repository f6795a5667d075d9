"""A listing of nft is read in our terms, with its sets, chains and counters; the rest is listed by handle."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from support.network_stories import GOLDEN

from cmp.errors import Invalid
from cmp.network.filters.reading.listed import read_listed
from cmp.network.filters.reading.rules import Reading
from cmp.network.filters.terms import Endpoint, Message, Packet

LISTING = (GOLDEN / "old-border.nft.json").read_text(encoding="utf-8")
LAN = {"eth1": Endpoint("lan", (ip_network("192.0.2.0/24"), ip_network("2001:db8::/64")))}
FORWARD = "inet old forward"


def listed() -> Reading:
    return read_listed(LISTING, LAN)


def passes(source: str, target: str, protocol: str, port: int | None = None, kind: int | None = None) -> bool:
    message = None if kind is None else Message(kind, 0)
    packet = Packet(ip_address(source), ip_address(target), protocol, port, message)
    return listed().policies[FORWARD].judge(packet).passes


def test_sets_prefixes_ranges_and_chains_are_read() -> None:
    assert passes("198.51.100.1", "192.0.2.20", "tcp", 443)
    assert passes("2001:db8:5::1", "2001:db8::20", "tcp", 443)
    assert not passes("192.0.2.66", "192.0.2.20", "tcp", 443)
    assert passes("192.0.2.7", "192.0.2.30", "tcp", 8005)
    assert not passes("198.51.100.7", "192.0.2.30", "tcp", 8005)


def test_messages_and_interfaces_are_read() -> None:
    assert passes("2001:db8:5::1", "2001:db8::20", "icmpv6", kind=128)
    assert not passes("198.51.100.1", "192.0.2.20", "icmp", kind=8)
    assert passes("192.0.2.9", "203.0.113.53", "udp", 53)
    assert not passes("203.0.113.53", "192.0.2.9", "udp", 53)


def test_what_cannot_be_said_is_listed_by_handle() -> None:
    reasons = [each.why for each in listed().untranslated]

    assert any("tcp" in why and "sport" in why for why in reasons)
    assert any("stands in family bridge" in why for why in reasons)
    assert any("nothing says which prefixes live behind eth7" in why for why in reasons)
    assert len(reasons) == 3


def test_counters_come_along() -> None:
    assert {term.packets for term in listed().policies[FORWARD].terms} == {0, None}


def test_another_text_is_refused() -> None:
    with pytest.raises(Invalid, match="no listing"):
        read_listed("table inet x {}")
