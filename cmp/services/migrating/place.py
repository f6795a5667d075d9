"""Says where a move is carried out: from where hosts are reached, as whom, who looks from outside."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Protocol

from cmp.model.migration import HostMove
from cmp.model.ssh import Ssh, SshWays
from cmp.network.filters.terms import Policy
from cmp.plays.runner import Host
from cmp.plays.ssh import checked_by, through
from cmp.ports.secrets import none_kept
from cmp.services.migrating import named_secrets

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Knock:
    """One question from outside: does this address answer, on a TCP port if one is given, else to an echo."""

    host: str
    target: Address
    port: int | None = None

    def __str__(self) -> str:
        """Say it as people do."""
        return f"{self.host} at {self.target}" + (f" port {self.port}" if self.port else "")


class Outside(Protocol):
    """Looks at hosts from elsewhere on the extranet, each time by fresh connections."""

    def unanswered(self, asks: Sequence[Knock]) -> tuple[Knock, ...]:
        """Those that did not answer.

        Raises:
            TryLater: nobody could be asked.
        """
        ...


class Watching(Protocol):
    """Probes all hosts all the time, and some of them more often while they switch."""

    def fast(self, hosts: Sequence[str]) -> None:
        """Probe these hosts every 10 ms, all others every 100 ms."""
        ...

    def mark(self, name: str) -> None:
        """Begin an interval of this name in the records."""
        ...


class Unwatched:
    """Nobody probes: what a switch costs is then not known."""

    def fast(self, hosts: Sequence[str]) -> None:
        """Do nothing."""

    def mark(self, name: str) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how the hosts of a network are reached.

    `door` runs a command where they can be reached from; `key`, `known_hosts` and `become` are for SSH.
    `kind` is lab, rehearsal or real.
    """

    kind: str
    outside: Outside
    witnesses: tuple[Address, ...]
    door: tuple[str, ...] = ()
    key: Path | None = None
    known_hosts: Path | None = None
    become: bool = True
    watching: Watching = field(default_factory=Unwatched)
    sources: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Doors to the places from which reachability is asked, by name."""
    standing: Mapping[str, Sequence[Address]] = field(default_factory=dict)
    """The addresses of these places, where they are known."""
    policy: Policy | None = None
    """What the new edge lets through, where it filters."""
    station: tuple[str, ...] | None = None
    """The door to the station that holds the witnesses' addresses, where there is one."""
    hosts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Doors to the hosts, where there are other ones than SSH."""
    held: Mapping[str, Sequence[Address]] = field(default_factory=dict)
    """The addresses of hosts in a lab; one that is administered elsewhere is reached at the first there."""
    ways: SshWays = SshWays()  # noqa: RUF009 - it is frozen
    """How hosts are reached that say nothing themselves; only where people work on them."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Hosts that nobody logs into, each with why."""
    tsig: Callable[[str], Mapping[str, str]] | None = None
    """Tells a TSIG key by its name, where it is another one than the environment's."""
    reveal: Callable[[str], str] = none_kept
    """Answers the references of passwords and keys, in the moment before they are used."""
    cut: Callable[[], AbstractContextManager[None]] | None = None
    """Cuts the private path off while a block runs; None where that would hurt somebody."""

    @property
    def is_real(self) -> bool:
        """True where people work on the hosts: neither a lab nor a copy to rehearse in."""
        return self.kind == "real"

    def host(self, move: HostMove, address: Address | None = None) -> Host:
        """A host of a plan as plays reach it, at the address given or where it is administered."""
        return self.reach(move.host, move.ssh, address or move.reached_at)

    def reach(self, name: str, ssh: Ssh | None, address: Address) -> Host:
        """A host as plays reach it; its key is known by its name, whatever address it has."""
        if (held := self.held.get(name)) and ssh and address == ssh.address and address not in held:
            address = held[0]
        checked = checked_by(self.known_hosts)
        options = [f"HostKeyAlias={name}", "StrictHostKeyChecking=yes", *checked]
        variables: dict[str, object] = {
            "ansible_host": str(address),
            "ansible_port": ssh.port if ssh else 22,
            "ansible_ssh_common_args": shlex.join(word for option in options for word in ("-o", option)),
            "ansible_become": self.become,
        }
        if self.is_real:
            variables |= _by_these_ways(ways_of(ssh, self.ways), options, checked, self.reveal)
        if ssh:
            variables["ansible_user"] = ssh.user
        if self.key:
            variables["ansible_ssh_private_key_file"] = str(self.key)
        return Host(name, variables)


def ways_of(ssh: Ssh | None, usual: SshWays) -> SshWays:
    """How a host is reached: as it says itself, and as is usual in its network where it says nothing."""
    own = {} if ssh is None else {name: getattr(ssh, name) for name in SshWays.model_fields}
    return usual.model_copy(update={name: value for name, value in own.items() if value is not None})


def _by_these_ways(
    ways: SshWays, options: Sequence[str], checked: Sequence[str], reveal: Callable[[str], str]
) -> dict[str, object]:
    """Ansible's variables for a host that is reached like this."""
    found: dict[str, object] = {}
    if ways.jump:
        every = [*options, f"ProxyCommand={through(ways.jump, checked)}"]
        found["ansible_ssh_common_args"] = shlex.join(word for each in every for word in ("-o", each))
    if ways.connect_timeout:
        found["ansible_ssh_timeout"] = ways.connect_timeout
    if ways.interpreter:
        found["ansible_python_interpreter"] = ways.interpreter
    if ways.sudo_password:
        found["ansible_become_password"] = named_secrets.sudo_password(ways.sudo_password, reveal)
    return found


def asks_of(move: HostMove, *, old: bool, new: bool) -> tuple[Knock, ...]:
    """What has to answer from outside: each address, to an echo and on the port of its administration."""
    port = move.ssh.port if move.ssh else 22
    addresses: list[Address] = [move.reached_at] if move.is_edge else []
    for each in move.addresses:
        if old:
            addresses.append(each.old)
        if new:
            addresses.append(each.ipv4.ip)
            if each.ipv6:
                addresses.append(each.ipv6.ip)
    devices = [Knock(move.host, each.ipv4.ip) for each in move.devices if new]
    return (*(Knock(move.host, address, port) for address in addresses), *devices)


def reach_of(
    move: HostMove, witnesses: Sequence[Address], *, old: bool, new: bool
) -> list[Mapping[str, str]]:
    """What a host has to reach from each of its addresses before its change is confirmed."""
    sources = [] if move.is_edge else [ask.target for ask in asks_of(move, old=old, new=new)]
    return [
        {"source": str(source), "target": str(witness)}
        for source in sources
        for witness in witnesses
        if source.version == witness.version
    ]
