"""Works out reverse zones in both families, and their text with a PTR record for every named address.

IPv6 zones begin on a hexadecimal digit (RFC 3596 section 2.5), IPv4 zones on an octet; a subnet of less than
an octet gets a zone of its own below it, to which the zone above points by CNAME (RFC 2317 section 4).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from string import ascii_letters, digits
from typing import Final

from cmp.model.addresses import Holding, HoldingKind, Status
from cmp.model.network import Prefix
from cmp.network.addresses.tree import children_of

OCTET: Final = 8
NIBBLE: Final = 4
LAST_OCTET: Final = 24
PLAIN: Final = frozenset(f"{ascii_letters}{digits}-_./")
"""What stands in names as it is: dots part them, and classless zones have a slash (RFC 2317)."""


@dataclass(frozen=True, slots=True)
class ReverseZone:
    """A reverse zone: its records as (name in it, target), and the CNAMEs that the zone above needs."""

    name: str
    pointers: tuple[tuple[str, str], ...]
    above: tuple[tuple[str, str], ...] = ()

    def text(self, server: str, serial: int) -> str:
        """The zone file (RFC 1035 section 5); `server` is the first name server, with its last dot.

        Timers in seconds: others look every two hours, and a missing name is remembered for one.
        """
        lines = [
            f"$ORIGIN {escaped(self.name)}.",
            "$TTL 3600",
            f"@ IN SOA {escaped(server)} hostmaster.{escaped(server)} {serial} 7200 900 1209600 3600",
            f"@ IN NS {escaped(server)}",
            *(f"{_owner(name)} IN PTR {escaped(target)}." for name, target in self.pointers),
        ]
        if self.above:
            lines.append("; the zone above needs these (RFC 2317 section 4):")
            lines += [f"; {escaped(name)} IN CNAME {escaped(target)}." for name, target in self.above]
        return "\n".join(lines) + "\n"


def escaped(name: str) -> str:
    """A name as a zone file has to say it: what is no plain character of a name is a number (RFC 1035 5.1).

    So nothing in it ends a line, begins a directive or a comment, or means all names (RFC 4592).
    """
    return "".join(
        sign if sign in PLAIN else "".join(f"\\{byte:03}" for byte in sign.encode()) for sign in name
    )


def _owner(name: str) -> str:
    """The name that a record begins with; `@` is the zone itself."""
    return name if name == "@" else escaped(name)


def reverse_name(address: IPv4Address | IPv6Address) -> str:
    """The name that a PTR record of an address has, without the last dot."""
    return address.reverse_pointer


def zone_names(prefix: Prefix) -> tuple[str, ...]:
    """The reverse zones that hold exactly the addresses of a prefix."""
    if isinstance(prefix, IPv4Network):
        if prefix.prefixlen > LAST_OCTET:
            return (_classless(prefix),)
        return tuple(_octets(part) for part in prefix.subnets(new_prefix=_border(prefix.prefixlen, OCTET)))
    length = _border(prefix.prefixlen, NIBBLE)
    signs = length // NIBBLE
    names = (part.network_address.reverse_pointer for part in prefix.subnets(new_prefix=length))
    return tuple(name.split(".", 32 - signs)[-1] for name in names)


def _border(length: int, step: int) -> int:
    return max(step, -(-length // step) * step)


def _octets(part: IPv4Network) -> str:
    return part.network_address.reverse_pointer.split(".", 4 - part.prefixlen // OCTET)[-1]


def _classless(prefix: IPv4Network) -> str:
    first, above = prefix.network_address.reverse_pointer.split(".", 1)
    return (
        f"{first}/{prefix.prefixlen}.{above}"
        if prefix.prefixlen < prefix.max_prefixlen
        else f"{first}.{above}"
    )


def zones_of(holdings: Sequence[Holding]) -> tuple[ReverseZone, ...]:
    """The zones of every subnet that is held, by name."""
    inside = children_of(holdings)
    found: dict[str, ReverseZone] = {}
    for index, holding in enumerate(holdings):
        if holding.kind is HoldingKind.PREFIX and holding.status is not Status.CONTAINER:
            named = [holdings[child] for child in inside.get(index, ()) if holdings[child].labels.dns_name]
            for zone in _zones(holding.prefix, named):
                found[zone.name] = zone
    return tuple(found[name] for name in sorted(found))


def _zones(prefix: Prefix, named: Sequence[Holding]) -> Iterator[ReverseZone]:
    pairs = [(reverse_name(each.prefix.network_address), each.labels.dns_name) for each in named]
    if isinstance(prefix, IPv4Network) and LAST_OCTET < prefix.prefixlen < prefix.max_prefixlen:
        name = _classless(prefix)
        own = tuple((full.split(".", 1)[0], target) for full, target in pairs)
        yield ReverseZone(name, own, tuple((first, f"{first}.{name}") for first, _ in own))
        return
    for name in zone_names(prefix):
        yield ReverseZone(
            name,
            tuple(
                (full.removesuffix(name).rstrip(".") or "@", target)
                for full, target in pairs
                if full == name or full.endswith(f".{name}")
            ),
        )
