"""Leads the names of a network to its new addresses, away from the old ones, and back (checklist step 10)."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from cmp.model.happenings import Event
from cmp.model.migration import HostMove
from cmp.model.migration_journal import Check, Looked
from cmp.network.measurement.leading import foreign, leading
from cmp.network.measurement.naming import Answers, Record
from cmp.network.measurement.reachability import Matrix, Pair
from cmp.network.moving.records import IPV6, Owners, held_back, new_records, old_records, owners
from cmp.probes.asking import matrix
from cmp.services.migrating.naming import SHORT_TTL, named, telling, told_at, told_of, untold, whole_name
from cmp.services.migrating.reversing import (
    calling,
    pointing,
    published_pointers,
    restored_pointers,
    retired_pointers,
    told_of_addresses,
)
from cmp.services.migrating.verifying import PATIENCE, declared, ways
from cmp.services.migrating.zones import PublishedZone, Unread, Wish, changed, whole

MOMENT = 1.0
"""Seconds between two looks at what resolvers still keep."""
SLACK = 10.0
"""Seconds that a server may take to read its zone again, beyond the time that answers are kept."""
LEAST_TTL = 5
"""Seconds that records are kept at least: what is left of an answer says little about that."""
_ALIASED = ("A", "AAAA", "CNAME")


@dataclass(frozen=True, slots=True)
class _Led:
    """Hosts with the names that are led along with them, and what resolvers told of these."""

    zone: PublishedZone
    moves: tuple[HostMove, ...]
    names: Owners
    told: Answers

    @property
    def domain(self) -> str:
        """The zone's name."""
        return self.zone.names.domain if self.zone.names else ""

    def now(self) -> Answers:
        """What resolvers tell of these names now."""
        return _told(self.zone, self.names)


def publish(zone: PublishedZone, before: Matrix | None) -> Check:
    """Publish the new addresses beside the old, and wait until every resolver tells them.

    Over IPv6 a name is published only where every service of it that answered before does. Hosts that had no
    name of their own get none; service names that led to a host are led along with it.

    Raises:
        TryLater: nobody could be asked, or Ansible did not start.
    """
    zone.say(Event("publishing-names", zone.plan.network))
    try:
        found = whole(zone)
        led = _led(zone, named(zone.plan), found)
    except Unread as unread:
        return Check.found(Looked.PUBLISHED, [str(unread)], "")
    wanted = _services(zone, before or {})
    held = held_back(led.moves, wanted, matrix(wanted, zone.place.sources, patience=PATIENCE))
    silent = {name for host in held for name in led.names[host]}
    records = [
        each for each in new_records(led.moves, led.names) if each.kind != "AAAA" or each.name not in silent
    ]
    reverse = pointing(zone, named(zone.plan), found)
    along = published_pointers(zone, named(zone.plan), reverse, held, lifetime(led.told))
    wrong = _changed(led, records, (), along)
    if not wrong:
        wrong = _left_wrong(led, lambda now: untold(now, records, led.domain))
    return Check.found(Looked.PUBLISHED, [*wrong, *held.values()], f"{len(records)} records published")


def _led(zone: PublishedZone, moves: Sequence[HostMove], records: Iterable[Record]) -> _Led:
    """These hosts with their names, by the records of the zone itself."""
    domain = zone.names.domain if zone.names else ""
    names = owners(moves, records, domain)
    return _Led(zone, tuple(move for move in moves if move.host in names), names, _told(zone, names))


def _told(zone: PublishedZone, names: Owners) -> Answers:
    domain = zone.names.domain if zone.names else ""
    every = [whole_name(name, domain) for each in names.values() for name in each]
    return told_at(zone.plan, zone.place, every)


def _services(zone: PublishedZone, before: Matrix) -> Sequence[Pair]:
    """The ways by which services that answered before have to answer over IPv6: these do, and quickly."""
    over_ipv6 = [pair for pair in ways(zone.plan, zone.place, new=True) if pair.family == IPV6]
    return tuple(declared(zone.plan, zone.place, before, dict.fromkeys(over_ipv6, False)))


def leave_old(zone: PublishedZone) -> Check:
    """Retire the old addresses of all names, and wait until no name and no resolver leads to them any more.

    The zone is read whole: service names, aliases, wildcards, targets of mail and services are looked at like
    hosts' names. Where somebody else keeps the zone it is only looked at.

    Raises:
        TryLater: nobody could be asked, or Ansible did not start.
    """
    values = {each.value for each in old_records(named(zone.plan))}
    try:
        before = whole(zone)
        led = _led(zone, named(zone.plan), before) if zone.is_ours else None
        if led and any((*leading(before, values), *telling(led.told, values))):
            zone.say(Event("retiring-names", zone.plan.network))
            if wrong := _retired(led, before):
                return Check.found(Looked.LEFT, wrong, "")
            _left_wrong(led, lambda now: telling(now, values))
            _forgotten(zone, values)
        return _proved(zone, values, before)
    except Unread as unread:
        left = telling(told_of(zone.plan, zone.place, named(zone.plan)), values)
        return Check.found(Looked.LEFT, [str(unread), *left], "")


def _proved(zone: PublishedZone, old: Collection[str], before: Iterable[Record]) -> Check:
    """Whether nothing leads to an old address: not a record of the zone, no resolver, no reverse name.

    Raises:
        Unread: the zone cannot be read.
    """
    records = whole(zone)
    domain = zone.names.domain if zone.names else ""
    names = {each.name for each in (*before, *records) if each.kind in _ALIASED} | foreign(records, domain)
    hosts = {whole_name(move.host, domain) for move in named(zone.plan)}
    left = [
        *map(str, leading(records, old)),
        *telling(told_at(zone.plan, zone.place, names | hosts), old),
        *calling(told_of_addresses(zone, old), old),
    ]
    return Check.found(Looked.LEFT, left, f"{len(records)} records and {len(names)} names were looked at")


def _retired(led: _Led, before: Iterable[Record]) -> list[str]:
    """Take the old addresses off all names, and the names off the old addresses; what went wrong."""
    kept = [each for each in new_records(led.moves, led.names) if each.kind == "A"]
    moves = named(led.zone.plan)
    along = retired_pointers(led.zone, moves, pointing(led.zone, moves, before), lifetime(led.told))
    return _changed(led, kept, old_records(led.moves, led.names), along)


def _forgotten(zone: PublishedZone, old: Collection[str]) -> None:
    """Wait until resolvers have forgotten the reverse names that were taken off, or will not soon."""
    if zone.names is None or not zone.names.reverse:
        return
    told = told_of_addresses(zone, old)
    kept = min(SHORT_TTL, max((each.ttl or 0 for each in told.values()), default=0))
    end = time.monotonic() + kept + SLACK
    while any(each.values for each in told.values()) and time.monotonic() < end:
        time.sleep(MOMENT)  # noqa: TID251 - polls until a deadline
        told = told_of_addresses(zone, old)


def back_to_old(zone: PublishedZone, hosts: Collection[str]) -> Check:
    """Lead the names of some hosts to their old addresses alone, and wait until the new ones are forgotten.

    Raises:
        TryLater: nobody could be asked, or Ansible did not start.
    """
    moves = [move for move in named(zone.plan) if move.host in hosts]
    try:
        found = whole(zone)
        led = _led(zone, moves, found)
    except Unread as unread:
        return Check.found(Looked.BACK, [str(unread)], "")
    zone.say(Event("leading-names-back", zone.plan.network, {"count": len(led.moves)}))
    new = new_records(led.moves, led.names)
    along = restored_pointers(zone, moves, pointing(zone, moves, found), lifetime(led.told))
    if wrong := _changed(led, old_records(led.moves, led.names), new, along):
        return Check.found(Looked.BACK, wrong, "")
    left = _left_wrong(led, lambda now: telling(now, {each.value for each in new}))
    return Check.found(Looked.BACK, left, f"{len(led.moves)} names")


def _changed(
    led: _Led, publish_these: Iterable[Record], retire: Iterable[Record], along: Iterable[Wish]
) -> list[str]:
    """Have the zone changed, and the reverse zones after it; what went wrong, by sentence."""
    own = Wish(tuple(publish_these), tuple(retire), lifetime(led.told))
    return changed(led.zone, led.moves, [own, *along])


def lifetime(told: Answers) -> int:
    """Seconds as long as the zone's records are kept at present, and not above what is short.

    Resolvers tell what is left of it, which is 0 in the last second: that is short, and not unknown.
    """
    known = [each.ttl for each in told.values() if each.ttl is not None]
    return min(SHORT_TTL, max(*known, LEAST_TTL)) if known else SHORT_TTL


def _left_wrong(led: _Led, look: Callable[[Answers], Iterable[str]]) -> list[str]:
    """What is still wrong once every answer that was given before has run out at the resolvers."""
    end = time.monotonic() + max((each.ttl or 0 for each in led.told.values()), default=0) + SLACK
    while wrong := list(look(led.now())):
        if time.monotonic() > end:
            break
        time.sleep(MOMENT)  # noqa: TID251 - polls until a deadline
    return wrong
