"""Says from what passed along a path, by size and as a bulk of TCP, whether it swallows large packets.

A ping passes where TCP does not: when a link on the way has a smaller MTU and the message that says so
(Packet Too Big, fragmentation needed) is filtered, small packets pass and full ones vanish (RFC 2923 2.1,
RFC 4890 4.3.1). So packets that must not be fragmented are sent in three sizes each way, and a bulk of data
as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

SIZES: Final = (1280, 1400, 1500)
"""Bytes of whole packets: the least that IPv6 demands (RFC 8200 5), a tunnel's usual, and Ethernet's."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """A bulk of data over TCP: bytes that were to come and that came, and the seconds it took."""

    wanted: int
    came: int
    seconds: float

    @property
    def is_whole(self) -> bool:
        """True when everything came."""
        return self.came >= self.wanted


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction of a path: which sizes passed unfragmented, and the bulk; None where TCP did not open."""

    sizes: Mapping[int, bool]
    bulk: Bulk | None

    @property
    def largest(self) -> int:
        """The largest size that passed, bytes; 0 where none did."""
        return max((size for size, passed in self.sizes.items() if passed), default=0)


@dataclass(frozen=True, slots=True)
class Path:
    """A path between an address of a host and one of the station, seen both ways."""

    host: str
    address: str
    family: int
    to_station: Direction
    to_host: Direction


def faults(path: Path, mtu: int = SIZES[0]) -> Iterator[str]:
    """What is wrong with a path over which packets of `mtu` bytes must pass, a sentence each."""
    for towards, way in (("to the station", path.to_station), ("to the host", path.to_host)):
        who = f"{path.host}: IPv{path.family} {path.address} {towards}"
        if not way.largest:
            yield f"{who}: no packet passes, not even of {min(way.sizes)} bytes"
        elif way.bulk is None:
            yield f"{who}: packets pass, and no TCP connection opens"
        elif not way.bulk.is_whole:
            yield (
                f"{who}: packets of {way.largest} bytes pass and TCP stands still after {way.bulk.came}: "
                "a black hole, something drops Packet Too Big on the way (RFC 4890 4.3.1)"
            )
        for size, passed in sorted(way.sizes.items()):
            if way.largest and not passed and size <= mtu:
                yield f"{who}: packets of {size} bytes do not pass, though the line is said to carry {mtu}"
