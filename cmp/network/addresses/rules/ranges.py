"""Rules on where addresses come from: ranges for documentation, retired ones, and unique local ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv6Network, ip_network
from itertools import pairwise
from typing import Final

from cmp.model.codes import Code
from cmp.model.network import Prefix
from cmp.network.addresses.rules.subject import Remark, Subject
from cmp.network.addresses.space import lies, overlap
from cmp.sentences import Sentence

DOCUMENTATION: Final[Sequence[tuple[Prefix, str]]] = tuple(
    (ip_network(text), basis)
    for text, basis in (
        ("192.0.2.0/24", "RFC 5737 3"),
        ("198.51.100.0/24", "RFC 5737 3"),
        ("203.0.113.0/24", "RFC 5737 3"),
        ("2001:db8::/32", "RFC 3849 4"),
        ("3fff::/20", "RFC 9637 4"),
    )
)
BENCHMARK: Final[Sequence[tuple[Prefix, str]]] = (
    (ip_network("198.18.0.0/15"), "RFC 2544 C.2.2"),
    (ip_network("2001:2::/48"), "RFC 5180 8"),
)
RETIRED: Final[Sequence[tuple[Prefix, str]]] = (
    (ip_network("2002::/16"), "6to4, RFC 7526 4"),
    (ip_network("192.88.99.0/24"), "6to4 relays, RFC 7526 4"),
    (ip_network("fec0::/10"), "site-local, RFC 3879 4"),
)
UNIQUE_LOCAL: Final = IPv6Network("fc00::/7")
UNASSIGNED: Final = IPv6Network("fc00::/8")
GLOBAL_ID: Final = range(8, 48)
"""The bits of a unique local address that have to be chosen at random."""
LEAST_KINDS: Final = 4
"""Different hexadecimal digits of ten that a random Global ID has at least, but for one in 20,000."""


def documentation_stays_in_tests(subject: Subject) -> Iterator[Remark]:
    """Prefixes for documentation are never routed: they are for labs and tests."""
    yield from _within(subject, DOCUMENTATION, Code.DOCUMENTATION_PREFIX, "documentation")


def benchmarks_stay_in_labs(subject: Subject) -> Iterator[Remark]:
    """Prefixes for measuring devices are for labs."""
    yield from _within(subject, BENCHMARK, Code.BENCHMARK_PREFIX, "measurements in labs")


def _within(
    subject: Subject, ranges: Sequence[tuple[Prefix, str]], code: Code, what: str
) -> Iterator[Remark]:
    for taken, basis in ranges:
        if subject.production and overlap(subject.prefix, taken):
            message = Sentence(
                "{prefix} {prefix2} {taken}, which is for {what} ({basis})",
                prefix=subject.prefix,
                prefix2=lies(subject.prefix, taken),
                taken=taken,
                what=what,
                basis=basis,
            )
            yield Remark(code, message, "take addresses that are yours, or say `bindings: lab`")


def retired_ranges_are_not_used(subject: Subject) -> Iterator[Remark]:
    """6to4 and site-local addresses were given up."""
    for taken, what in RETIRED:
        if overlap(subject.prefix, taken):
            message = f"{subject.prefix} {lies(subject.prefix, taken)} {taken} ({what})"
            yield Remark(Code.RETIRED_RANGE, message)


def unique_local_is_random(subject: Subject) -> Iterator[Remark]:
    """Unique local addresses begin with fd and a random Global ID, so that two networks can be joined."""
    if not overlap(subject.prefix, UNIQUE_LOCAL):
        return
    if overlap(subject.prefix, UNASSIGNED):
        where = lies(subject.prefix, UNASSIGNED)
        message = Sentence(
            "{prefix} {where} {UNASSIGNED}, which nobody assigns: take fd00::/8 (RFC 4193 3.1)",
            prefix=subject.prefix,
            where=where,
            UNASSIGNED=UNASSIGNED,
        )
        yield Remark(Code.UNIQUE_LOCAL, message)
    elif subject.prefix.prefixlen < GLOBAL_ID.stop:
        message = Sentence(
            "{prefix} holds the networks of others: a Global ID has 40 bits (RFC 4193 3.1)",
            prefix=subject.prefix,
        )
        yield Remark(Code.UNIQUE_LOCAL, message, "take a /48")
    elif not looks_random(subject.start):
        message = Sentence(
            "{prefix} has a Global ID that is not random (RFC 4193 3.2)", prefix=subject.prefix
        )
        yield Remark(Code.UNIQUE_LOCAL, message, "draw 40 random bits once and keep them")


def looks_random(address: int) -> bool:
    """False for a Global ID of few different digits, or of digits that count up or down."""
    digits = f"{address >> (128 - GLOBAL_ID.stop) & ((1 << len(GLOBAL_ID)) - 1):010x}"
    steps = {(int(after, 16) - int(before, 16)) % 16 for before, after in pairwise(digits)}
    octets = bytes.fromhex(digits)
    rises = {(after - before) % 256 for before, after in pairwise(octets)}
    return len(set(digits)) >= LEAST_KINDS and len(steps) > 1 and len(rises) > 1
