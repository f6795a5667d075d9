"""Describes what address management keeps: regions, and the prefixes and addresses that are held in them."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from cmp.model.base import Document
from cmp.model.network import Prefix
from cmp.model.texts import UNSEEN, WORDS

GLOBAL = "global"
"""The region of what names none."""

RegionName = Annotated[
    str,
    StringConstraints(
        pattern=rf"^[^\s,{{}}\"'{UNSEEN}](?:[^,{{}}\"'{UNSEEN}]{{0,61}}[^\s,{{}}\"'{UNSEEN}])?$"
    ),
]
"""A region, as routers and NetBox call a VRF: any letters, up to 63 characters."""

HolderName = Annotated[
    str,
    StringConstraints(
        pattern=rf"^[^\s,{{}}\"'{UNSEEN}](?:[^,{{}}\"'{UNSEEN}]{{0,126}}[^\s,{{}}\"'{UNSEEN}])?$"
    ),
]
"""What a prefix or address is called in its region, once in each family: `bj-a-gov/public`, `mail-1`."""

Label = Annotated[str, StringConstraints(pattern=WORDS, max_length=200)]
"""A line of text; empty: not said."""

DnsName = Annotated[
    str,
    StringConstraints(
        pattern=r"^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*)?$",
        max_length=253,
    ),
]
"""A domain name in lower case without the last dot (RFC 1035 section 2.3.1); empty: none."""


class HoldingKind(StrEnum):
    """A prefix has others below it; an address is one interface's."""

    PREFIX = "prefix"
    ADDRESS = "address"


class Status(StrEnum):
    """What a holding is good for: only a container has prefixes in it, and only the others addresses."""

    CONTAINER = "container"
    ACTIVE = "active"
    RESERVED = "reserved"
    DEPRECATED = "deprecated"


class Region(Document):
    """A routing table of its own (a VRF): no two prefixes in it overlap, those of two regions may.

    `rd` is its route distinguisher (RFC 4364 section 4.2); empty: none.
    """

    name: RegionName
    rd: Label = ""
    description: Label = ""


class Labels(Document):
    """What is said about a holding; everything may be empty."""

    zone: Label = ""
    center: Label = ""
    owner: Label = ""
    purpose: Label = ""
    dns_name: DnsName = ""
    description: Label = ""


class Holding(Document):
    """A prefix, or a single address as a prefix of full length, that somebody holds in a region.

    `gateway` is the router's address in a prefix with hosts, which nobody else gets.
    """

    region: RegionName
    name: HolderName
    prefix: Prefix
    kind: HoldingKind
    status: Status = Status.ACTIVE
    gateway: IPv4Address | IPv6Address | None = None
    labels: Labels = Labels()

    @property
    def family(self) -> int:
        """4 or 6."""
        return self.prefix.version

    @property
    def text(self) -> str:
        """The prefix, or the bare address."""
        return str(self.prefix.network_address if self.kind is HoldingKind.ADDRESS else self.prefix)

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        single = self.prefix.prefixlen == self.prefix.max_prefixlen
        if self.kind is HoldingKind.ADDRESS and (
            not single or self.status is Status.CONTAINER or self.gateway
        ):
            raise ValueError("an address has full length and neither a gateway nor prefixes in it")
        if self.gateway is not None and self.gateway not in self.prefix:
            raise ValueError(f"the gateway {self.gateway} lies outside {self.prefix}")
        return self


class Request(Document):
    """What is wanted inside a prefix: a prefix of that `length`, or a single address where it is None.

    The same request again gets the same answer. A prefix with hosts gets its first address as gateway unless
    `gateway` is false.
    """

    region: RegionName
    name: HolderName
    within: Prefix
    length: Annotated[int, Field(ge=0, le=128)] | None = None
    status: Status = Status.ACTIVE
    gateway: bool = True
    labels: Labels = Labels()

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        if self.length is None:
            return self
        if self.length > self.within.max_prefixlen:
            most = self.within.max_prefixlen
            raise ValueError(f"there is no /{self.length} in IPv{self.family}: lengths end at {most}")
        if self.length < self.within.prefixlen:
            raise ValueError(f"a /{self.length} is larger than {self.within}, which it is to be taken from")
        return self

    @property
    def family(self) -> Literal[4, 6]:
        """4 or 6."""
        return self.within.version

    @property
    def kind(self) -> HoldingKind:
        """What the answer will be."""
        return HoldingKind.ADDRESS if self.length is None else HoldingKind.PREFIX

    @property
    def size(self) -> int:
        """How many addresses are wanted."""
        return 1 if self.length is None else 1 << (self.within.max_prefixlen - self.length)

    def held_at(self, start: int) -> Holding:
        """The holding that answers it, beginning at an address given as a number."""
        length = self.within.max_prefixlen if self.length is None else self.length
        prefix = (
            IPv4Network((start, length))
            if isinstance(self.within, IPv4Network)
            else IPv6Network((start, length))
        )
        return Holding(
            region=self.region,
            name=self.name,
            prefix=prefix,
            kind=self.kind,
            status=self.status,
            gateway=self._gateway(prefix),
            labels=self.labels,
        )

    def is_answered_by(self, holding: Holding) -> bool:
        """True when a holding of the same name is what is asked for."""
        wanted = self.within.max_prefixlen if self.length is None else self.length
        inside = holding.prefix.network_address in self.within
        return holding.kind is self.kind and holding.prefix.prefixlen == wanted and inside

    def _gateway(self, prefix: Prefix) -> IPv4Address | IPv6Address | None:
        hosts = self.kind is HoldingKind.PREFIX and self.status is not Status.CONTAINER and self.gateway
        return prefix[1] if hosts and prefix.max_prefixlen - prefix.prefixlen > 1 else None
