"""Knows which addresses are the same hosts in IPv4 and in IPv6, and gives examples of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from cmp.model.network import Prefix
from cmp.network.addresses.space import inside
from cmp.network.filters.terms import Address

IPV4: Final = 4
IPV6: Final = 6
OUTSIDE: Final[dict[int, Address]] = {
    IPV4: ip_address("198.18.255.254"),
    IPV6: ip_address("2001:2:0:ffff::fffe"),
}
"""An address of each family that no network of ours holds: those of benchmarks (RFC 2544, RFC 5180)."""


def opposite(family: int) -> int:
    """The other family."""
    return IPV4 + IPV6 - family


@dataclass(frozen=True, slots=True)
class Pair:
    """The same hosts in both families: a host's two addresses, or a subnet's two prefixes.

    `leaving` says that the IPv4 side is of an old network: its hosts are the IPv6 ones, but these answer in
    IPv4 by another pair.
    """

    ipv4: Prefix
    ipv6: Prefix
    leaving: bool = False

    def of(self, family: int) -> Prefix:
        """The prefix of a family, 4 or 6."""
        return self.ipv4 if family == IPV4 else self.ipv6

    def leads_from(self, family: int) -> bool:
        """True when it tells what a flow of that family is in the other."""
        return not (self.leaving and family == IPV6)


class Atlas:
    """Pairs, of which the narrowest that holds an address tells its twin."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self._pairs = tuple(dict.fromkeys(pairs))
        self._within = {
            (pair, family): self._narrower(pair, family) for pair in self._pairs for family in (IPV4, IPV6)
        }

    def _narrower(self, pair: Pair, family: int) -> list[Prefix]:
        mine = pair.of(family)
        others = {other.of(family) for other in self._pairs}
        return [other for other in others if other != mine and inside(other, mine)]

    def knows(self, prefix: Prefix) -> bool:
        """True when something is said of the prefix or of a part of it; anywhere is always known."""
        sides = (pair.of(prefix.version) for pair in self._pairs if pair.leads_from(prefix.version))
        return not prefix.prefixlen or any(inside(prefix, side) or inside(side, prefix) for side in sides)

    def examples(self, prefix: Prefix) -> Iterator[tuple[Address, Address]]:
        """An address of each known part of the prefix, with its twin; of anywhere also one of nobody."""
        family = prefix.version
        for pair in self._pairs:
            side = pair.of(family)
            if pair.leads_from(family) and (inside(prefix, side) or inside(side, prefix)):
                yield from self._example(pair, prefix)
        if not prefix.prefixlen:
            yield OUTSIDE[family], OUTSIDE[opposite(family)]

    def _example(self, pair: Pair, prefix: Prefix) -> Iterator[tuple[Address, Address]]:
        """The first address that no narrower pair holds, and the one as far into its twin."""
        family = prefix.version
        mine, theirs = pair.of(family), pair.of(opposite(family))
        part = prefix if inside(prefix, mine) else mine
        distance = int(part.network_address) - int(mine.network_address)
        last = min(distance + part.num_addresses, theirs.num_addresses) - 1
        distance += part.num_addresses > 1
        while distance <= last:
            past = max(
                _past(self._within[pair, family], mine, distance),
                _past(self._within[pair, opposite(family)], theirs, distance),
            )
            if past <= distance:
                yield mine[distance], theirs[distance]
                return
            distance = past


def _past(narrower: Sequence[Prefix], whole: Prefix, distance: int) -> int:
    """How far the end of the narrower prefix is that holds the address at a distance; 0 where none does."""
    address = whole[distance]
    ends = (int(prefix.broadcast_address) for prefix in narrower if address in prefix)
    return max(ends, default=int(whole.network_address) - 1) + 1 - int(whole.network_address)
