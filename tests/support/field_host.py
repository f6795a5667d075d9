"""Moves one host of its own from an old network onto a new one, phase by phase, as the product does it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import Any

from support.one_host import OneHost, on_router

from cmp.model.migration import HostChange, Phase, Renumbered, Segment
from cmp.model.network import Manager
from cmp.network.moving.changes import changes

OLD = "192.0.2.11"
LONG = 60.0
NOTHING: Mapping[str, Any] = {
    "sysctls": {},
    "commands": [],
    "nft": "",
    "files": {},
    "unique": [],
    "forget": [],
    "recall": False,
    "old": "",
    "new": "",
    "old_address": OLD,
}
SEGMENT = Segment(
    old=IPv4Network("192.0.2.0/24"),
    old_gateway=IPv4Address("192.0.2.1"),
    ipv4=IPv4Network("198.51.100.0/24"),
    ipv4_gateway=IPv4Address("198.51.100.1"),
    ipv6=IPv6Network("2001:db8:100:1::/64"),
    ipv6_gateway=IPv6Address("2001:db8:100:1::1"),
)


def renumbered(old: str) -> Renumbered:
    """The new addresses of an old one: they end as it does."""
    last = int(IPv4Address(old)) & 255
    return Renumbered(
        host="h1",
        old=IPv4Address(old),
        ipv4=IPv4Interface(f"198.51.100.{last}/24"),
        ipv6=IPv6Interface(f"2001:db8:100:1::{last:x}/64"),
    )


@dataclass(frozen=True, slots=True)
class Move:
    """A host and its changes; the gateways of the new network answer on its router."""

    host: OneHost
    phases: Mapping[Phase, HostChange]
    olds: Sequence[str]

    def transaction(self, phase: Phase, *, back: bool = False) -> Mapping[str, Any]:
        """What a phase changes, or what takes it back, as the plays hand it over."""
        change = self.phases[phase].back if back else self.phases[phase].forward
        new = str(renumbered(self.olds[0]).ipv4.ip)
        at = new if back and phase is Phase.RETIRE else self.olds[0]
        return {**change.model_dump(mode="json"), "old": "", "new": "", "old_address": at}

    def go(self, phase: Phase, *, back: bool = False) -> str:
        """Make a change and confirm it: `confirmed`, or the sentence that refuses it."""
        token = f"{phase.value}-{'back' if back else 'on'}"
        told = self.host.switch(token, LONG, self.transaction(phase, back=back))
        if "refused" in told:
            return str(told["refused"])
        told = self.host.ask("deadman.confirm(*arguments)", token)
        return str(told.get("refused") or told["state"])


def a_move(host: OneHost, *olds: str, manager: Manager = Manager.IFUPDOWN) -> Move:
    """The move of a host with these old addresses, which are listed in this order."""
    for address in ("198.51.100.1/24", "192.0.2.254/24"):
        on_router(host, "addr", "add", address, "dev", "eth0")
    on_router(host, "-6", "addr", "add", "2001:db8:100:1::1/64", "dev", "eth0", "nodad")
    listed = olds or (OLD,)
    return Move(host, changes("case-net", SEGMENT, tuple(map(renumbered, listed)), manager), listed)


def a_second_line(host: OneHost) -> None:
    """A cable of its own to 203.0.113.1, on eth1."""
    inside = f"{host.name[:-1]}h"
    peer = ("peer", "name", "eth1", "netns", host.name)
    subprocess.run(["ip", "-n", inside, "link", "add", "eth1", "type", "veth", *peer], check=True)
    on_router(host, "link", "set", "eth1", "up")
    on_router(host, "addr", "add", "203.0.113.1/24", "dev", "eth1")
    shell(host, "ip link set eth1 up; ip addr add 203.0.113.11/24 dev eth1")


def shell(host: OneHost, script: str) -> str:
    """Run a script on the host to its good end."""
    done = host.run("sh", "-ec", script)
    assert done.returncode == 0, done.stderr
    return done.stdout


def outcome(host: OneHost, before: Any) -> list[str]:
    """What differs from a state of before; nothing where all is as it was."""
    return list(host.ask("network_state.differences(*arguments)", before, host.state()))
