"""The small site in the lab: real logins, routes, filters, translation and names."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest
from support.host_labs import Nodes

pytestmark = [pytest.mark.lab, pytest.mark.hosts, pytest.mark.timeout(180)]

PREF64 = "3fff:100:64::"
SCANNER = f"{PREF64}c000:20d"
"""192.0.2.13 behind the translator."""

NEW_ADDRESSES = """
ip addr add 203.0.113.11/24 dev eth0
ip addr add 3fff:100:a:1::b/64 dev eth0 nodad
ip -6 route replace default via 3fff:100:a:1::1
"""
SOURCE_RULES = """
ip route replace default via 203.0.113.1 dev eth0 table 100
ip rule add pref 100 from 203.0.113.0/24 lookup 100
"""

ASK = """
import sys, dns.resolver
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers = ["2001:db8:100::10"]
for kind in ("A", "AAAA"):
    print(kind, *resolver.resolve(sys.argv[1], kind, lifetime=10))
"""


@pytest.fixture
def dual_stack(nodes: Nodes) -> Iterator[Nodes]:
    """web-1 with new addresses beside the old one, and no rules for where what leaves by which edge."""
    nodes.shell("web-1", NEW_ADDRESSES)
    yield nodes
    nodes.lab.reboot("web-1")


def names_of(nodes: Nodes, name: str) -> list[str]:
    return nodes.said("ctl", sys.executable, "-c", ASK, name).splitlines()


@pytest.mark.parametrize(
    ("address", "name"),
    [("192.0.2.11", "web-1"), ("192.0.2.13", "scanner-1"), ("2001:db8:100::10", "station")],
)
def test_the_controller_logs_in_and_is_root_of_the_node_alone(nodes: Nodes, address: str, name: str) -> None:
    assert nodes.ssh(address, "hostname; id -u; echo $HOME") == f"{name}\n0\n/var/lib/operator"
    assert nodes.ssh(address, "/usr/bin/python3 -c 'print(6 * 7)'") == "42"


def test_routers_are_neighbours_in_both_families(nodes: Nodes) -> None:
    ipv4 = json.loads(nodes.said("core", "vtysh", "-c", "show ip ospf neighbor json"))
    ipv6 = json.loads(nodes.said("core", "vtysh", "-c", "show ipv6 ospf6 neighbor json"))

    assert {name: [each["nbrState"] for each in found] for name, found in ipv4["neighbors"].items()} == {
        "198.18.255.2": ["Full/-"],
        "198.18.255.3": ["Full/-"],
    }
    assert [each["state"] for each in ipv6["neighbors"]] == ["Full", "Full"]


def test_each_edge_learns_where_everything_is(nodes: Nodes) -> None:
    ipv4 = json.loads(nodes.said("edge-new", "vtysh", "-c", "show ip route ospf json"))
    ipv6 = json.loads(nodes.said("edge-old", "vtysh", "-c", "show ipv6 route ospf6 json"))

    assert {"192.0.2.0/24", "198.18.100.0/24", "198.51.100.0/24"} <= set(ipv4)
    assert {"3fff:100:a:1::/64", "2001:db8:100::/64", "3fff:100:64::/96"} <= set(ipv6)


def test_services_send_back_what_they_are_sent(nodes: Nodes) -> None:
    assert nodes.echoes("ctl", "192.0.2.11", 443, "tcp", size=200_000)
    assert nodes.echoes("zone-private", "192.0.2.12", 53, "udp")
    assert nodes.echoes("ctl", "2001:db8:100::10", 7, "udp")
    assert not nodes.echoes("ctl", "192.0.2.11", 444, "tcp")


def test_what_leaves_by_the_edge_of_the_other_prefix_is_dropped(dual_stack: Nodes) -> None:
    assert not dual_stack.reaches("station", "203.0.113.11")
    assert dual_stack.reaches("station", "192.0.2.11")

    dual_stack.shell("web-1", SOURCE_RULES)

    assert dual_stack.reaches("station", "203.0.113.11")
    assert dual_stack.echoes("station", "203.0.113.11", 443, "tcp")
    assert dual_stack.reaches("station", "192.0.2.11")


def test_a_datagram_is_answered_from_the_address_that_it_was_sent_to(nodes: Nodes) -> None:
    nodes.shell("dns-1", "ip addr add 192.0.2.112/24 dev eth0")

    assert nodes.echoes("station", "192.0.2.112", 53, "udp")
    assert nodes.echoes("station", "192.0.2.12", 53, "udp")


def test_a_foreign_ipv6_source_is_dropped_and_an_own_one_passes(dual_stack: Nodes) -> None:
    dual_stack.shell("web-1", "ip addr add 3fff:100:bad::1/128 dev lo")

    assert dual_stack.reaches("web-1", "2001:db8:100::10", "-I", "3fff:100:a:1::b")
    assert not dual_stack.reaches("web-1", "2001:db8:100::10", "-I", "3fff:100:bad::1")
    rules = dual_stack.said("edge-new", "nft", "list", "table", "inet", "edge_sources")
    assert "oif missing counter packets 0 " not in rules


def test_a_path_of_1400_bytes_takes_no_larger_packet(nodes: Nodes) -> None:
    assert nodes.reaches("station", "203.0.113.1", "-M", "do", "-s", str(1400 - 28))
    assert not nodes.reaches("station", "203.0.113.1", "-M", "do", "-s", str(1400 - 27))
    assert nodes.reaches("station", "3fff:100:a:1::1", "-M", "do", "-s", str(1400 - 48))
    assert not nodes.reaches("station", "3fff:100:a:1::1", "-M", "do", "-s", str(1400 - 47))


def test_a_host_that_speaks_ipv4_only_has_no_ipv6_at_all(nodes: Nodes) -> None:
    assert nodes.said("scanner-1", "ip", "-6", "address", "show") == ""
    assert "[::]" not in nodes.said("scanner-1", "ss", "-ltnu")
    assert "[::]:443" in nodes.said("web-1", "ss", "-ltnu")


def test_ipv6_reaches_what_speaks_ipv4_only_through_the_translator(nodes: Nodes) -> None:
    assert nodes.reaches("ctl", SCANNER)
    assert nodes.reaches("ctl", SCANNER, "-s", "1400")
    assert nodes.echoes("ctl", SCANNER, 9100, "tcp", size=300_000)
    assert nodes.echoes("ctl", SCANNER, 9100, "udp")
    assert nodes.echoes("zone-private", SCANNER, 9100, "udp", size=3000)


def test_an_ipv6_address_is_made_up_only_for_a_name_that_has_none(nodes: Nodes) -> None:
    assert names_of(nodes, "scanner-1.office.example") == ["A 192.0.2.13", f"AAAA {SCANNER}"]
    assert names_of(nodes, "station.office.example") == ["A 198.18.100.10", "AAAA 2001:db8:100::10"]


def test_an_address_that_is_published_takes_the_place_of_the_one_made_up(nodes: Nodes) -> None:
    zone = "/etc/unbound/zones/office.example"
    record = "web-1.office.example. 5 IN AAAA 3fff:100:a:1::b"
    assert names_of(nodes, "dns-1.office.example")[1] == f"AAAA {PREF64}c000:20c"

    nodes.shell("station", f"sed -i 's/ 1 60 30/ 2 60 30/' {zone}; echo '{record}' >> {zone}")
    nodes.shell("station", "unbound-control -c /etc/unbound/unbound.conf auth_zone_reload office.example")

    assert names_of(nodes, "web-1.office.example") == ["A 192.0.2.11", "AAAA 3fff:100:a:1::b"]
