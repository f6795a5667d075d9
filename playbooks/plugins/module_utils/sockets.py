"""Tells who listens and who talks on a host, by which families: as ss(8) and the table of flows show it.

An IPv4-mapped address (RFC 4291 section 2.5.5.2) is the IPv4 address that its packets carry; the device that
a socket is bound to, or the zone of its address, is told apart. Runs with Python >= 3.8 and iproute2 alone.
"""

from __future__ import annotations

import re
from pathlib import Path

FLOWS = Path("/proc/net/nf_conntrack")
MAPPED = re.compile(r"^::ffff:(\d+\.\d+\.\d+\.\d+)$", re.IGNORECASE)
SIDE = re.compile(r"src=(\S+) dst=(\S+)(?: sport=(\d+) dport=(\d+))?")


def listeners(text):
    """Sockets that wait for others: protocol, address, port, device, and the families that reach it.

    A socket on `*` or `[::]` without `v6only` answers both families.
    """
    found = []
    for line in (text or "").splitlines():
        words = line.split()
        address, device, port = endpoint(words[4])
        if address.startswith("127.") or address == "::1":
            continue
        six = ":" in address or address == "*"
        dual = address in ("*", "::") and "v6only:1" not in line
        found.append(
            {
                "protocol": words[0],
                "address": address,
                "port": port,
                "device": device,
                "families": [4, 6] if dual else [6] if six else [4],
            }
        )
    return found


def sessions(tcp, udp):
    """Sessions with others; `idle` is the least age in seconds, as the kernel tells no beginning."""
    lines = (tcp or "").splitlines()
    pairs = [(first, second, "tcp") for first, second in zip(lines[::2], lines[1::2])]
    pairs += [(line, "", "udp") for line in (udp or "").splitlines()]
    found = []
    for first, second, protocol in pairs:
        words = first.split()
        address, device, port = endpoint(words[2])
        peer, _zone, peer_port = endpoint(words[3])
        if address.startswith("127.") or address == "::1":
            continue
        idle = [int(value) for value in re.findall(r"last(?:snd|rcv):(\d+)", second)]
        found.append(
            {
                "protocol": protocol,
                "local": address,
                "port": port,
                "device": device,
                "peer": peer,
                "peer_port": peer_port,
                "idle": max(idle, default=0) / 1000,
            }
        )
    return found


def flows(text):
    """Flows that the host translates, with the addresses of both sides; others are no concern here."""
    found = []
    for line in (text or "").splitlines():
        sides = SIDE.findall(line)
        if not sides[1:] or "TIME_WAIT" in line or "CLOSE" in line:
            continue
        there, back = sides[:2]
        if (there[0], there[1]) != (back[1], back[0]):
            addresses = [plain(each) for each in (*there[:2], *back[:2])]
            found.append({"peer": addresses[0], "addresses": addresses})
    return found


def flow_table():
    """The kernel's table of flows; None where it shows none."""
    try:
        return FLOWS.read_text()
    except OSError:
        return None


def endpoint(text):
    """Address, device or zone (empty: any), and port of one end as ss(8) writes it."""
    address, port = text.rsplit(":", 1)
    address, _percent, device = address.replace("[", "").replace("]", "").partition("%")
    return plain(address), device, int(port) if port.isdigit() else 0


def plain(address):
    """The address that packets carry."""
    mapped = MAPPED.match(address)
    return mapped.group(1) if mapped else address
