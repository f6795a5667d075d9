"""Leads the names of a network to its new addresses, away from the old ones, and back (checklist step 10)."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from cmp.model.migration import HostMove, MigrationPlan
from cmp.model.migration_journal import Check, Looked
from cmp.model.network import Names, NameServer, Reload
from cmp.network.measurement.naming import Answers, Record
from cmp.network.measurement.reachability import Matrix, Pair
from cmp.network.moving.records import IPV6, held_back, new_records, old_records
from cmp.plays.runner import play
from cmp.probes.asking import matrix
from cmp.services.migrating.naming import SHORT_TTL, known, named, telling, told_of, untold
from cmp.services.migrating.place import Place
from cmp.services.migrating.verifying import PATIENCE, declared, ways

PLAYBOOK = "extranet/70-names.yml"
MOMENT = 1.0
"""Seconds between two looks at what resolvers still keep."""
SLACK = 10.0
"""Seconds that a server may take to read its zone again, beyond the time that answers are kept."""


@dataclass(frozen=True, slots=True)
class PublishedZone:
    """The zone of a moving network, where it is kept and from where it is looked at."""

    plan: MigrationPlan
    place: Place
    say: Callable[[str], None]

    @property
    def is_ours(self) -> bool:
        """True where plays may change the zone."""
        return self.plan.names is not None and self.plan.names.server is not None


def publish(zone: PublishedZone, before: Matrix | None) -> Check:
    """Publish the new addresses beside the old, and wait until every resolver tells them.

    Over IPv6 a name is published only where every service of it that answered before does. Hosts that had no
    name get none.

    Raises:
        TryLater: nobody could be asked, or Ansible did not start.
    """
    zone.say("publishing the new addresses of the hosts' names")
    told = told_of(zone.plan, zone.place, named(zone.plan))
    moves = known(named(zone.plan), told)
    wanted = _services(zone, before or {})
    held = held_back(moves, wanted, matrix(wanted, zone.place.sources, patience=PATIENCE))
    records = [each for each in new_records(moves) if each.kind != "AAAA" or each.name not in held]
    wrong = _changed(zone, moves, records, (), told)
    if not wrong:
        wrong = _left_wrong(zone, moves, told, lambda now: untold(now, records))
    return Check.found(Looked.PUBLISHED, [*wrong, *held.values()], f"{len(records)} records published")


def _services(zone: PublishedZone, before: Matrix) -> Sequence[Pair]:
    """The ways by which services that answered before have to answer over IPv6: these do, and quickly."""
    over_ipv6 = [pair for pair in ways(zone.plan, zone.place, new=True) if pair.family == IPV6]
    return tuple(declared(zone.plan, zone.place, before, dict.fromkeys(over_ipv6, False)))


def leave_old(zone: PublishedZone) -> Check:
    """Retire the old addresses of all names, and wait until no resolver tells them any more.

    Where somebody else keeps the zone it is only looked at.

    Raises:
        TryLater: nobody could be asked, or Ansible did not start.
    """
    told = told_of(zone.plan, zone.place, named(zone.plan))
    moves = known(named(zone.plan), told)
    old = old_records(moves)
    values = {each.value for each in old}
    left = list(telling(told, values))
    if zone.is_ours and left:
        zone.say("retiring the old addresses of the hosts' names")
        kept = [each for each in new_records(moves) if each.kind == "A"]
        if wrong := _changed(zone, moves, kept, old, told):
            return Check.found(Looked.LEFT, wrong, "")
        left = _left_wrong(zone, moves, told, lambda now: telling(now, values))
    return Check.found(Looked.LEFT, left, f"{len(moves)} names were left by every resolver")


def back_to_old(zone: PublishedZone, hosts: Collection[str]) -> Check:
    """Lead the names of some hosts to their old addresses alone, and wait until the new ones are forgotten.

    Raises:
        TryLater: nobody could be asked, or Ansible did not start.
    """
    some = [move for move in named(zone.plan) if move.host in hosts]
    told = told_of(zone.plan, zone.place, some)
    moves = known(some, told)
    zone.say(f"leading {len(moves)} names back to the old addresses")
    new = new_records(moves)
    if wrong := _changed(zone, moves, old_records(moves), new, told):
        return Check.found(Looked.BACK, wrong, "")
    left = _left_wrong(zone, moves, told, lambda now: telling(now, {each.value for each in new}))
    return Check.found(Looked.BACK, left, f"{len(moves)} names")


def _changed(
    zone: PublishedZone,
    moves: Sequence[HostMove],
    publish_these: Iterable[Record],
    retire: Iterable[Record],
    told: Answers,
) -> list[str]:
    """Have the play change the zone; what went wrong, by sentence."""
    names = zone.plan.names
    if names is None or names.server is None:
        return []
    server = names.server
    if server.ssh.address is None:
        return [f"{server.name}: network.yaml names no `ssh.address` for it"]
    host = zone.place.reach(server.name, server.ssh, server.ssh.address)
    given = _variables(names, server, moves, publish_these, retire, told)
    if zone.place.is_real and server.reload is not Reload.UNBOUND:  # a lab's server is always unbound
        given |= {"names_reload": server.reload}
    outcome = play(PLAYBOOK, [host], given, door=zone.place.door)
    return [f"{name}: {why}" for name, why in outcome.trouble([server.name]).items()]


def _variables(
    names: Names,
    server: NameServer,
    moves: Sequence[HostMove],
    publish_these: Iterable[Record],
    retire: Iterable[Record],
    told: Answers,
) -> dict[str, object]:
    """The variables of the role `names`: a host's port of administration is what the controller may try."""
    return {
        "extranet_allow_names": True,
        "names_zone": names.domain,
        "names_path": server.zone_file,
        "names_publish": [each._asdict() for each in publish_these],
        "names_retire": [each._asdict() for each in retire],
        "names_ports": {move.host: [f"tcp/{move.ssh.port if move.ssh else 22}"] for move in moves},
        "names_ttl": _ttl(told),
    }


def _ttl(told: Answers) -> int:
    """As long as the zone's records are kept at present, and not above what is short."""
    return min(SHORT_TTL, max((each.ttl for each in told.values() if each.ttl), default=SHORT_TTL))


def _left_wrong(
    zone: PublishedZone, moves: Sequence[HostMove], told: Answers, look: Callable[[Answers], Iterable[str]]
) -> list[str]:
    """What is still wrong once every answer that was given before has run out at the resolvers."""
    end = time.monotonic() + max((each.ttl or 0 for each in told.values()), default=0) + SLACK
    while wrong := list(look(told_of(zone.plan, zone.place, moves))):
        if time.monotonic() > end:
            break
        time.sleep(MOMENT)  # noqa: TID251 - polls until a deadline
    return wrong
