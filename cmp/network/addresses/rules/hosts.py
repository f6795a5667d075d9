"""Rules on single addresses of hosts and on what names lead to them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Final

from cmp.model.codes import Code
from cmp.model.finding import Severity
from cmp.network.addresses.rooms import RESERVED_IDENTIFIERS
from cmp.network.addresses.rules.ranges import UNIQUE_LOCAL
from cmp.network.addresses.rules.subject import PrefixRole, Remark, Subject
from cmp.network.addresses.space import overlap
from cmp.sentences import Sentence

ROUTERS: Final = 127
"""From this length on there is no interface identifier that could be reserved (RFC 6164)."""

LINK: Final = 64
INSIDE: Final = (".internal", ".home.arpa", ".local", ".lan", ".test", ".example", ".invalid")
"""Ends of names that global DNS never answers (RFC 6762, RFC 8375, RFC 6761; ICANN for `internal`)."""


def identifier_is_a_hosts(subject: Subject) -> Iterator[Remark]:
    """No host has all zeros or the identifiers of anycast and others that are reserved."""
    if not subject.is_ipv6 or subject.role is not PrefixRole.HOST or not 0 < subject.link < ROUTERS:
        return
    identifier = subject.start & ((1 << (128 - subject.link)) - 1)
    reserved = RESERVED_IDENTIFIERS if subject.link == LINK else RESERVED_IDENTIFIERS[:1]
    if any(low <= identifier <= high for low, high in reserved):
        message = Sentence(
            "{network_address} has a reserved interface identifier (RFC 5453 3)",
            network_address=subject.prefix.network_address,
        )
        yield Remark(Code.RESERVED_IDENTIFIER, message, "take another address of the subnet")


def address_is_a_hosts(subject: Subject) -> Iterator[Remark]:
    """No host has the address of its whole subnet, nor the one that speaks to everybody in it."""
    longest = subject.prefix.max_prefixlen
    if subject.is_ipv6 or subject.role is not PrefixRole.HOST or not 0 < subject.link < longest - 1:
        return
    subnet = ip_network((subject.start, subject.link), strict=False)
    names = {
        int(subnet.network_address): ("network", "RFC 1122 3.2.1.3"),
        int(subnet.broadcast_address): ("broadcast", "RFC 919 7"),
    }
    if subject.start in names:
        what, basis = names[subject.start]
        message = Sentence(
            "{network_address} is the {what} address of {subnet} ({basis})",
            network_address=subject.prefix.network_address,
            what=what,
            subnet=subnet,
            basis=basis,
        )
        yield Remark(Code.RESERVED_IDENTIFIER, message, "take another address of the subnet")


def local_names_stay_inside(subject: Subject) -> Iterator[Remark]:
    """A unique local address does not stand in global DNS, neither forward nor in reverse."""
    if subject.dns_name and overlap(subject.prefix, UNIQUE_LOCAL) and not subject.dns_name.endswith(INSIDE):
        message = Sentence(
            "{network_address} of {dns_name} is local (RFC 4193 4.4)",
            network_address=subject.prefix.network_address,
            dns_name=subject.dns_name,
        )
        hint = "keep its AAAA and PTR records in a view that only the inside sees"
        yield Remark(Code.LOCAL_NAME, message, hint, Severity.NOTE)
