"""Says which records the names of a network have before its move, and which after it (checklist step 10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, ip_address

from cmp.model.migration import HostMove
from cmp.network.measurement.naming import Record, reversed_name
from cmp.network.measurement.reachability import Matrix, Pair

IPV6 = 6


Owners = Mapping[str, Sequence[str]]
"""The names within the zone that are led along with each host, by the host."""


def owners(moves: Iterable[HostMove], records: Iterable[Record], domain: str) -> dict[str, tuple[str, ...]]:
    """The names of a zone that move with each host: its own, if it has one, and all that have its addresses.

    Service names and wildcards that hold an address of a host are led along with it. A host that only a
    wildcard answers for has no name of its own and gets none.
    """
    holders: dict[str, set[str]] = defaultdict(set)
    for record in records:
        name = within(record.name, domain)
        if record.kind in {"A", "AAAA"} and name is not None:
            holders[str(ip_address(record.value))].add(name)
            holders[name].add(name)
    found = {}
    for move in moves:
        own = {str(each.old) for each in move.addresses} | {value for _, value in _values(move)}
        led = {name for key in (move.host, *own) for name in holders.get(key, ())}
        if led:
            found[move.host] = tuple(sorted(led))
    return found


def within(name: str, domain: str) -> str | None:
    """A name without the zone's; None outside of it, `@` for the zone itself."""
    name, domain = name.lower().rstrip("."), domain.lower().rstrip(".")
    if name == domain:
        return "@"
    return name.removesuffix(f".{domain}") if name.endswith(f".{domain}") else None


def old_records(moves: Iterable[HostMove], names: Owners | None = None) -> tuple[Record, ...]:
    """The addresses that hosts are known by until they have moved, by names within the zone."""
    return tuple(
        Record(name, "A" if each.old.version != IPV6 else "AAAA", str(each.old))
        for move in moves
        for name in _names(move, names)
        for each in move.addresses
    )


def new_records(moves: Iterable[HostMove], names: Owners | None = None) -> tuple[Record, ...]:
    """The addresses that hosts have moved to, in both families; DNS64 makes those that lack."""
    return tuple(
        Record(name, kind, value)
        for move in moves
        for name in _names(move, names)
        for kind, value in _values(move)
    )


Pointers = Mapping[IPv4Address, Sequence[str]]
"""What reverse names lead to, with its last dot, by the old address that it is, or was, the name of."""


def pointers(moves: Iterable[HostMove], records: Iterable[Record]) -> dict[IPv4Address, tuple[str, ...]]:
    """The reverse names that move along: those of an old address, or of a new one in its place."""
    told: dict[str, set[str]] = defaultdict(set)
    for record in records:
        if record.kind == "PTR" and (address := reversed_name(record.name)):
            told[str(address)].add(record.value)
    found = {}
    for move in moves:
        for each in move.addresses:
            own = (each.old, each.ipv4.ip, each.ipv6.ip if each.ipv6 else each.old)
            if names := {name for address in own for name in told.get(str(address), ())}:
                found[each.old] = tuple(sorted(names))
    return found


def old_pointers(moves: Iterable[HostMove], named: Pointers) -> tuple[Record, ...]:
    """The reverse names of old addresses, written whole without the last dot."""
    return tuple(
        Record(each.old.reverse_pointer, "PTR", name)
        for move in moves
        for each in move.addresses
        for name in named.get(each.old, ())
    )


def new_pointers(moves: Iterable[HostMove], named: Pointers) -> tuple[Record, ...]:
    """The reverse names of new addresses, in both families."""
    return tuple(
        Record(value.reverse_pointer, "PTR", name)
        for move in moves
        for each in move.addresses
        for name in named.get(each.old, ())
        for value in (each.ipv4.ip, *((each.ipv6.ip,) if each.ipv6 else ()))
    )


def held_back(moves: Iterable[HostMove], wanted: Iterable[Pair], after: Matrix) -> Mapping[str, str]:
    """The hosts whose names must not lead to IPv6 yet, each with why (RFC 7381 section 4.4).

    Every way of `wanted` has to answer over IPv6: they are the services that answered before the move, from
    wherever the new edge lets somebody in. A host whose services all were silent is held back as well: nobody
    can tell what its name would lead to.
    """
    ways: dict[str, list[Pair]] = {}
    for pair in wanted:
        ways.setdefault(pair.target, []).append(pair)
    found: dict[str, str] = {}
    for move in moves:
        offers = any(service.protocol == "tcp" for service in move.services)
        for each in move.addresses:
            if each.ipv6 is None or not offers:
                continue
            asked = ways.get(str(each.ipv6.ip), [])
            silent = [pair for pair in asked if not after.get(pair, False)]
            if silent:
                found[move.host] = f"{move.host} is not published over IPv6: {silent[0]} does not answer"
            elif not asked:
                found[move.host] = f"{move.host} is not published over IPv6: nobody here reached its services"
    return found


def _names(move: HostMove, names: Owners | None) -> Sequence[str]:
    return (move.host,) if names is None else names.get(move.host, ())


def _values(move: HostMove) -> Iterator[tuple[str, str]]:
    for each in move.addresses:
        yield "A", str(each.ipv4.ip)
        if each.ipv6:
            yield "AAAA", str(each.ipv6.ip)
