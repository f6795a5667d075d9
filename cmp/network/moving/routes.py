"""Writes the lines for ip(8) that give a host its new addresses, lead it out by them, and drop the old ones.

Two edges that drop foreign sources (BCP 38, RFC 2827) need source-based routing: what leaves from the old
prefix takes the old gateway, what leaves from the new one the new (RFC 4192 sections 1.4 and 3.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from cmp.model.migration import Renumbered, Segment

OLD_TABLE = 5010
NEW_TABLE = 5020
MAIN_TABLE = 254


@dataclass(frozen=True, slots=True)
class Written:
    """The addresses of one `Renumbered` as text: writing an address costs more than all else of a line.

    `source4` and `source6` are the new addresses without their length; without IPv6 both texts are empty.
    """

    old: str
    ipv4: str
    ipv6: str
    source4: str
    source6: str


def written(addresses: Iterable[Renumbered]) -> tuple[Written, ...]:
    """The addresses of a host as text."""
    found = []
    for each in addresses:
        four, six = str(each.ipv4), str(each.ipv6) if each.ipv6 else ""
        found.append(Written(str(each.old), four, six, four.partition("/")[0], six.partition("/")[0]))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Ground:
    """What the hosts of one segment share, as text that is written once; compared by identity."""

    segment: Segment

    @cached_property
    def old(self) -> str:
        """The old prefix."""
        return str(self.segment.old)

    @cached_property
    def old_length(self) -> int:
        """The length of the old prefix in bits."""
        return self.segment.old.prefixlen

    @cached_property
    def old_gateway(self) -> str:
        """The gateway of the old prefix."""
        return str(self.segment.old_gateway)

    @cached_property
    def ipv4_gateway(self) -> str:
        """The gateway of the new IPv4 prefix."""
        return str(self.segment.ipv4_gateway)

    @cached_property
    def ipv6_gateway(self) -> str:
        """The gateway of the new IPv6 prefix."""
        return str(self.segment.ipv6_gateway)


@lru_cache(maxsize=16)
def ground_of(segment: Segment) -> Ground:
    """What is shared by the hosts of a segment."""
    return Ground(segment)


def beside(ground: Ground, addresses: Sequence[Written]) -> tuple[str, ...]:
    """Lines that add the new addresses, a table per edge, and the rules that choose between them."""
    six = speaks_ipv6(addresses)
    return (
        *(f"-4 addr replace {each.ipv4} dev @new" for each in addresses),
        *(f"-6 addr replace {each.ipv6} dev @new" for each in addresses if each.ipv6),
        *new_routes(ground, six=six),
        *old_routes(ground),
        *_ruled("add", rules(ground, six=six)),
    )


def not_beside(ground: Ground, addresses: Sequence[Written]) -> tuple[str, ...]:
    """The inverse of `beside`, in the opposite order: rules before the tables they lead to."""
    six = speaks_ipv6(addresses)
    return (
        *_ruled("del", rules(ground, six=six)[::-1]),
        *_removed(old_routes(ground)),
        *_removed(new_routes(ground, six=six)),
        *(f"-6 addr del {each.ipv6} dev @new" for each in addresses if each.ipv6),
        *(f"-4 addr del {each.ipv4} dev @new" for each in addresses),
    )


def cutover(ground: Ground, addresses: Sequence[Written]) -> tuple[str, ...]:
    """Lines that replace the old line's default route at its metric: another would leave the old one too."""
    first = addresses[0]
    lines = [
        f"-4 route replace default via {ground.ipv4_gateway} dev @new src {first.source4} metric @metric4"
    ]
    if first.ipv6:
        lines.append(
            f"-6 route replace default via {ground.ipv6_gateway} dev @new src {first.source6} metric @metric6"
        )
    return tuple(lines)


def not_cutover(ground: Ground, addresses: Sequence[Written]) -> tuple[str, ...]:
    """The inverse of `cutover`: the default leads to the old gateway again, and IPv6 has none."""
    lines = [f"-4 route replace default via {ground.old_gateway} dev @old metric @metric4"]
    if addresses[0].ipv6:
        lines.append(f"-6 route del default via {ground.ipv6_gateway} dev @new metric @metric6")
    return tuple(lines)


def retire(ground: Ground, addresses: Sequence[Written]) -> tuple[str, ...]:
    """Lines that take the old prefix off the host."""
    return (
        *_ruled("del", old_rules(ground)[::-1]),
        *_removed(old_routes(ground)),
        *(f"-4 addr del {each.old}/{ground.old_length} dev @old" for each in addresses),
    )


def not_retire(ground: Ground, addresses: Sequence[Written]) -> tuple[str, ...]:
    """The inverse of `retire`: the old addresses stand beside the new ones again."""
    return (
        *(f"-4 addr replace {each.old}/{ground.old_length} dev @old" for each in addresses),
        *old_routes(ground),
        *_ruled("add", old_rules(ground)),
    )


@lru_cache
def old_routes(ground: Ground) -> tuple[str, ...]:
    """The table of what leaves from the old prefix."""
    return (
        f"-4 route replace {ground.old} dev @old table {OLD_TABLE}",
        f"-4 route replace default via {ground.old_gateway} dev @old table {OLD_TABLE}",
    )


@lru_cache
def new_routes(ground: Ground, *, six: bool) -> tuple[str, ...]:
    """The table of what leaves from the new prefixes; `six` where the host has IPv6."""
    lines = [
        f"-4 route replace {ground.segment.ipv4} dev @new table {NEW_TABLE}",
        f"-4 route replace default via {ground.ipv4_gateway} dev @new table {NEW_TABLE}",
    ]
    if six:
        lines += [
            f"-6 route replace {ground.segment.ipv6} dev @new table {NEW_TABLE}",
            f"-6 route replace default via {ground.ipv6_gateway} dev @new table {NEW_TABLE}",
        ]
    return tuple(lines)


@lru_cache
def rules(ground: Ground, *, six: bool) -> tuple[tuple[str, str], ...]:
    """The rules by family, as ip(8) shows them with -N; `six` where the host has IPv6."""
    found = [*old_rules(ground), ("-4", f"pref {NEW_TABLE} from {ground.segment.ipv4} lookup {NEW_TABLE}")]
    if six:
        found.append(("-6", f"pref {NEW_TABLE} from {ground.segment.ipv6} lookup {NEW_TABLE}"))
    return tuple(found)


@lru_cache
def old_rules(ground: Ground) -> tuple[tuple[str, str], ...]:
    """The rules of the old prefix.

    From it the main table is asked first, but for its default route: what the host reaches by other
    interfaces or static routes it goes on reaching.
    """
    return (
        ("-4", f"pref {OLD_TABLE} from {ground.old} lookup {MAIN_TABLE} suppress_prefixlength 0"),
        ("-4", f"pref {OLD_TABLE + 1} from {ground.old} lookup {OLD_TABLE}"),
    )


def speaks_ipv6(addresses: Iterable[Written]) -> bool:
    """True where a host gets an IPv6 address."""
    return any(each.ipv6 for each in addresses)


@lru_cache
def _ruled(verb: str, chosen: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return tuple(f"{family} rule {verb} {rule}" for family, rule in chosen)


@lru_cache
def _removed(lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line.replace(" route replace ", " route del ") for line in reversed(lines))
