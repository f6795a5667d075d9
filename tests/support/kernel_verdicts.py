"""Has a real kernel judge packets: a rule set is loaded into a namespace, and frames are sent to it."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from support.own_namespaces import Node, Wires, until, wires
from support.rule_sets import TARGETS
from support.saved_rule_sets import PROGRAM

from cmp.network.filters.terms import Packet

HERE, THERE = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}
SENDER = """
import socket, sys
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind(("out", 0))
for line in sys.stdin:
    for frame in line.split():
        out.send(bytes.fromhex(frame))
    print("sent", flush=True)
"""
PROBE = """
table inet probe {
 set came4 { typeof ip id; size 65535; flags dynamic; }
 set came6 { typeof ip6 flowlabel; size 65535; flags dynamic; }
 set passed4 { typeof ip id; size 65535; flags dynamic; }
 set passed6 { typeof ip6 flowlabel; size 65535; flags dynamic; }
 chain early { type filter hook prerouting priority -400; add @came4 { ip id }; }
 chain early6 { type filter hook prerouting priority -399; add @came6 { ip6 flowlabel }; }
 chain late { type filter hook input priority 400; add @passed4 { ip id }; }
 chain late6 { type filter hook input priority 401; add @passed6 { ip6 flowlabel }; }
}
"""


@dataclass
class Kernel:
    """Two namespaces: what leaves the first comes into the second, which holds all targets."""

    judge: Node
    sender: subprocess.Popen[str]
    number: int = field(default=0)

    def load(self, text: str) -> str:
        """Load a rule set; what `nft -j list ruleset` then prints of it."""
        self.judge.run("nft", "-f", "-", given="flush ruleset\n" + PROBE + text)
        items = json.loads(self.judge.run("nft", "-j", "list", "ruleset"))["nftables"]
        own = [
            item
            for item in items
            if "probe"
            not in {
                str(part.get("table") or part.get("name")) for part in item.values() if isinstance(part, dict)
            }
        ]
        return json.dumps({"nftables": own})

    def restore(self, text: str, family: int) -> str:
        """Load a saved rule set of iptables; what iptables-save(8) then prints of it."""
        program = PROGRAM[family]
        self.judge.run("nft", "-f", "-", given="flush ruleset\n" + PROBE)
        self.judge.run(f"{program}-restore", given=text)
        return self.judge.run(f"{program}-save", "-c", "-t", "filter")

    def verdicts(self, packets: Sequence[Packet]) -> list[bool]:
        """Whether each packet passed."""
        numbers = range(self.number + 1, self.number + 1 + len(packets))
        self.number += len(packets)
        frames = [frame_of(packet, number) for packet, number in zip(packets, numbers, strict=True)]
        assert self.sender.stdin is not None
        assert self.sender.stdout is not None
        self.sender.stdin.write(" ".join(frame.hex() for frame in frames) + "\n")
        self.sender.stdin.flush()
        assert self.sender.stdout.readline() == "sent\n"
        until(lambda: set(numbers) <= self._seen("came"), "all packets came")
        passed = self._seen("passed")
        return [number in passed for number in numbers]

    def _seen(self, what: str) -> set[int]:
        items = json.loads(self.judge.run("nft", "-j", "list", "table", "inet", "probe"))["nftables"]
        sets = [item["set"] for item in items if "set" in item and item["set"]["name"].startswith(what)]
        return {_element(each) for found in sets for each in found.get("elem", [])}


def _element(each: Any) -> int:
    return int(each["elem"]["val"] if isinstance(each, Mapping) else each)


@contextmanager
def a_kernel() -> Iterator[Kernel]:
    """The kernel of this machine, in namespaces that end with the block."""
    with wires() as made:
        yield from _opened(made)


def _opened(made: Wires) -> Iterator[Kernel]:
    judge, other = made.node(), made.node()
    made.cable(judge, "in", other, "out")
    judge.run("ip", "link", "set", "in", "address", THERE.hex(":"), "up")
    other.run("ip", "link", "set", "out", "address", HERE.hex(":"), "up")
    judge.set(ipv4__conf__all__rp_filter=0, ipv4__conf__in__rp_filter=0, ipv4__conf__in__accept_local=1)
    for line in (
        "addr add 192.0.2.1/24 dev in",
        "addr add 2001:db8:ffff::1/64 dev in nodad",
        "neigh add 192.0.2.2 lladdr 02:00:00:00:00:01 dev in",
        "neigh add 2001:db8:ffff::2 lladdr 02:00:00:00:00:01 dev in",
        "route add default via 192.0.2.2",
        "-6 route add default via 2001:db8:ffff::2",
        *(f"route add local {target} dev lo" for target in TARGETS[4]),
        *(f"-6 route add local {target} dev lo" for target in TARGETS[6]),
    ):
        judge.run("ip", *line.split())
    sender = subprocess.Popen(
        other.command(sys.executable, "-c", SENDER), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Kernel(judge, sender)
    finally:
        sender.communicate(timeout=10)


def frame_of(packet: Packet, number: int) -> bytes:
    """An Ethernet frame with a whole packet; the number is its identification, or its flow label."""
    inner = _inner(packet, number)
    if packet.source.version == 4:
        head = struct.pack(
            "!BBHHHBBH", 0x45, 0, 20 + len(inner), number, 0, 64, PROTOCOLS[packet.protocol], 0
        )
        addresses = packet.source.packed + packet.target.packed
        head = head[:10] + struct.pack("!H", _sum(head + addresses)) + addresses
        return THERE + HERE + b"\x08\x00" + head + inner
    head = struct.pack("!IHBB", 6 << 28 | number, len(inner), PROTOCOLS[packet.protocol], 255)
    return THERE + HERE + b"\x86\xdd" + head + packet.source.packed + packet.target.packed + inner


def _inner(packet: Packet, number: int) -> bytes:
    """The part behind the header of IP, with its checksum."""
    port = 20000 + number % 40000
    if packet.protocol == "tcp":
        parts = struct.pack("!HHIIBBHHH", port, packet.port or 0, number, 0, 0x50, 2, 1024, 0, 0)
        return _summed(packet, parts, 16)
    if packet.protocol == "udp":
        return _summed(packet, struct.pack("!HHHH", port, packet.port or 0, 12, 0) + b"ping", 6)
    assert packet.message is not None
    body = struct.pack("!BBHHH", packet.message.type, packet.message.code or 0, 0, number, 1) + bytes(16)
    if packet.protocol == "icmpv6":
        return _summed(packet, body, 2)
    return body[:2] + struct.pack("!H", _sum(body)) + body[4:]


def _summed(packet: Packet, parts: bytes, place: int) -> bytes:
    pseudo = packet.source.packed + packet.target.packed
    pseudo += struct.pack("!II", len(parts), PROTOCOLS[packet.protocol])
    return parts[:place] + struct.pack("!H", _sum(pseudo + parts)) + parts[place + 2 :]


def _sum(data: bytes) -> int:
    """The checksum of the Internet (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
