"""Defines the terms of a filter: places, ports, message types, terms in order, and what is left over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Final

from cmp.model.network import Prefix

Address = IPv4Address | IPv6Address

EVERYWHERE: Final[tuple[Prefix, ...]] = (ip_network("0.0.0.0/0"), ip_network("::/0"))
LAST_PORT: Final = 65535
WITH_PORTS: Final = frozenset({"tcp", "udp", "sctp"})
"""Protocols whose headers name ports."""


class Verdict(StrEnum):
    """What happens to a packet; a rejected one is dropped and its sender told."""

    ACCEPT = "accept"
    DROP = "drop"
    REJECT = "reject"

    @property
    def passes(self) -> bool:
        """True when the packet goes on."""
        return self is Verdict.ACCEPT


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where packets come from or go to; without a prefix of a family it holds none of that family."""

    name: str
    prefixes: tuple[Prefix, ...]

    def holds(self, address: Address) -> bool:
        """True when one of the prefixes contains the address."""
        return any(address in prefix for prefix in self.prefixes)

    def of(self, family: int) -> tuple[Prefix, ...]:
        """The prefixes of one family, 4 or 6."""
        return tuple(prefix for prefix in self.prefixes if prefix.version == family)

    @property
    def is_everywhere(self) -> bool:
        """True when every address of both families lies in it."""
        return {prefix.version for prefix in self.prefixes if prefix.prefixlen == 0} == {4, 6}


ANYWHERE: Final = Endpoint("anywhere", EVERYWHERE)
ANYWHERE_IPV4: Final = Endpoint("anywhere in IPv4", EVERYWHERE[:1])
ANYWHERE_IPV6: Final = Endpoint("anywhere in IPv6", EVERYWHERE[1:])


@dataclass(frozen=True, slots=True, order=True)
class Ports:
    """Ports from `first` to `last`, both in it; refused where they are none."""

    first: int
    last: int

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if not 0 <= self.first <= self.last <= LAST_PORT:
            raise ValueError(f"{self.first}-{self.last} is no range of ports")

    def __contains__(self, port: object) -> bool:
        """True when the port is one of them."""
        return isinstance(port, int) and self.first <= port <= self.last

    def covers(self, other: Ports) -> bool:
        """True when every port of the other is one of these."""
        return self.first <= other.first and other.last <= self.last

    def __str__(self) -> str:
        """One number, or two with a hyphen."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


ALL_PORTS: Final = (Ports(0, LAST_PORT),)


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """A type of ICMP or ICMPv6 and its code; None stands for every code."""

    type: int
    code: int | None = None

    def covers(self, other: Message) -> bool:
        """True when the other is this type, and this code where one is named."""
        return self.type == other.type and self.code in {None, other.code}


@dataclass(frozen=True, slots=True)
class Term:
    """One rule: what it matches, what happens then, and what it is for.

    `protocol` is tcp, udp, sctp, icmp, icmpv6, another name or number, or None for every one. No `ports`
    stands for all ports (of the target), no `messages` for all. `per_second` limits accepted packets.
    `packets` are those it matched so far where that was counted. `origin` says where the rule was read.
    """

    verdict: Verdict
    source: Endpoint = ANYWHERE
    target: Endpoint = ANYWHERE
    protocol: str | None = None
    ports: tuple[Ports, ...] = ()
    messages: tuple[Message, ...] = ()
    purpose: str = ""
    owner: str | None = None
    per_second: int | None = None
    packets: int | None = None
    origin: str = ""

    @property
    def families(self) -> tuple[int, ...]:
        """The families in which it can match anything."""
        bound = {"icmp": (4,), "icmpv6": (6,)}.get(self.protocol or "", (4, 6))
        return tuple(family for family in bound if self.source.of(family) and self.target.of(family))

    def matches(self, packet: Packet) -> bool:
        """True when the packet is one of its."""
        return (
            self.protocol in {None, packet.protocol}
            and self.source.holds(packet.source)
            and self.target.holds(packet.target)
            and (not self.ports or any(packet.port in ports for ports in self.ports))
            and (not self.messages or any(packet.is_message(message) for message in self.messages))
        )

    def __str__(self) -> str:
        """The form people read."""
        what = self.protocol or "all"
        if self.ports:
            what += " " + ",".join(str(ports) for ports in self.ports)
        if self.messages:
            what += " " + ",".join(_message(message) for message in self.messages)
        return f"{self.verdict} {what} from {self.source.name} to {self.target.name}"


def _message(message: Message) -> str:
    return f"{message.type}" if message.code is None else f"{message.type}/{message.code}"


@dataclass(frozen=True, slots=True)
class Packet:
    """The first packet of a flow: addresses of one family, protocol, and the target's port or a message."""

    source: Address
    target: Address
    protocol: str = "tcp"
    port: int | None = None
    message: Message | None = None

    def __post_init__(self) -> None:
        """Refuse two families in one packet."""
        if self.source.version != self.target.version:
            raise ValueError(f"{self.source} and {self.target} are of two families")

    def is_message(self, message: Message) -> bool:
        """True when it carries that message."""
        return self.message is not None and message.covers(self.message)


@dataclass(frozen=True, slots=True)
class Policy:
    """Terms in order, of which the first that matches decides, and the verdict for what none matches."""

    name: str
    terms: tuple[Term, ...]
    default: Verdict = Verdict.DROP

    def deciding(self, packet: Packet) -> int | None:
        """The index of the term that decides; None where it is the default."""
        return next((index for index, term in enumerate(self.terms) if term.matches(packet)), None)

    def judge(self, packet: Packet) -> Verdict:
        """What happens to the first packet of a flow; limits of rate are not counted in."""
        index = self.deciding(packet)
        return self.default if index is None else self.terms[index].verdict


def place(name: str, prefixes: Iterable[Prefix]) -> Endpoint:
    """A place of these prefixes, each once, IPv4 first and in order."""
    kept = sorted(set(prefixes), key=_order)
    return Endpoint(name, tuple(kept))


def _order(prefix: Prefix) -> tuple[int, int, int]:
    return prefix.version, int(prefix.network_address), prefix.prefixlen
