"""The kernel takes our tables and does what they say: in network namespaces of its own, on nothing else."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from ipaddress import ip_address, ip_network

import pytest
from support.needs import needs
from support.network_stories import a_border, a_move, surroundings
from support.own_namespaces import Node, Wires, until, wires

from cmp.model.migration import Phase
from cmp.network.filters.atlas import Pair
from cmp.network.filters.guard import bridge_guard, host_guard
from cmp.network.filters.icmp import blocked
from cmp.network.filters.nftables import render, render_back, table_name
from cmp.network.filters.reading.listed import read_listed
from cmp.network.filters.terms import Packet
from cmp.network.filters.zones import zone_policy
from cmp.services.migrating.filtering import RuleTexts, judge_filters

pytestmark = [pytest.mark.lab, needs("nft", "ip", "unshare", "nsenter", "ping")]

SEGMENT = a_move().segment
FIRST = next(move for move in a_move().moves if move.services)
SERVER = FIRST.addresses[0]
PORT = FIRST.services[0].port
CLIENT = ("192.168.40.200", SEGMENT.ipv6[0x200])

SERVE = """
import select, socket, sys
both = {"family": socket.AF_INET6, "dualstack_ipv6": True}
sockets = [socket.create_server(("::", int(port)), **both) for port in sys.argv[1:]]
while True:
    for ready in select.select(sockets, [], [])[0]:
        ready.accept()[0].close()
"""
CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 1).close()"
HIDING = """
import socket, struct, sys
source, target = (socket.inet_pton(socket.AF_INET6, each) for each in sys.argv[1:3])
fragment = struct.pack("!BBHI", 6, 0, 1, 7) + bytes(8)
packet = struct.pack("!IHBB", 6 << 28, len(fragment), 44, 64) + source + target + fragment
with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
    raw.sendto(packet, (sys.argv[2], 0))
"""
ADVERTISE = """
import socket, struct, sys
prefix = socket.inet_pton(socket.AF_INET6, sys.argv[2])
option = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 600, 600, 0) + prefix
message = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 600, 0, 0) + option
with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as raw:
    raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    raw.sendto(message, ("ff02::1", 0, 0, socket.if_nametoindex(sys.argv[1])))
"""


def counted(node: Node, name: str) -> int:
    """Packets of a named counter of the border's table."""
    listed = json.loads(node.run("nft", "-j", "list", "counters"))["nftables"]
    return sum(each["counter"]["packets"] for each in listed if each.get("counter", {}).get("name") == name)


class Crossing:
    """A client outside, a server inside, and the border between them with the policy of rescue-net."""

    def __init__(self, made: Wires) -> None:
        self.client, self.border, self.server = (made.node() for _ in range(3))
        made.cable(self.client, "eth0", self.border, "up0")
        made.cable(self.border, "lan0", self.server, "eth0")
        self.border.set(ipv4__ip_forward="1", ipv6__conf__all__forwarding="1")
        self.border.address("up0", "192.168.40.1/22", "2001:db8:9::1/64")
        self.border.address("lan0", f"{SEGMENT.ipv4_gateway}/23", f"{SEGMENT.ipv6_gateway}/64")
        self.client.address("eth0", f"{CLIENT[0]}/22", "2001:db8:9::2/64")
        self.server.address("eth0", str(SERVER.ipv4), str(SERVER.ipv6))
        self.server.run("ip", "route", "add", "default", "via", str(SEGMENT.ipv4_gateway))
        self.server.run("ip", "-6", "route", "add", "default", "via", str(SEGMENT.ipv6_gateway))
        self.client.run("ip", "route", "add", str(SEGMENT.ipv4), "via", "192.168.40.1")
        self.client.run("ip", "-6", "route", "add", str(SEGMENT.ipv6), "via", "2001:db8:9::1")
        made.start(self.server, [sys.executable, "-c", SERVE, str(PORT), "4444"])
        until(lambda: self.reaches(SERVER.ipv4.ip, 4444), "the server answers")
        until(lambda: self.reaches(SERVER.ipv6.ip if SERVER.ipv6 else None, 4444), "it answers in IPv6")
        policy = zone_policy(a_move(), surroundings())
        self.border.run("nft", "-f", "-", given=render(policy, a_border()))

    def reaches(self, address: object, port: int) -> bool:
        return self.client.does(sys.executable, "-c", CONNECT, str(address), str(port))


@pytest.fixture(scope="module")
def crossing() -> Iterator[Crossing]:
    with wires() as made:
        yield Crossing(made)


@pytest.mark.parametrize("network", ["rescue-net", "office-old-net", "archives-net"])
def test_the_kernel_takes_a_table_twice_and_gives_it_back(network: str) -> None:
    policy = zone_policy(a_move(network), surroundings())
    with wires() as made:
        node = made.node()

        for _ in range(2):
            node.run("nft", "-c", "-f", "-", given=render(policy, a_border(network)))
            node.run("nft", "-f", "-", given=render(policy, a_border(network)))
        node.run("nft", "-f", "-", given=render_back(policy))

        assert node.run("nft", "list", "ruleset") == ""


@pytest.mark.parametrize("network", ["rescue-net", "office-old-net", "archives-net"])
def test_what_an_edge_lists_is_the_same_when_it_is_loaded_again(network: str) -> None:
    edge = next(move for move in a_move(network).moves if move.is_edge)
    with wires() as made:
        node = made.node()
        node.run("nft", "-f", "-", given=edge.phases[Phase.BESIDE].forward.nft)
        listed = node.run("nft", "-s", "list", "ruleset")

        node.run("nft", "-f", "-", given=f"flush ruleset\n{listed}")

        assert node.run("nft", "-s", "list", "ruleset") == listed


def test_a_declared_flow_passes_and_another_does_not(crossing: Crossing) -> None:
    assert crossing.reaches(SERVER.ipv4.ip, PORT)
    assert not crossing.reaches(SERVER.ipv4.ip, 4444)
    assert counted(crossing.border, "denied") > 0


def test_a_stranger_is_denied_in_ipv6_where_it_would_be_in_ipv4(crossing: Crossing) -> None:
    before = counted(crossing.border, "forbidden")

    assert SERVER.ipv6 is not None
    assert not crossing.reaches(SERVER.ipv6.ip, PORT)
    assert counted(crossing.border, "forbidden") > before


def test_what_passes_is_counted_for_its_owner(crossing: Crossing) -> None:
    before = counted(crossing.border, "owner_rescue_in")

    assert crossing.reaches(SERVER.ipv4.ip, PORT)
    assert counted(crossing.border, "owner_rescue_in") > before


def test_a_source_that_is_not_of_the_network_does_not_leave_it(crossing: Crossing) -> None:
    before = counted(crossing.border, "spoofed")
    crossing.server.address("lo", "192.0.2.77/32", "2001:db8:77::7/128")

    crossing.server.does("ping", "-c1", "-W1", "-I", "192.0.2.77", CLIENT[0])
    crossing.server.does("ping", "-c1", "-W1", "-I", "2001:db8:77::7", "2001:db8:9::2")

    assert counted(crossing.border, "spoofed") >= before + 2


def test_a_first_fragment_that_hides_its_header_is_dropped(crossing: Crossing) -> None:
    before = counted(crossing.border, "malformed")

    crossing.client.python(HIDING, "2001:db8:9::2", str(SERVER.ipv6.ip if SERVER.ipv6 else ""))

    until(lambda: counted(crossing.border, "malformed") > before, "the fragment is counted")


def a_lan(made: Wires) -> tuple[Node, Node, Node]:
    """A bridge with a host that listens to routers, and somebody who is none."""
    bridge, host, rogue = (made.node() for _ in range(3))
    bridge.run("ip", "link", "add", "br0", "type", "bridge")
    for node, port in ((host, "p1"), (rogue, "p2")):
        made.cable(bridge, port, node, "eth0")
        bridge.run("ip", "link", "set", port, "master", "br0")
    bridge.run("ip", "link", "set", "br0", "up")
    for node in (host, rogue):
        until(lambda node=node: "fe80" in settled(node), "a link-local address")
    return bridge, host, rogue


def settled(node: Node) -> str:
    return node.run("ip", "-6", "-o", "address", "show", "dev", "eth0", "-tentative")


def dropped(node: Node) -> int:
    rules = json.loads(node.run("nft", "-j", "list", "ruleset"))["nftables"]
    return sum(
        part["counter"]["packets"]
        for each in rules
        for part in each.get("rule", {}).get("expr", ())
        if "counter" in part
    )


def test_a_rogue_router_is_believed_where_nobody_guards() -> None:
    with wires() as made:
        _, host, rogue = a_lan(made)

        rogue.python(ADVERTISE, "eth0", "2001:db8:bad::")

        until(lambda: "2001:db8:bad" in host.run("ip", "-6", "address"), "the host takes an address")


@pytest.mark.parametrize("place", ["bridge", "host"])
def test_a_rogue_router_advertisement_is_dropped_by_the_guard(place: str) -> None:
    with wires() as made:
        bridge, host, rogue = a_lan(made)
        guarded, script = (
            (bridge, bridge_guard(["p9"])) if place == "bridge" else (host, host_guard("eth0", ["fe80::1"]))
        )
        guarded.run("nft", "-f", "-", given=script)

        rogue.python(ADVERTISE, "eth0", "2001:db8:bad::")

        until(lambda: dropped(guarded) > 0, "the advertisement is counted")
        assert "2001:db8:bad" not in host.run("ip", "-6", "address")


@pytest.mark.parametrize("network", ["rescue-net", "office-old-net"])
def test_our_own_table_is_read_back_as_the_policy_it_was_written_from(network: str) -> None:
    policy = zone_policy(a_move(network), surroundings())
    with wires() as made:
        node = made.node()
        node.run("nft", "-f", "-", given=render(policy, a_border(network)))
        reading = read_listed(node.run("nft", "-j", "list", "ruleset"))
    back = reading.policies[f"inet {table_name(policy)} forward"]
    segment = a_move(network).segment
    clients = (segment.ipv4[9], segment.ipv6[9], segment.old[9], ip_address("10.65.0.9"))

    for move in a_move(network).moves:
        for service in move.services:
            for target in (move.addresses[0].ipv4, move.addresses[0].ipv6):
                for source in clients:
                    if target is not None and source.version == target.version:
                        packet = Packet(source, target.ip, service.protocol, service.port)
                        assert back.judge(packet) is policy.judge(packet), packet
    assert list(blocked(back, segment.ipv6[9], segment.ipv6[10])) == []


LEGACY = """
table inet legacy {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ip daddr 192.0.2.20 tcp dport 443 counter accept
    ip6 daddr 2001:db8::20 tcp dport 443 counter accept
    ip daddr 192.0.2.20 tcp dport 22 counter accept
  }
}
"""


def test_a_rule_of_ipv4_without_its_twin_is_found_on_a_running_router() -> None:
    with wires() as made:
        node = made.node()
        node.run("nft", "-f", "-", given=LEGACY)
        listing = node.run("nft", "-j", "list", "ruleset")

    report = judge_filters(
        RuleTexts(nft_json=listing, counted_seconds=40 * 86400.0),
        [Pair(ip_network("192.0.2.20"), ip_network("2001:db8::20"))],
    )

    [found] = report.without_twin
    assert "tcp 22" in found.term
    assert found.why == "accept in IPv4, drop in IPv6"
    assert [each.is_sure for each in report.unused] == [True, True, True]
