"""Finds free parts of a range in either family, in time that depends on what is taken and not on its size."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network
from typing import TypeVar

from cmp.model.network import Prefix

P = TypeVar("P", IPv4Network, IPv6Network)


def overlap(one: Prefix, other: Prefix) -> bool:
    """True when two prefixes of the same family share addresses; across families nothing is shared."""
    if isinstance(one, IPv4Network) and isinstance(other, IPv4Network):
        return one.overlaps(other)
    return isinstance(one, IPv6Network) and isinstance(other, IPv6Network) and one.overlaps(other)


def inside(inner: Prefix, outer: Prefix) -> bool:
    """True when every address of `inner` is one of `outer`."""
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    return isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network) and inner.subnet_of(outer)


def lies(one: Prefix, other: Prefix) -> str:
    """How a prefix lies to another one that it shares addresses with, as words between both.

    Of two prefixes that share anything, one contains the other (CIDR, RFC 4632 section 3.1).
    """
    if one == other:
        return "is the same as"
    return "lies in" if inside(one, other) else "contains"


def first_free(whole: P, length: int, taken: Iterable[Prefix]) -> P | None:
    """The lowest part of that length which shares no address with what is taken; None if there is none.

    Prefixes of the other family, and those outside of `whole`, take nothing.
    """
    if length < whole.prefixlen:
        return None
    size = _size(whole, length)
    start, end = bounds(whole)
    for low, high in sorted(_spans(whole, taken)):
        if low >= start + size:
            break
        if high >= start:
            start = (high // size + 1) * size
    return _part(whole, start, length) if start + size - 1 <= end else None


def last_free(whole: P, length: int, taken: Iterable[Prefix]) -> P | None:
    """The highest part of that length which shares no address with what is taken; None if there is none.

    What is given from both ends of a range meets only when the range is full.
    """
    if length < whole.prefixlen:
        return None
    size = _size(whole, length)
    lowest, end = bounds(whole)
    start = end - size + 1
    for low, high in sorted(_spans(whole, taken), key=lambda span: span[1], reverse=True):
        if high < start:
            break
        if low < start + size:
            start = (low // size - 1) * size
    return _part(whole, start, length) if start >= lowest else None


def bounds(prefix: Prefix) -> tuple[int, int]:
    """The first and the last address of a prefix as numbers, both in it."""
    first = int(prefix.network_address)
    return first, first + _size(prefix, prefix.prefixlen) - 1


def _spans(whole: Prefix, taken: Iterable[Prefix]) -> list[tuple[int, int]]:
    return [bounds(prefix) for prefix in taken if overlap(prefix, whole)]


def _size(whole: Prefix, length: int) -> int:
    return 1 << (whole.max_prefixlen - length)


def _part(whole: P, start: int, length: int) -> P:
    return type(whole)((start, length))
