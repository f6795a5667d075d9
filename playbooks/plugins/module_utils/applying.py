"""Makes the change of one transaction on a host: sysctls, ip(8), nft(8), duplicate addresses.

Runs on the host with Python >= 3.8 and iproute2 alone. The caller has armed a timer before: whatever fails
here is raised as `Failed`, and the caller takes everything back.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import subprocess
import time
from itertools import groupby
from pathlib import Path

if __package__:
    from ansible.module_utils import network_state
else:
    import network_state

OLD, NEW, METRIC = "@old", "@new", "@metric"
ARP_PROBES = 3
"""RFC 5227 section 1.1: PROBE_NUM; the pause is shortened from one second, as the link is wired."""
ARP_PAUSE = 0.1
DAD_SECONDS = 5.0


class Failed(Exception):
    """The change could not be made; the sentence says which command and why."""


def resolved(transaction):
    """The transaction with this host's interfaces and metrics in the places of `@old`, `@new`, `@metric`.

    `old` and `new` of the transaction name the interfaces, or `old_address` is looked up where they do not.
    """
    links = json.loads(_out("ip", "-j", "addr", "show"))
    old = transaction.get("old") or _holder(links, transaction["old_address"])
    new = transaction.get("new") or old
    metrics = {family: _metric(family) for family in network_state.FAMILIES}

    unit = _network_file(old) if any("@networkfile" in path for path in transaction["files"]) else ""

    def filled(text, family=None):
        text = text.replace("@networkfile", unit)
        text = re.sub(r"@old\b", old, text)
        text = re.sub(r"@new\b", new, text)
        metric = metrics.get(family)
        return text.replace(METRIC, metric) if metric else text.replace(" metric " + METRIC, "")

    commands = [filled(line, line.split(" ", 1)[0]) for line in transaction["commands"]]
    return {
        "sysctls": {filled(name): value for name, value in transaction["sysctls"].items()},
        "commands": commands,
        "nft": filled(transaction["nft"]),
        "files": {path: filled(text) for path, text in transaction["files"].items()},
        "unique": transaction.get("unique", []),
        "forget": transaction.get("forget", []),
        "recall": transaction.get("recall", False),
        "new": new,
    }


def apply(transaction):
    """Make the change; raises Failed at the first thing that does not succeed."""
    fresh = [each for each in transaction["unique"] if not _is_here(each)]
    for address in fresh:
        if ":" not in address and _is_taken(address, transaction["new"]):
            raise Failed(
                "duplicate address: somebody else on {} holds {}".format(transaction["new"], address)
            )
    for name, value in transaction["sysctls"].items():
        try:
            network_state.write_sysctl(name, value)
        except OSError as error:
            raise Failed(f"sysctl {name}={value}: {error}") from error
    _change_addresses_and_routes(transaction["commands"])
    if transaction["nft"]:
        _run(["nft", "-f", "-"], transaction["nft"])
    _wait_until_unique([each for each in fresh if ":" in each])


def _change_addresses_and_routes(commands):
    """Run the lines in order, one process for each run of the same family; what is so already is left out."""
    present = network_state.take()
    rules = {(family, rule) for family, rule in present["rules"]}
    held = {(family, address) for _link, family, address, _words in present["addresses"]}
    wanted = [line.split(" ", 1) for line in commands]
    needed = [(family, line) for family, line in wanted if _is_needed(family, line, rules, held)]
    for family, lines in groupby(needed, key=lambda pair: pair[0]):
        _run(["ip", family, "-N", "-batch", "-"], "\n".join(line for _family, line in lines) + "\n")


def _is_needed(family, line, rules, held):
    """False for a rule that is there already, and for the removal of a rule or address that is not."""
    words = line.split()
    rest = " ".join(words[2:])
    if words[:2] == ["rule", "add"]:
        return (family, rest) not in rules
    if words[:2] == ["rule", "del"]:
        return (family, rest) in rules
    if words[:2] == ["addr", "del"]:
        return (family, words[2]) in held
    return True


def _wait_until_unique(addresses):
    """Wait until the kernel has found nobody else with these IPv6 addresses (RFC 4862 section 5.4)."""
    end = time.monotonic() + DAD_SECONDS
    waiting = set(addresses)
    while waiting:
        for link in json.loads(_out("ip", "-j", "-6", "addr", "show")):
            for each in link.get("addr_info", []):
                if each.get("local") in waiting and each.get("dadfailed"):
                    raise Failed("duplicate address: somebody else holds {}".format(each["local"]))
                if not each.get("tentative"):
                    waiting.discard(each.get("local"))
        if waiting and time.monotonic() > end:
            raise Failed("still tentative after {:.0f} s: {}".format(DAD_SECONDS, ", ".join(sorted(waiting))))
        if waiting:
            time.sleep(0.05)


def _is_taken(address, link):
    """Ask the link who holds an IPv4 address by ARP probes (RFC 5227 section 2.1.1); silence means nobody."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806)) as door:
        door.bind((link, 0))
        door.settimeout(ARP_PAUSE)
        own = door.getsockname()[4]
        asked = socket.inet_aton(address)
        probe = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, own, bytes(4), bytes(6), asked)
        for _number in range(ARP_PROBES):
            door.send(b"\xff" * 6 + own + b"\x08\x06" + probe)
            end = time.monotonic() + ARP_PAUSE
            while time.monotonic() < end:
                try:
                    heard = door.recv(64)
                except socket.timeout:
                    break
                if heard[28:32] == asked and heard[22:28] != own:
                    return True
    return False


def _is_here(address):
    return any(
        each.get("local") == address
        for link in json.loads(_out("ip", "-j", "addr", "show"))
        for each in link.get("addr_info", [])
    )


def _holder(links, address):
    for link in links:
        if any(each.get("local") == address for each in link.get("addr_info", [])):
            return link["ifname"]
    raise Failed(f"no interface of this host holds {address}")


def _network_file(link):
    """The name of the file by which systemd-networkd manages an interface."""
    try:
        said = _out("networkctl", "--no-pager", "status", link)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failed(f"systemd-networkd does not tell which file manages {link}: {error}") from error
    found = re.search(r"Network File: (\S+)", said)
    if not found:
        raise Failed(f"systemd-networkd does not manage {link}")
    return Path(found.group(1)).name


def _metric(family):
    """The metric of the default route in use, as text; None where there is no default route."""
    metrics = []
    for line in _out("ip", family, "-N", "route", "show", "default").splitlines():
        words = line.split()
        if words and words[0] == "default":
            metrics.append(int(words[words.index("metric") + 1]) if "metric" in words else 0)
    return str(min(metrics)) if metrics else None


def _run(command, text):
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed("{}: {}".format(" ".join(command), done.stderr.strip() or done.stdout.strip()))


def _out(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
