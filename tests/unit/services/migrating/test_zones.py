"""All zones of one name server are read by one play and changed by one, in their order."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

import pytest
from support.moving_network import a_migration_plan

from cmp.errors import Invalid
from cmp.model.name_servers import Authority, NameServer, ReverseZone, ZoneWay
from cmp.model.network import Names
from cmp.model.ssh import Ssh
from cmp.network.measurement.naming import Record
from cmp.plays.runner import PlayOutcome
from cmp.services.migrating import zones
from cmp.services.migrating.place import Place
from cmp.services.migrating.zones import PublishedZone, Unread, Wish, changed, whole

DOMAIN = "desk-net.example"
BACK = ReverseZone(zone="2.0.192.in-addr.arpa", zone_file="/etc/zones/back")
FORWARD = f"{DOMAIN}. 5 IN SOA ns.{DOMAIN}. op.{DOMAIN}. 1 60 30 600 5\n{DOMAIN}. 5 IN NS ns.{DOMAIN}.\n"
REVERSE = (
    f"{BACK.zone}. 5 IN SOA ns.{DOMAIN}. op.{DOMAIN}. 1 60 30 600 5\n{BACK.zone}. 5 IN NS ns.{DOMAIN}.\n"
)
PTR = Record(f"11.{BACK.zone}", "PTR", f"desk-1.{DOMAIN}")
A = Record("desk-1", "A", "203.0.113.11")
Played = list[tuple[str, Mapping[str, Any]]]
Plays = Callable[[PlayOutcome], Played]


class Elsewhere:
    """Nobody is asked from outside here."""

    def unanswered(self, asks: Sequence[object]) -> tuple[()]:
        """Say that everything answers."""
        return ()


def a_zone(how: ZoneWay = ZoneWay.FILES) -> PublishedZone:
    server = NameServer(
        name="ns",
        ssh=Ssh(user="netops", address=ip_address("198.51.100.5")),
        zone_file="/etc/zones/desk",
        how=how,
        authority=Authority(address=ip_address("198.51.100.5"), key="office")
        if how is ZoneWay.UPDATE
        else None,
    )
    resolvers = (ip_address("198.51.100.53"), ip_address("2001:db8:53::53"))
    names = Names(domain=DOMAIN, resolvers=resolvers, server=server, reverse=(BACK,))
    plan = a_migration_plan().model_copy(update={"names": names})
    return PublishedZone(plan, Place("lab", Elsewhere(), (), tsig=lambda _name: {}), lambda _event: None)


@pytest.fixture
def plays(monkeypatch: pytest.MonkeyPatch) -> Plays:
    """Has every play end like this, and keeps which were run."""

    def ending(outcome: PlayOutcome) -> Played:
        played: Played = []

        def play(book: str, _hosts: Sequence[object], given: Mapping[str, Any], **_: object) -> PlayOutcome:
            played.append((book, given))
            return outcome

        monkeypatch.setattr(zones, "play", play)
        return played

    return ending


def slurped(*texts: str | None) -> PlayOutcome:
    """What the play that reads files tells; None: this one could not be read."""
    items = [
        {"content": base64.b64encode(text.encode()).decode()}
        if text
        else {"msg": "file not found: it is gone"}
        for text in texts
    ]
    failed = {} if all(texts) else {"ns": "One or more items failed"}
    return PlayOutcome({"ns": {"results": items}}, failed=failed, counted=True)


def test_one_play_reads_every_zone(plays: Plays) -> None:
    played = plays(
        slurped(f"{FORWARD}desk-1.{DOMAIN}. 5 IN A 192.0.2.11\n", f"{REVERSE}{PTR.name}. 5 IN PTR x.\n")
    )

    found = whole(a_zone())

    assert played == [(zones.READ, {"names_paths": ["/etc/zones/desk", "/etc/zones/back"]})]
    assert {(each.kind, each.value) for each in found} >= {("A", "192.0.2.11"), ("PTR", "x.")}


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ((None, REVERSE), rf"the zone {DOMAIN} could not be read whole: ns: file not found"),
        ((FORWARD, None), rf"the zone {BACK.zone} could not be read whole: ns: file not found"),
        ((FORWARD, "what is this"), rf"the zone {BACK.zone} could not be read whole: the zone file"),
        ((FORWARD,), rf"the zone {BACK.zone} could not be read whole: ns: the file came without"),
    ],
)
def test_the_zone_that_cannot_be_read_is_named(
    plays: Plays, texts: tuple[str | None, ...], sentence: str
) -> None:
    plays(slurped(*texts))

    with pytest.raises(Unread, match=sentence):
        whole(a_zone())


def test_one_play_changes_every_zone_that_has_a_wish_in_their_order(plays: Plays) -> None:
    played = plays(PlayOutcome({"ns": {}}, counted=True))
    zone = a_zone()

    wrong = changed(
        zone, zone.plan.moves, [Wish((A,), (), 5), Wish((), (PTR,), 7, BACK), Wish((), (), 7, BACK)]
    )

    assert wrong == []
    [(book, given)] = played
    assert book == zones.CHANGE
    assert given["names_ttl"] == 7
    assert [
        (each["zone"], each["path"], len(each["publish"]), len(each["retire"]))
        for each in given["names_zones"]
    ] == [
        (DOMAIN, "/etc/zones/desk", 1, 0),
        (BACK.zone, "/etc/zones/back", 0, 1),
    ]


def test_nothing_is_played_where_nothing_is_wished_for(plays: Plays) -> None:
    played = plays(PlayOutcome())

    assert changed(a_zone(), (), [Wish((), (), 5)]) == []
    assert played == []


@pytest.mark.parametrize(("retire", "asked"), [((), [DOMAIN, BACK.zone]), ((PTR,), [DOMAIN])])
def test_after_an_update_that_went_wrong_nothing_is_taken_out_of_another_zone(
    monkeypatch: pytest.MonkeyPatch, retire: tuple[Record, ...], asked: list[str]
) -> None:
    seen: list[str] = []

    def ask(_door: object, _program: str, document: Mapping[str, Any], **_: object) -> Mapping[str, Any]:
        seen.append(document["zone"])
        if document["zone"] == DOMAIN:
            raise Invalid("refused")
        return {"denied": {}}

    monkeypatch.setattr(zones, "ask", ask)

    wrong = changed(a_zone(ZoneWay.UPDATE), (), [Wish((A,), (), 5), Wish((PTR,), retire, 5, BACK)])

    assert wrong == [f"{DOMAIN} was not updated: refused"]
    assert seen == asked
