"""Describes what a rule looks at, a prefix in its role, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from cmp.model.codes import Code
from cmp.model.finding import Severity
from cmp.model.network import Prefix


class PrefixRole(StrEnum):
    """What a prefix is for; an old network is one that is left, its hosts move."""

    RANGE = "range"
    SITE = "site"
    SUBNET = "subnet"
    USER_LAN = "user-lan"
    LINK = "router-link"
    LOOPBACK = "loopback"
    POOL = "pool"
    TRANSLATION = "translation"
    HOST = "host"
    OLD = "old"


@dataclass(frozen=True, slots=True)
class Subject:
    """A prefix in its role; a host's address is one of full length, `link` the length of its subnet.

    `production` is false where only labs and tests are; `inside_only` where a translator leads to addresses
    of private networks; `used` is the share of a subnet's addresses that are given away.
    """

    prefix: Prefix
    role: PrefixRole
    production: bool = True
    link: int = 0
    inside_only: bool = False
    used: float = 0.0
    dns_name: str = ""

    @property
    def start(self) -> int:
        """The first address as a number."""
        return int(self.prefix.network_address)

    @property
    def is_ipv6(self) -> bool:
        """True in IPv6."""
        return self.prefix.version == 6  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong with a subject, with the section of the RFC that says so."""

    code: Code
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR


Rule = Callable[[Subject], Iterator[Remark]]
