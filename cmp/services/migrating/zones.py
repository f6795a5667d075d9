"""Reads the zone of a moving network whole and changes it: as a file over SSH, or by the protocol itself."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import dns.exception
import dns.zone

from cmp.errors import Invalid
from cmp.model.happenings import Event
from cmp.model.migration import HostMove, MigrationPlan
from cmp.model.name_servers import Authority, NameServer, Reload, ReverseZone, ZoneWay
from cmp.model.network import Names
from cmp.network.measurement.naming import Record
from cmp.plays.runner import Host, PlayOutcome, play
from cmp.probes.doors import ask
from cmp.probes.names import records, transferred
from cmp.services.migrating import named_secrets
from cmp.services.migrating.place import Place

CHANGE: Final = "extranet/70-names.yml"
READ: Final = "extranet/72-zone.yml"
SECONDS_A_NAME: Final = 1.0
"""How long a program that updates names may take for each, beside what it takes to start."""
_LOCAL: Final = re.compile(r'^\s*local-data:\s*"(.*)"\s*$', re.MULTILINE)


class Unread(Exception):
    """The zone could not be read whole; the sentence says why."""


@dataclass(frozen=True, slots=True)
class PublishedZone:
    """The zone of a moving network, where it is kept and from where it is looked at."""

    plan: MigrationPlan
    place: Place
    say: Callable[[Event], None]

    @property
    def is_ours(self) -> bool:
        """True where the move may change the zone."""
        return self.server is not None and self.server.is_changed_here

    @property
    def names(self) -> Names | None:
        """Where the hosts are named."""
        return self.plan.names

    @property
    def server(self) -> NameServer | None:
        """The server that keeps the zone, if network.yaml names it."""
        return self.plan.names.server if self.plan.names else None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a zone shall have and shall not have; names are written within it, `ttl` is in seconds."""

    publish: tuple[Record, ...]
    retire: tuple[Record, ...]
    ttl: int
    reverse: ReverseZone | None = None
    """The zone that is meant, where it is not that of the hosts' names; names are written whole then."""

    def names(self, move: HostMove) -> set[str]:
        """The names of a host that one of its addresses is published at."""
        own = {
            str(each) for old in move.addresses for each in (old.old, old.ipv4.ip, old.ipv6 and old.ipv6.ip)
        }
        return {record.name for record in self.publish if record.value in own}


def whole(zone: PublishedZone) -> tuple[Record, ...]:
    """All records of the zone, and of the reverse zones beside it; names whole without the last dot.

    Raises:
        Unread: nobody lets us read it, or it cannot be read.
        TryLater: nobody could be asked.
    """
    names, server = zone.names, zone.server
    if names is None or server is None:
        raise Unread(
            "network.yaml names nobody who keeps the zone (`names.server`), so it was not read whole"
        )
    files = {names.domain: server.zone_file, **{each.zone: each.zone_file for each in names.reverse}}
    outcome = _slurped(zone, server, list(files.values())) if server.how is ZoneWay.FILES else None
    return tuple(
        record
        for number, name in enumerate(files)
        for record in _whole(zone, server, name, lambda: _text(server, outcome, number))  # noqa: B023 - called at once
    )


def _whole(zone: PublishedZone, server: NameServer, name: str, text: Callable[[], str]) -> tuple[Record, ...]:
    try:
        if server.how is ZoneWay.FILES:
            return _read(name, text())
        authority = _authority(server)
        key = _key(zone.place, authority)
        return transferred(str(authority.address), name, authority.port, key, zone.place.door)
    except Invalid as refusal:
        raise Unread(f"the zone {name} could not be read whole: {refusal}") from refusal


def changed(zone: PublishedZone, moves: Sequence[HostMove], wishes: Sequence[Wish]) -> list[str]:
    """Change zones of one server where these are ours, in their order; what went wrong, by sentence.

    Raises:
        TryLater: nobody could be asked, or Ansible did not start.
    """
    names, server = zone.names, zone.server
    wishes = [wish for wish in wishes if wish.publish or wish.retire]
    if names is None or server is None or not server.is_changed_here or not wishes:
        return []
    if server.how is ZoneWay.UPDATE:
        return _all_updated(zone, names, _authority(server), wishes)
    host = _host(zone, server)
    if isinstance(host, str):
        return [host]
    given = _variables(names, server, moves, wishes)
    if zone.place.is_real and server.reload is not Reload.UNBOUND:  # a lab's server is always unbound
        given |= {"names_reload": server.reload}
    outcome = play(CHANGE, [host], given, door=zone.place.door)
    return [f"{name}: {why}" for name, why in outcome.trouble([server.name]).items()]


def _all_updated(
    zone: PublishedZone, names: Names, authority: Authority, wishes: Iterable[Wish]
) -> list[str]:
    """Have each zone updated; after one that went wrong nothing is taken out of another."""
    wrong: list[str] = []
    for wish in wishes:
        if not wrong or not wish.retire:
            wrong += _updated(zone, names, authority, wish)
    return wrong


def _updated(zone: PublishedZone, names: Names, authority: Authority, wish: Wish) -> list[str]:
    """Have names updated by the protocol; the key goes to the program on its standard input."""
    domain = _domain(names, wish)
    document: dict[str, object] = {
        "server": str(authority.address),
        "port": authority.port,
        "zone": domain,
        "publish": _within(wish.publish, wish),
        "retire": _within(wish.retire, wish),
        "ttl": wish.ttl,
    }
    seconds = 60 + SECONDS_A_NAME * len({record.name for record in (*wish.publish, *wish.retire)})
    try:
        document["key"] = _key(zone.place, authority)
        found = ask(zone.place.door, "cmp.probes.updates", document, seconds=seconds)
    except Invalid as refusal:
        return [f"{domain} was not updated: {refusal}"]
    denied = sorted(found["denied"].items())
    return [f"{name}.{domain} was not updated: {why}" for name, why in denied]


def _within(records: Iterable[Record], wish: Wish) -> list[Record]:
    """Records by their names within the zone, as updates take them."""
    if wish.reverse is None:
        return list(records)
    return [each._replace(name=each.name.removesuffix(f".{wish.reverse.zone}")) for each in records]


def _domain(names: Names, wish: Wish) -> str:
    return wish.reverse.zone if wish.reverse else names.domain


def _authority(server: NameServer) -> Authority:
    if server.authority is None:
        raise Invalid(f"{server.name}: network.yaml names no `authority` for it")
    return server.authority


def _key(place: Place, authority: Authority) -> Mapping[str, str] | None:
    """The key by its name; a lab has one of its own."""
    if authority.key is None:
        return None
    return place.tsig(authority.key_name) if place.tsig else named_secrets.key_of(authority.key, place.reveal)


def _host(zone: PublishedZone, server: NameServer) -> Host | str:
    if server.ssh is None or server.ssh.address is None:
        return f"{server.name}: network.yaml names no `ssh.address` for it"
    return zone.place.reach(server.name, server.ssh, server.ssh.address)


def _slurped(zone: PublishedZone, server: NameServer, paths: Sequence[str | None]) -> PlayOutcome | str:
    """All zone files of a server, by one play; a sentence where nobody knows how to reach it."""
    host = _host(zone, server)
    return host if isinstance(host, str) else play(READ, [host], {"names_paths": paths}, door=zone.place.door)


def _text(server: NameServer, outcome: PlayOutcome | str | None, number: int) -> str:
    """One of the zone files that a play read.

    Raises:
        Invalid: it could not be read.
    """
    if outcome is None or isinstance(outcome, str):
        raise Invalid(outcome or f"{server.name}: nobody read its files")
    every = outcome.results.get(server.name, {}).get("results", ())
    own = every[number] if number < len(every) else {}
    trouble = outcome.trouble([server.name])
    if "content" not in own and (why := own.get("msg") or trouble.get(server.name)):
        raise Invalid(f"{server.name}: {why}")
    try:
        return base64.b64decode(own["content"]).decode(errors="surrogateescape")
    except (KeyError, binascii.Error) as error:
        raise Invalid(f"{server.name}: the file came without its content") from error


def _read(domain: str, text: str) -> tuple[Record, ...]:
    """The records of a zone file, or of unbound's local data.

    Raises:
        Invalid: it cannot be read, or leads to other files.
    """
    local = _LOCAL.findall(text)
    try:
        read = dns.zone.from_text(
            "\n".join(local) if local else text,
            origin=f"{domain.rstrip('.')}.",
            relativize=False,
            check_origin=not local,
            allow_include=False,
        )
    except (dns.exception.DNSException, ValueError) as problem:
        raise Invalid(f"the zone file cannot be read: {problem}") from problem
    return records(read)


def _variables(
    names: Names, server: NameServer, moves: Iterable[HostMove], wishes: Sequence[Wish]
) -> dict[str, object]:
    """The variables of the role `names`: a host's port of administration is what the controller may try."""
    return {
        "extranet_allow_names": True,
        "names_zones": [
            {
                "zone": _domain(names, wish),
                "path": wish.reverse.zone_file if wish.reverse else server.zone_file,
                "publish": [each._asdict() for each in wish.publish],
                "retire": [each._asdict() for each in wish.retire],
            }
            for wish in wishes
        ],
        "names_ports": {
            name: [f"tcp/{move.ssh.port if move.ssh else 22}"]
            for move in moves
            for wish in wishes
            for name in wish.names(move)
        },
        "names_ttl": max(wish.ttl for wish in wishes),
    }
