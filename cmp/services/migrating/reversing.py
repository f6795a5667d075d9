"""Leads the reverse names of a network along: the new addresses are called what the old one was."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from ipaddress import ip_address

from cmp.model.migration import HostMove
from cmp.model.name_servers import ReverseZone
from cmp.network.measurement.naming import Answers, Record
from cmp.network.moving.records import Pointers, new_pointers, old_pointers, pointers
from cmp.services.migrating.naming import told_at
from cmp.services.migrating.zones import PublishedZone, Wish

PTR = ("PTR",)
_IPV4 = ".in-addr.arpa"


def pointing(zone: PublishedZone, moves: Sequence[HostMove], records: Iterable[Record]) -> Pointers:
    """The reverse names that move along, by the records of our zones; resolvers tell what others keep.

    A host without a reverse name gets none. Nothing moves along where no reverse zone is ours.

    Raises:
        TryLater: nobody could be asked.
    """
    if zone.names is None or not zone.names.reverse:
        return {}
    every = [each.old.reverse_pointer for move in moves for each in move.addresses]
    others = [name for name in every if not any(each.holds(name) for each in zone.names.reverse)]
    told = told_at(zone.plan, zone.place, others, PTR) if others else {}
    asked = [Record(question.name, "PTR", value) for question, each in told.items() for value in each.values]
    return pointers(moves, (*records, *asked))


def published_pointers(
    zone: PublishedZone, moves: Iterable[HostMove], named: Pointers, held: Collection[str], ttl: int
) -> list[Wish]:
    """The new addresses get their reverse names, over IPv6 not those of hosts held back."""
    records = [
        each
        for move in moves
        for each in new_pointers((move,), named)
        if move.host not in held or each.name.endswith(_IPV4)
    ]
    return _by_zone(zone, records, (), ttl)


def retired_pointers(zone: PublishedZone, moves: Sequence[HostMove], named: Pointers, ttl: int) -> list[Wish]:
    """The reverse names of old addresses go, with those of the new ones in their place."""
    kept = [each for each in new_pointers(moves, named) if each.name.endswith(_IPV4)]
    return _by_zone(zone, kept, old_pointers(moves, named), ttl)


def restored_pointers(
    zone: PublishedZone, moves: Sequence[HostMove], named: Pointers, ttl: int
) -> list[Wish]:
    """The old addresses get their reverse names back, and those of the new ones go."""
    return _by_zone(zone, old_pointers(moves, named), new_pointers(moves, named), ttl)


def _by_zone(
    zone: PublishedZone, publish: Sequence[Record], retire: Sequence[Record], ttl: int
) -> list[Wish]:
    """What each reverse zone shall have and shall not have."""
    return [
        Wish(_held_by(each, publish), _held_by(each, retire), ttl, each)
        for each in (zone.names.reverse if zone.names else ())
    ]


def _held_by(reverse: ReverseZone, records: Iterable[Record]) -> tuple[Record, ...]:
    return tuple(one for one in records if reverse.holds(one.name))


def told_of_addresses(zone: PublishedZone, addresses: Iterable[str]) -> Answers:
    """What every resolver calls these addresses.

    Raises:
        TryLater: nobody could be asked.
    """
    return told_at(zone.plan, zone.place, [ip_address(each).reverse_pointer for each in addresses], PTR)


def calling(told: Answers, addresses: Iterable[str]) -> Iterator[str]:
    """Where a resolver still knows one of these addresses by a name."""
    reverse = {ip_address(each).reverse_pointer: each for each in addresses}
    for question, answer in sorted(told.items()):
        if answer.values:
            yield f"{question.over} calls {reverse[question.name]} {answer}"
