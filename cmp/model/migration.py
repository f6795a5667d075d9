"""Defines the plan by which one private network moves: addresses, waves, what each host does and undoes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Literal

from pydantic import Field

from cmp.model.base import Count, Document, Id, Quantity, Title
from cmp.model.network import (
    Edge,
    HostKind,
    HostService,
    Line,
    Manager,
    Names,
    Secrecy,
    Target,
    Translation,
    Window,
)
from cmp.model.sealing import Sealed
from cmp.model.ssh import Ssh

SCHEMA: Literal[1] = 1


class Phase(StrEnum):
    """What a host does in one go: take the new addresses beside the old, lead out by them, drop the old."""

    BESIDE = "beside"
    CUTOVER = "cutover"
    RETIRE = "retire"

    @property
    def step(self) -> int:
        """The step of the checklist that it belongs to."""
        return {Phase.BESIDE: 7, Phase.CUTOVER: 9, Phase.RETIRE: 12}[self]


class Strategy(StrEnum):
    """How a host comes to answer in both families."""

    DUAL_STACK = "dual-stack"
    NAT64 = "nat64"
    """It cannot speak IPv6: it gets a new IPv4 address, and IPv6 clients reach it by NAT64 (RFC 6146)."""
    BEHIND_EDGE = "behind-edge"
    """Plays cannot change it: the new edge answers for it and translates, one address to one (RFC 3022)."""


class Segment(Document):
    """The subnets that a private network leaves and takes, with the gateway of each."""

    old: IPv4Network
    old_gateway: IPv4Address
    ipv4: IPv4Network
    ipv4_gateway: IPv4Address
    ipv6: IPv6Network
    ipv6_gateway: IPv6Address


class Renumbered(Document):
    """One old address and the new ones that take its place; no two old ones share a new one."""

    host: Id
    old: IPv4Address
    ipv4: IPv4Interface
    ipv6: IPv6Interface | None


class Transaction(Document):
    """What one host changes in one go, and writes down for its next boot once that is confirmed.

    `commands` are lines for ip(8), each with its family (`-4 route replace …`). In them and in `files`,
    `@old` and `@new` stand for the names of the interfaces of the old and the new addresses. `@metric4` and
    `@metric6` stand for the metric of the default route that the line or block takes the place of: one that
    leads by a gateway of `leave`, or by one of `lead` where it does already. Without such a route the
    command, or the block from `#@default4` (or 6) to `#@end`, is left out: a host keeps the defaults of its
    other lines. `@oldfile` and `@newfile` are the files by which systemd-networkd manages the two interfaces.
    A file of no content is removed. `forget` are addresses, and `leave` gateways of the default route, that
    the host's own configuration shall no longer hold; `recall` and `come_back` undo that.
    `step` names what the host writes down of what changed; with `undoes` just that is put back; `commands`
    are for a host that wrote nothing down.
    `nft` is a script for nft(8), applied as a whole or not at all.
    """

    sysctls: Mapping[str, str] = Field(default_factory=dict)
    commands: tuple[str, ...] = ()
    nft: str = ""
    files: Mapping[str, str] = Field(default_factory=dict)
    forget: tuple[IPv4Address, ...] = ()
    instead: Mapping[IPv4Address, IPv4Interface] = Field(default_factory=dict)
    """New addresses by the old: where a file needs an address, the new one takes the last old one's place."""
    recall: bool = False
    leave: tuple[IPv4Address, ...] = ()
    come_back: bool = False
    lead: tuple[IPv4Address | IPv6Address, ...] = ()
    step: str = ""
    undoes: str = ""
    unique: tuple[IPv4Address | IPv6Address, ...] = ()
    """New addresses that nobody else on the link may hold (RFC 5227, RFC 4862 section 5.4)."""


class HostChange(Document):
    """A transaction and its inverse."""

    forward: Transaction
    back: Transaction


class HostMove(Document):
    """How one host moves: its addresses, and what it changes in each phase."""

    host: Id
    strategy: Strategy
    kind: HostKind
    manager: Manager
    group: Id | None
    owner: Id | None
    ssh: Ssh | None
    interface: str | None
    new_interface: str | None
    services: tuple[HostService, ...]
    addresses: tuple[Renumbered, ...]
    phases: Mapping[Phase, HostChange]
    is_edge: bool = False
    """True for the new edge itself: it has no addresses that move, and is always reached where it is."""
    devices: tuple[Renumbered, ...] = ()
    """Of an edge: the addresses that it answers for, since their hosts cannot be changed."""

    @property
    def old(self) -> IPv4Address:
        """The first old address, by which the host is administered until it has moved."""
        return self.addresses[0].old

    @property
    def reached_at(self) -> IPv4Address | IPv6Address:
        """Where the host is administered."""
        return self.ssh.address if self.ssh and self.ssh.address else self.old


class Wave(Document):
    """Hosts that move together; the next wave waits for all of them."""

    name: Id
    hosts: tuple[Id, ...]


class ChecklistStep(Document):
    """A step of the checklist: entered when all exit checks before it are green; `basis` names the RFC."""

    number: Count
    title: Title
    exit_checks: tuple[str, ...]
    basis: str


class MigrationPlan(Sealed):
    """The reviewed order in which one private network moves; `hash` is over everything else in it."""

    version: Literal[1] = SCHEMA
    environment: str
    network: Id
    title: Title | None
    secrecy: Secrecy
    access_class: str | None
    target: Target
    segment: Segment
    edge: Edge
    translation: Translation | None
    witnesses: tuple[IPv4Address | IPv6Address, ...]
    names: Names | None = None
    windows: tuple[Window, ...]
    moves: tuple[HostMove, ...]
    waves: tuple[Wave, ...]
    steps: tuple[ChecklistStep, ...]
    ends: tuple[Line, ...]
    saved_cny_per_year: Quantity
    estimated_seconds: Count
    inputs_hash: str
    notes: tuple[str, ...] = ()
    """What people have to know or do besides; each is a sentence."""
    hash: str = ""

    def move(self, host: str) -> HostMove:
        """The move of a host that the plan holds."""
        return next(move for move in self.moves if move.host == host)

    def by_host(self) -> Mapping[str, HostMove]:
        """The moves by the names of their hosts, for whoever looks many of them up."""
        return {move.host: move for move in self.moves}
