"""Reckons with the room inside a prefix: which of its addresses hosts can have, and which are free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network
from typing import Final

from cmp.model.addresses import Holding, HoldingKind, Status
from cmp.model.network import Prefix

Span = tuple[int, int]
"""The first and the last of some addresses in a row, as numbers."""

LINK: Final = 64
"""The length of an IPv6 prefix whose other half is the interface identifier (RFC 4291 section 2.5.1)."""

RESERVED_IDENTIFIERS: Final[Sequence[Span]] = (
    (0, 0),
    (0x0200_5EFF_FE00_0000, 0x0200_5EFF_FEFF_FFFF),
    (0xFDFF_FFFF_FFFF_FF80, 0xFDFF_FFFF_FFFF_FFFF),
)
"""Interface identifiers that no host may have (RFC 5453 section 3 and its registry; RFC 2526; RFC 4291)."""


def span_of(prefix: Prefix) -> Span:
    """All addresses of a prefix."""
    return int(prefix.network_address), int(prefix.broadcast_address)


def usable(holding: Holding) -> list[Span]:
    """Every address of a prefix that can be given away, in order; of a container all.

    In IPv4 the network and broadcast addresses are left out (but in a /31, RFC 3021), in IPv6 reserved
    interface identifiers (but in a /127, RFC 6164), and always the gateway.
    """
    whole = span_of(holding.prefix)
    if holding.status is Status.CONTAINER:
        return [whole]
    return without([whole], _never(holding))


def _never(holding: Holding) -> Iterator[Span]:
    first, last = span_of(holding.prefix)
    if holding.gateway is not None:
        yield int(holding.gateway), int(holding.gateway)
    if last - first <= 1:
        return
    if isinstance(holding.prefix, IPv4Network):
        yield first, first
        yield last, last
    elif holding.prefix.prefixlen == LINK:
        yield from ((first + low, first + high) for low, high in RESERVED_IDENTIFIERS)
    else:
        yield first, first


def holes_of(holding: Holding, children: Iterable[Span]) -> list[Span]:
    """What is free in a prefix beside what lies in it."""
    return without(usable(holding), children)


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """The spans, in order, less everything that is taken."""
    left: list[Span] = []
    gone = joined(taken)
    index = 0
    for first, last in sorted(spans):
        start = first
        if index and gone[index - 1][1] >= start:
            index -= 1
        while index < len(gone) and gone[index][0] <= last:
            low, high = gone[index]
            if low > start:
                left.append((start, low - 1))
            start = max(start, high + 1)
            index += 1
        if start <= last:
            left.append((start, last))
    return left


def fit(hole: Span, size: int) -> int | None:
    """Where the first aligned part of so many addresses (a power of two) begins in a hole; None: nowhere."""
    start = -(-hole[0] // size) * size
    return start if start + size - 1 <= hole[1] else None


def cut(hole: Span, taken: Span) -> list[Span]:
    """What is left of a hole when a part of it is taken."""
    pieces = ((hole[0], taken[0] - 1), (taken[1] + 1, hole[1]))
    return [(low, high) for low, high in pieces if low <= high]


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same addresses in as few spans as can be, in order."""
    found: list[Span] = []
    for low, high in sorted(spans):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def given_back(holding: Holding, parent: Holding) -> list[Span]:
    """What becomes free in its parent when a holding is released."""
    low, high = span_of(holding.prefix)
    if holding.kind is HoldingKind.PREFIX:
        return [(low, high)]
    return [(low, high)] if any(first <= low <= last for first, last in usable(parent)) else []
