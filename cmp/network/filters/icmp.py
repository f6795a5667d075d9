"""Lists the messages of ICMPv6 and ICMP that a border must let pass, and which of them are twins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cmp.network.filters.terms import (
    ANYWHERE_IPV4,
    ANYWHERE_IPV6,
    Address,
    Endpoint,
    Message,
    Packet,
    Policy,
    Term,
    Verdict,
)

ECHOES_PER_SECOND: Final = 100
"""Echo requests let through in a second: enough for probes of a whole network, useless for a flood."""

ERRORS_IPV6: Final = (Message(1), Message(2), Message(3, 0), Message(4, 1), Message(4, 2))
"""Errors that must pass in transit (RFC 4890 4.3.1): without the second, path MTU discovery fails."""

ECHOES_IPV6: Final = (Message(128), Message(129))
"""Echo request and reply, which must not be dropped in transit either (RFC 4890 4.3.1)."""

NORMALLY_IPV6: Final = (Message(3, 1), Message(4, 0))
"""Errors that normally should not be dropped (RFC 4890 4.3.2)."""

ON_LINK_IPV6: Final = tuple(Message(kind) for kind in (133, 134, 135, 136, 137))
"""Neighbour discovery, which stays on its link with hop limit 255 (RFC 4861 6.1, 7.1, 8.1)."""

ERRORS_IPV4: Final = (Message(3), Message(11), Message(12, 0))
ECHOES_IPV4: Final = (Message(8), Message(0))

TWINS: Final = (
    (Message(8), Message(128)),
    (Message(0), Message(129)),
    (Message(3, 4), Message(2, 0)),
    (Message(3, 3), Message(1, 4)),
    (Message(3, 1), Message(1, 0)),
    (Message(11, 0), Message(3, 0)),
    (Message(11, 1), Message(3, 1)),
    (Message(12, 0), Message(4, 0)),
)
"""Messages of ICMP and of ICMPv6 that say the same (RFC 7915 4.2, 5.2), each once."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """A message that must pass in transit and does not, with the paragraph that wants it."""

    message: Message
    basis: str


def errors() -> tuple[Term, ...]:
    """The terms that let errors of both families pass from anywhere to anywhere."""
    return (
        Term(
            Verdict.ACCEPT,
            ANYWHERE_IPV6,
            ANYWHERE_IPV6,
            "icmpv6",
            messages=ERRORS_IPV6 + NORMALLY_IPV6,
            purpose="errors, RFC 4890 4.3.1 and 4.3.2",
        ),
        Term(
            Verdict.ACCEPT,
            ANYWHERE_IPV4,
            ANYWHERE_IPV4,
            "icmp",
            messages=ERRORS_IPV4,
            purpose="errors, the twins of those of ICMPv6",
        ),
    )


def echoes(source: Endpoint, target: Endpoint, purpose: str) -> tuple[Term, ...]:
    """Terms for echo requests and replies between two places in both families, at a limited rate."""
    found = []
    for family, protocol, messages in ((6, "icmpv6", ECHOES_IPV6), (4, "icmp", ECHOES_IPV4)):
        if source.of(family) and target.of(family):
            found.append(
                Term(
                    Verdict.ACCEPT,
                    Endpoint(source.name, source.of(family)),
                    Endpoint(target.name, target.of(family)),
                    protocol,
                    messages=messages,
                    purpose=purpose,
                    per_second=ECHOES_PER_SECOND,
                )
            )
    return tuple(found)


def blocked(policy: Policy, source: Address, target: Address) -> Iterator[Blocked]:
    """Every ICMPv6 message that must pass from one IPv6 address to another and does not."""
    matrix = (
        (ERRORS_IPV6 + ECHOES_IPV6, "RFC 4890 4.3.1"),
        (NORMALLY_IPV6, "RFC 4890 4.3.2"),
    )
    for messages, basis in matrix:
        for message in messages:
            sent = Message(message.type, message.code or 0)
            if not policy.judge(Packet(source, target, "icmpv6", message=sent)).passes:
                yield Blocked(message, basis)
