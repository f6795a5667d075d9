"""Rules on the prefix by which a translator stands for IPv4 addresses (NAT64, DNS64)."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Network
from typing import Final

from cmp.model.codes import Code
from cmp.network.addresses.rules.subject import PrefixRole, Remark, Subject
from cmp.network.addresses.space import overlap
from cmp.sentences import Sentence

LENGTHS: Final = (32, 40, 48, 56, 64, 96)
WELL_KNOWN: Final = IPv6Network("64:ff9b::/96")
FIXED_BYTE: Final = 0xFF << 56
"""Bits 64 to 71 of an address."""


def pref64_has_a_length(subject: Subject) -> Iterator[Remark]:
    """Only six lengths are defined, and the byte behind bit 64 is zero."""
    if subject.role is not PrefixRole.TRANSLATION:
        return
    if subject.prefix.prefixlen not in LENGTHS:
        allowed = ", ".join(f"/{length}" for length in LENGTHS)
        message = Sentence(
            "{prefix} cannot stand for IPv4: only {allowed} can (RFC 6052 2.2)",
            prefix=subject.prefix,
            allowed=allowed,
        )
        yield Remark(Code.PREF64, message)
    if subject.start & FIXED_BYTE:
        yield Remark(
            Code.PREF64,
            Sentence("bits 64 to 71 of {prefix} are not zero (RFC 6052 2.2)", prefix=subject.prefix),
        )


def well_known_prefix_leads_outside(subject: Subject) -> Iterator[Remark]:
    """The well-known prefix must not stand for addresses that are not global."""
    if subject.role is PrefixRole.TRANSLATION and subject.inside_only and overlap(subject.prefix, WELL_KNOWN):
        message = Sentence(
            "{prefix} must not stand for private IPv4 addresses (RFC 6052 3.1)", prefix=subject.prefix
        )
        yield Remark(Code.PREF64_PRIVATE, message, "take a /96 of your own IPv6 range")
