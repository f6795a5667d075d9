"""Says which records the names of a network have before its move, and which after it (checklist step 10)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cmp.model.migration import HostMove
from cmp.network.measurement.naming import Record
from cmp.network.measurement.reachability import Matrix, Pair

IPV6 = 6


def old_records(moves: Iterable[HostMove]) -> tuple[Record, ...]:
    """The addresses that hosts are known by until they have moved, by names within the zone."""
    return tuple(
        Record(move.host, "A" if each.old.version != IPV6 else "AAAA", str(each.old))
        for move in moves
        for each in move.addresses
    )


def new_records(moves: Iterable[HostMove]) -> tuple[Record, ...]:
    """The addresses that hosts have moved to, in both families; DNS64 makes those that lack."""
    return tuple(_new(moves))


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


def _new(moves: Iterable[HostMove]) -> Iterator[Record]:
    for move in moves:
        for each in move.addresses:
            yield Record(move.host, "A", str(each.ipv4.ip))
            if each.ipv6:
                yield Record(move.host, "AAAA", str(each.ipv6.ip))
