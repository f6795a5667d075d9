"""Sockets are read as what their packets carry: mapped, bound to a device, of a zone, translated."""

from __future__ import annotations

import pytest
from support.plugin_files import plugin

from cmp.services.migrating.gates import in_use

sockets = plugin("module_utils/sockets.py")
OLD = {"192.0.2.11"}


def a_listener(local: str, protocol: str = "tcp", more: str = "") -> str:
    return f"{protocol} LISTEN 0 128 {local} *:* {more}"


@pytest.mark.parametrize(
    ("local", "more", "address", "device", "families"),
    [
        ("0.0.0.0:80", "", "0.0.0.0", "", [4]),
        ("192.0.2.11%eth0:80", "", "192.0.2.11", "eth0", [4]),
        ("[::ffff:192.0.2.11]:80", "", "192.0.2.11", "", [4]),
        ("[::FFFF:192.0.2.11]%br0:80", "", "192.0.2.11", "br0", [4]),
        ("*:80", "", "*", "", [4, 6]),
        ("*%eth0:80", "", "*", "eth0", [4, 6]),
        ("[::]:80", "v6only:1", "::", "", [6]),
        ("[fe80::1]%eth0:80", "", "fe80::1", "eth0", [6]),
    ],
)
def test_a_listener_has_the_address_and_families_that_reach_it(
    local: str, more: str, address: str, device: str, families: list[int]
) -> None:
    (found,) = sockets.listeners(a_listener(local, more=more))

    assert (found["address"], found["device"], found["families"], found["port"]) == (
        address,
        device,
        families,
        80,
    )


def test_sessions_of_both_protocols_are_seen_by_their_own_addresses() -> None:
    tcp = "0 0 [::ffff:192.0.2.11]:443 [::ffff:198.51.100.9]:50000\n\t cubic lastsnd:2000 lastrcv:61000\n"
    udp = "0 0 192.0.2.11%eth0:51820 198.51.100.8:51820\n"

    found = sockets.sessions(tcp, udp)

    assert [(each["protocol"], each["local"], each["peer"], each["idle"]) for each in found] == [
        ("tcp", "192.0.2.11", "198.51.100.9", 61.0),
        ("udp", "192.0.2.11", "198.51.100.8", 0.0),
    ]


def test_only_translated_flows_are_told_with_the_addresses_of_both_sides() -> None:
    table = (
        "ipv4 2 tcp 6 431999 ESTABLISHED src=198.51.100.9 dst=192.0.2.11 sport=5 dport=443"
        " src=10.0.0.5 dst=198.51.100.9 sport=443 dport=5 [ASSURED] mark=0 use=1\n"
        "ipv4 2 tcp 6 431999 ESTABLISHED src=198.51.100.9 dst=192.0.2.11 sport=6 dport=22"
        " src=192.0.2.11 dst=198.51.100.9 sport=22 dport=6 [ASSURED] mark=0 use=1\n"
    )

    (found,) = sockets.flows(table)

    assert found == {
        "peer": "198.51.100.9",
        "addresses": ["198.51.100.9", "192.0.2.11", "10.0.0.5", "198.51.100.9"],
    }


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ({"listeners": sockets.listeners(a_listener("192.0.2.11%eth0:53", "udp"))}, "udp/53 listens on"),
        ({"listeners": sockets.listeners(a_listener("[::ffff:192.0.2.11]:80"))}, "tcp/80 listens on"),
        (
            {"flows": [{"peer": "198.51.100.9", "addresses": ["192.0.2.11"]}]},
            "translated flows of 198.51.100.9",
        ),
        ({"sessions": [{"local": "192.0.2.11", "peer": "198.51.100.9"}]}, "sessions with 198.51.100.9"),
    ],
)
def test_whoever_uses_an_old_address_keeps_it(seen: dict[str, object], told: str) -> None:
    facts = {"listeners": [], "flows": [], "sessions": []} | seen

    assert any(told in each for each in in_use(facts, OLD))


def test_a_service_that_answers_at_a_new_address_too_keeps_nothing() -> None:
    lines = [a_listener(local) for local in ("192.0.2.11:80", "203.0.113.11:80", "192.0.2.11:90", "*:90")]
    facts = {"listeners": sockets.listeners("\n".join(lines)), "flows": [], "sessions": []}

    assert list(in_use(facts, OLD)) == []
