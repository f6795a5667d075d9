"""Makes the change of one transaction on a host: sysctls, ip(8), nft(8), duplicate addresses.

Runs on the host with Python >= 3.8 and iproute2 alone. The caller has armed a timer before: whatever fails
here is raised as `Failed`, and the caller takes everything back.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
import subprocess
import time
from itertools import groupby

if __package__:
    from ansible.module_utils import network_state
else:
    import network_state

ARP_PROBES = 3
"""RFC 5227 section 1.1: PROBE_NUM; the pause is shortened from one second, as the link is wired."""
ARP_PAUSE = 0.1
DAD_SECONDS = 5.0


class Failed(Exception):
    """The change could not be made; the sentence says which command and why."""


def apply(transaction):
    """Make the change; raises Failed at the first thing that does not succeed."""
    _refuse_unready(transaction)
    if transaction.get("undo"):
        _undo(transaction["undo"])
        return
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
    still = [each for each in transaction["forget"] if _is_here(each)]
    gone = {tuple(line.split(" rule del ")) for line in transaction["commands"] if " rule del " in line}
    still += [f"the rule {rule}" for _family, rule in gone & _rules()]
    if still:
        raise Failed("{} is still there after it was taken off".format(", ".join(still)))


def _refuse_unready(transaction):
    """Refuse an interface that could not take the new addresses.

    Raises:
        Failed: it is not there, it is down, or IPv6 is switched off on it.
    """
    link = transaction["new"]
    if not transaction["unique"]:
        return
    found = [each for each in json.loads(_out("ip", "-j", "addr", "show")) if each["ifname"] == link]
    if not found:
        raise Failed(f"there is no interface {link}")
    if "UP" not in found[0]["flags"]:
        raise Failed(f"{link} is down: bring it up first, at every boot")
    disabled = network_state.read_sysctl(f"net/ipv6/conf/{link}/disable_ipv6")
    if any(":" in each for each in transaction["unique"]) and disabled != "0":
        raise Failed(f"IPv6 is switched off on {link}: net.ipv6.conf.{link}.disable_ipv6 is {disabled}")


def _undo(change):
    """Put back what a confirmed change made, and nothing else.

    Raises:
        Failed: something is not as it was.
    """
    _said, differences = network_state.put_back(
        network_state.unmade(network_state.take(change["sysctls"]), change)
    )
    if differences:
        raise Failed("it could not be put back: {}".format("; ".join(differences[:5])))


def _change_addresses_and_routes(commands):
    """Run the lines in order, one process for each run of the same family; what is so already is left out."""
    rules = _rules()
    wanted = [line.split(" ", 1) for line in commands]
    needed = [(family, line) for family, line in wanted if _is_needed(family, line, rules)]
    with _promoting(needed), _keeping_routes(needed):
        for family, lines in groupby(needed, key=lambda pair: pair[0]):
            _run(["ip", family, "-N", "-batch", "-"], "\n".join(line for _family, line in lines) + "\n")


def _rules():
    """The rules by family, whoever set them: a manager that read them at boot says so behind each."""
    rules = network_state.take()["rules"]
    return {(family, re.sub(r" proto \S+$", "", rule)) for family, rule in rules}


@contextlib.contextmanager
def _keeping_routes(commands):
    """A link that loses its last IPv4 address loses all its routes: those that nobody took away come back.

    What leads by a gateway that cannot be reached any more, or from an address that went, the kernel refuses.
    """
    if not any(line.startswith("addr del ") for _family, line in commands):
        yield
        return
    gone = {" ".join(line.split()[2:5]) for _family, line in commands if line.startswith("route del ")}
    before = network_state.take()["routes"]
    yield
    after = network_state.take()["routes"]
    lost = [
        route
        for family, route in before
        if family == "-4" and [family, route] not in after and not _is_of_an_address(route, gone)
    ]
    if lost:
        text = "\n".join(f"route add {route}" for route in lost) + "\n"
        subprocess.run(
            ["ip", "-4", "-N", "-force", "-batch", "-"],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )


def _is_of_an_address(route, gone):
    """True for a route that goes with an address, or that a line of the change took away."""
    words = route.split()
    return f" proto {network_state.KERNEL} " in f"{route} " or " ".join(words[:3]) in gone


@contextlib.contextmanager
def _promoting(commands):
    """While addresses are removed a secondary takes the place of a primary that goes, and stays."""
    links = {line.split()[-1] for _family, line in commands if line.startswith("addr del ")}
    names = ["net/ipv4/conf/all/promote_secondaries"]
    names += [f"net/ipv4/conf/{link}/promote_secondaries" for link in sorted(links)]
    before = {name: network_state.read_sysctl(name) for name in names if links}
    for name, value in before.items():
        if value == "0":
            network_state.write_sysctl(name, "1")
    try:
        yield
    finally:
        for name, value in before.items():
            if value == "0":
                network_state.write_sysctl(name, value)


def _is_needed(family, line, rules):
    """False for a rule that is there already, and for the removal of a rule that is not."""
    words = line.split()
    rest = " ".join(words[2:])
    if words[:2] == ["rule", "add"]:
        return (family, rest) not in rules
    if words[:2] == ["rule", "del"]:
        return (family, rest) in rules
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


def _run(command, text):
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed("{}: {}".format(" ".join(command), done.stderr.strip() or done.stdout.strip()))


def _out(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
