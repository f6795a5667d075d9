"""Passwords of sudo and keys of name servers come by reference, reach whom they are for and stand nowhere."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from support.at_hand import means_at
from support.builders import a_network_host, a_private_network, an_environment
from support.moving_network import a_migration_plan, some_hosts
from support.searching import everything_with, is_in

from cmp.model.happenings import Event
from cmp.model.migration_journal import MigrationJournal
from cmp.model.name_servers import Authority, NameServer, ZoneWay
from cmp.model.network import Names
from cmp.model.ssh import Ssh, SshWays
from cmp.network.measurement.naming import Record
from cmp.services.migrating import assessing, zones
from cmp.services.migrating.migrating import hand_over
from cmp.services.migrating.outside import Elsewhere
from cmp.services.migrating.place import Place
from cmp.services.migrating.planning import Planned
from cmp.services.migrating.zones import PublishedZone, Unread, Wish
from cmp.store.event_lines import event_lines
from cmp.store.secret_keepers import SecretsHere

pytestmark = pytest.mark.lab

PASSWORD, TSIG = "sudo-Zq9xKm42-pläin", "dHNpZyBvZiB0aGUgb2ZmaWNlLCBwbGFudGVk"
NOBODY = ip_address("127.0.0.1")
CLOSED = 9
KEY = f'key "office" {{ algorithm hmac-sha256; secret "{TSIG}"; }};'


def test_what_a_move_is_told_of_secrets_is_kept_and_told_nowhere(tmp_path: Path) -> None:
    secrets = SecretsHere({"XDG_CONFIG_HOME": str(tmp_path / "home")})
    secrets.keep("secret://sudo/office", PASSWORD)
    secrets.keep("secret://tsig/office", KEY)
    revealed: list[str] = []

    def reveal(reference: str) -> str:
        revealed.append(reference)
        return secrets.reveal(reference)

    means = means_at(tmp_path / "state")
    events = event_lines(tmp_path / "events", means.watch, "run", means.now)
    ways = SshWays(sudo_password="secret://sudo/office", connect_timeout=1)  # noqa: S106 - a reference
    place = Place("real", Elsewhere(()), (), ways=ways, reveal=reveal)
    kept = means.ports.migrations.of("test", "desk-net")
    hosts = (a_network_host("desk-1", "192.0.2.11/24", ssh=Ssh(user="nobody", address=NOBODY, port=CLOSED)),)
    private = a_private_network("desk-net", ssh=ways)

    matrix, facts = assessing.assess("test", private, hosts, place, datetime.now(UTC))  # noqa: TID251 - a real look
    for part in assessing.written(matrix, facts, {}):
        kept.keep_part(part)
    events.event(Event("host-refused", "desk-1", {"why": matrix.rows[0].blocks[0]}))
    told = [str(matrix), repr(place), *updated(place)]
    plan = a_migration_plan(some_hosts(1))
    journal = MigrationJournal(
        id="move", environment="test", network="desk-net", plan=plan.hash, began="2026-01-01", place="real"
    )
    kept.keep(journal)
    hand_over(Planned(plan, an_environment(), kept), journal, means.ports)

    assert {"secret://sudo/office", "secret://tsig/office"} <= set(revealed)
    assert not [text for text in told if is_in(text, PASSWORD) or is_in(text, TSIG)]
    assert not [*everything_with(tmp_path, PASSWORD), *everything_with(tmp_path, TSIG)]
    assert [*everything_with(tmp_path, "desk-1")], "what was kept is searched"
    assert json.loads((tmp_path / "events").read_text().splitlines()[0])["kind"] == "host-refused"


def updated(place: Place) -> list[str]:
    """What is said while nobody answers updates and transfers that are signed by the key."""
    server = NameServer(
        name="ns",
        how=ZoneWay.UPDATE,
        authority=Authority(address=NOBODY, port=CLOSED, key="secret://tsig/office"),
    )
    plan = a_migration_plan(some_hosts(1)).model_copy(
        update={"names": Names(domain="office.example", resolvers=(NOBODY,), server=server)}
    )
    zone = PublishedZone(plan, place, lambda _event: None)
    said = zones.changed(zone, plan.moves, [Wish((Record("desk-1", "A", "192.0.2.11"),), (), 60)])
    assert said
    with pytest.raises(Unread) as unread:
        zones.whole(zone)
    return [*said, str(unread.value)]
