"""Rules on how long prefixes are: sites, subnets, links between routers, loopbacks, and room to grow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cmp.model.codes import Code
from cmp.model.finding import Severity
from cmp.network.addresses.rules.subject import PrefixRole, Remark, Subject
from cmp.sentences import Sentence

SITE: Final = 48
LAN: Final = 64
LINK: Final = 127
NIBBLE: Final = 4
HALF: Final = 0.5


def delegated_on_nibbles(subject: Subject) -> Iterator[Remark]:
    """A reverse zone of IPv6 begins between two hexadecimal digits."""
    delegated = subject.role in {PrefixRole.RANGE, PrefixRole.SITE}
    if subject.is_ipv6 and delegated and subject.prefix.prefixlen % NIBBLE:
        message = Sentence(
            "{prefix} is no reverse zone: its length is no multiple of 4 (RFC 7381 2.6)",
            prefix=subject.prefix,
        )
        yield Remark(Code.NIBBLE_BORDER, message)


def site_is_large(subject: Subject) -> Iterator[Remark]:
    """A site gets a /48 or more, so that nobody has to count subnets."""
    if subject.is_ipv6 and subject.role is PrefixRole.SITE and subject.prefix.prefixlen > SITE:
        message = Sentence(
            "a site of /{prefixlen} is small: a /48 is usual (RFC 7381 2.6, RFC 6177 2)",
            prefixlen=subject.prefix.prefixlen,
        )
        yield Remark(Code.SITE_LENGTH, message, severity=Severity.NOTE)


def lan_is_a_64(subject: Subject) -> Iterator[Remark]:
    """Hosts that configure themselves need a /64; for servers alone another length is only unusual."""
    if not subject.is_ipv6 or subject.prefix.prefixlen == LAN:
        return
    if subject.role is PrefixRole.USER_LAN:
        message = Sentence(
            "{prefix} is no /64: hosts cannot configure themselves in it (RFC 7381 2.6)",
            prefix=subject.prefix,
        )
        yield Remark(Code.SUBNET_LENGTH, message)
    elif subject.role is PrefixRole.SUBNET:
        message = Sentence(
            "{prefix} is no /64: reserve one and configure less, if need be (RFC 7381 2.6)",
            prefix=subject.prefix,
        )
        yield Remark(Code.SUBNET_LENGTH, message, severity=Severity.NOTE)


def router_link_is_a_127(subject: Subject) -> Iterator[Remark]:
    """A link between two routers has two addresses, so that nothing can be sent to others on it."""
    if subject.is_ipv6 and subject.role is PrefixRole.LINK and subject.prefix.prefixlen != LINK:
        message = Sentence(
            "{prefix} between routers is no /127 out of a reserved /64 (RFC 6164 5, RFC "
            "7381 2.6, RFC 9099 2.1.2)",
            prefix=subject.prefix,
        )
        yield Remark(Code.ROUTER_LINK, message, severity=Severity.NOTE)


def loopback_is_single(subject: Subject) -> Iterator[Remark]:
    """Loopbacks are single addresses, all out of one reserved /64: one filter then guards them."""
    if subject.is_ipv6 and subject.role is PrefixRole.LOOPBACK and subject.prefix.prefixlen not in {LAN, 128}:
        message = Sentence(
            "{prefix} is neither a loopback nor the /64 that holds them (RFC 9099 2.1.3)",
            prefix=subject.prefix,
        )
        yield Remark(Code.LOOPBACK, message, severity=Severity.NOTE)


def room_to_double(subject: Subject) -> Iterator[Remark]:
    """At most half of a subnet is planned for, so that it can grow to twice its size."""
    if subject.role in {PrefixRole.SUBNET, PrefixRole.USER_LAN} and subject.used > HALF:
        message = Sentence(
            "{prefix} is used by {used}: plan for half at most (RFC 7381 2.6)",
            prefix=subject.prefix,
            used=f"{subject.used:.0%}",
        )
        yield Remark(Code.OVERUSED, message, severity=Severity.NOTE)
