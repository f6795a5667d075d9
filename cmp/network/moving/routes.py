"""Writes the lines for ip(8) that give a host its new addresses, lead it out by them, and drop the old ones.

Two edges that drop foreign sources (BCP 38, RFC 2827) need source-based routing: what leaves from the old
prefix takes the old gateway, what leaves from the new one the new (RFC 4192 sections 1.4 and 3.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from cmp.model.migration import Renumbered, Segment

OLD_TABLE = 5010
NEW_TABLE = 5020
MAIN_TABLE = 254


def beside(segment: Segment, addresses: Sequence[Renumbered]) -> tuple[str, ...]:
    """Lines that add the new addresses, a table per edge, and the rules that choose between them."""
    return (
        *(f"-4 addr replace {each.ipv4} dev @new" for each in addresses),
        *(f"-6 addr replace {each.ipv6} dev @new" for each in addresses if each.ipv6),
        *new_routes(segment, six=speaks_ipv6(addresses)),
        *old_routes(segment),
        *(f"{family} rule add {rule}" for family, rule in rules(segment, six=speaks_ipv6(addresses))),
    )


def not_beside(segment: Segment, addresses: Sequence[Renumbered]) -> tuple[str, ...]:
    """The inverse of `beside`, in the opposite order: rules before the tables they lead to."""
    return (
        *(
            f"{family} rule del {rule}"
            for family, rule in reversed(rules(segment, six=speaks_ipv6(addresses)))
        ),
        *_removed(old_routes(segment)),
        *_removed(new_routes(segment, six=speaks_ipv6(addresses))),
        *(f"-6 addr del {each.ipv6} dev @new" for each in addresses if each.ipv6),
        *(f"-4 addr del {each.ipv4} dev @new" for each in addresses),
    )


def cutover(segment: Segment, addresses: Sequence[Renumbered]) -> tuple[str, ...]:
    """Lines that replace the old line's default route at its metric: another would leave the old one too."""
    first = addresses[0]
    lines = [
        f"-4 route replace default via {segment.ipv4_gateway} dev @new src {first.ipv4.ip} metric @metric4"
    ]
    if first.ipv6:
        lines.append(
            f"-6 route replace default via {segment.ipv6_gateway} dev @new src {first.ipv6.ip}"
            " metric @metric6"
        )
    return tuple(lines)


def not_cutover(segment: Segment, addresses: Sequence[Renumbered]) -> tuple[str, ...]:
    """The inverse of `cutover`: the default leads to the old gateway again, and IPv6 has none."""
    lines = [f"-4 route replace default via {segment.old_gateway} dev @old metric @metric4"]
    if addresses[0].ipv6:
        lines.append(f"-6 route del default via {segment.ipv6_gateway} dev @new metric @metric6")
    return tuple(lines)


def retire(segment: Segment, addresses: Sequence[Renumbered]) -> tuple[str, ...]:
    """Lines that take the old prefix off the host."""
    old = [
        (family, rule)
        for family, rule in rules(segment, six=speaks_ipv6(addresses))
        if str(segment.old) in rule
    ]
    return (
        *(f"{family} rule del {rule}" for family, rule in reversed(old)),
        *_removed(old_routes(segment)),
        *(f"-4 addr del {each.old}/{segment.old.prefixlen} dev @old" for each in addresses),
    )


def not_retire(segment: Segment, addresses: Sequence[Renumbered]) -> tuple[str, ...]:
    """The inverse of `retire`: the old addresses stand beside the new ones again."""
    old = [
        (family, rule)
        for family, rule in rules(segment, six=speaks_ipv6(addresses))
        if str(segment.old) in rule
    ]
    return (
        *(f"-4 addr replace {each.old}/{segment.old.prefixlen} dev @old" for each in addresses),
        *old_routes(segment),
        *(f"{family} rule add {rule}" for family, rule in old),
    )


@lru_cache
def old_routes(segment: Segment) -> tuple[str, ...]:
    """The table of what leaves from the old prefix."""
    return (
        f"-4 route replace {segment.old} dev @old table {OLD_TABLE}",
        f"-4 route replace default via {segment.old_gateway} dev @old table {OLD_TABLE}",
    )


@lru_cache
def new_routes(segment: Segment, *, six: bool) -> tuple[str, ...]:
    """The table of what leaves from the new prefixes; `six` where the host has IPv6."""
    lines = [
        f"-4 route replace {segment.ipv4} dev @new table {NEW_TABLE}",
        f"-4 route replace default via {segment.ipv4_gateway} dev @new table {NEW_TABLE}",
    ]
    if six:
        lines += [
            f"-6 route replace {segment.ipv6} dev @new table {NEW_TABLE}",
            f"-6 route replace default via {segment.ipv6_gateway} dev @new table {NEW_TABLE}",
        ]
    return tuple(lines)


@lru_cache
def rules(segment: Segment, *, six: bool) -> tuple[tuple[str, str], ...]:
    """The rules by family, as ip(8) shows them with -N; `six` where the host has IPv6.

    From the old prefix the main table is asked first, but for its default route: what the host reaches by
    other interfaces or static routes it goes on reaching.
    """
    found = [
        ("-4", f"pref {OLD_TABLE} from {segment.old} lookup {MAIN_TABLE} suppress_prefixlength 0"),
        ("-4", f"pref {OLD_TABLE + 1} from {segment.old} lookup {OLD_TABLE}"),
        ("-4", f"pref {NEW_TABLE} from {segment.ipv4} lookup {NEW_TABLE}"),
    ]
    if six:
        found.append(("-6", f"pref {NEW_TABLE} from {segment.ipv6} lookup {NEW_TABLE}"))
    return tuple(found)


def speaks_ipv6(addresses: Iterable[Renumbered]) -> bool:
    """True where a host gets an IPv6 address."""
    return any(each.ipv6 for each in addresses)


def _removed(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(line.replace(" route replace ", " route del ") for line in reversed(lines))
