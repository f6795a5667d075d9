"""The state that an earlier version left is read, gone on with, and changes nothing by itself.

`tests/data/state_of_cd36139` was written by the version of commit cd36139: an environment that it planned
and applied, its database of addresses (as SQL), moves of servers that were killed inside their second step,
and the move of a network that was killed before it heard whether its first host had confirmed.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from support.moving_network import Bench, HostsInMemory
from support.standing_servers import a_server

from cmp.clouds.memory import MemoryCloud
from cmp.model.journal import Journal, JournalState, Progress
from cmp.model.migration_journal import HostStanding, MigrationJournal, MoveState
from cmp.model.references import EnvironmentRef
from cmp.model.tags import COMPONENT, ROLE, WORKLOAD
from cmp.ports.bundle import Ports
from cmp.services.addresses import addressing
from cmp.services.migrating.carrying import carry as carry_network
from cmp.services.moves.carrying import Carrier, carry
from cmp.services.planning.planning import make_plan
from cmp.services.planning.since import since_applied
from cmp.settings import Layout
from cmp.store.file_ports import file_ports

LEFT = Path(__file__).parents[2] / "data" / "state_of_cd36139"
APPLIED = "15f6b4b1a6cf6727e4432cebd95f4230884e6f75dcda25c4cf737dc8f4a01188"

GONE = ("bj-a-k8s", "public")
"""That version gave a cluster a network in each zone and carried out none of them; now it has one."""


@pytest.fixture
def ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ports:
    """The state as it was left, below the folder in which that version was called."""
    shutil.copytree(LEFT, tmp_path / "left")
    monkeypatch.chdir(tmp_path / "left")
    for path in Path("state").rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    with sqlite3.connect("state/ipam.sqlite") as database:
        database.executescript(Path("state/ipam.sql").read_text(encoding="utf-8"))
    database.close()
    return file_ports(Layout(Path("state")))


def test_the_first_plan_afterwards_is_the_one_that_was_applied(ports: Ports) -> None:
    """Its search has changed since, so it is planned anew; what stands stays where it is."""
    made = make_plan(EnvironmentRef.of(Path("environment")), ports)

    applied = ports.applied.last("tiny")
    assert applied is not None
    assert applied.complete
    assert applied.plan.hash == APPLIED
    for kept in ("placements", "security_groups", "unplaced"):
        assert getattr(made, kept) == getattr(applied.plan, kept)
    assert made.networks == tuple(each for each in applied.plan.networks if (each.cloud, each.zone) != GONE)
    since = since_applied(made, ports)
    assert since is not None
    assert not any(since.rows.document.values())


def test_addresses_stay_as_they_were_given(ports: Ports) -> None:
    with ports.addresses.opened() as store:
        before = store.holdings()

    addressing.keep(make_plan(EnvironmentRef.of(Path("environment")), ports), ports)

    with ports.addresses.opened() as store:
        assert store.holdings() == tuple(each for each in before if each.name != "/".join(GONE))
    assert before


def test_moves_of_servers_go_on_from_the_step_that_was_begun(ports: Ports) -> None:
    (journal,) = ports.journals.all_of("test")
    assert [entry.progress for entry in journal.entries] == [Progress.DONE, Progress.BEGUN]
    cloud = a_cloud_half_way(journal)
    told: list[object] = []

    done = carry(journal, Carrier({cloud_of(journal): cloud.hosts}, ports.journals.save, told.append))

    assert done.state is JournalState.DONE
    assert ports.journals.named(journal.id) == done
    (full,) = [host for host in cloud.hosts.list() if host.guests]
    assert (full.name, len(full.guests)) == ("bj-a-kunpeng-4", 2)


def test_the_move_of_a_network_goes_on_from_what_its_hosts_say(ports: Ports) -> None:
    move = ports.migrations.of("test", "desk-net")
    plan, journal = move.plan(), move.kept(MigrationJournal)
    assert plan is not None
    assert journal is not None
    assert move.begun_by(journal.plan) == plan
    (asked,) = [entry for entry in journal.entries if entry.standing is HostStanding.CONFIRMING]
    bench = Bench(plan, HostsInMemory(changes={asked.token: "confirmed"}))

    done = carry_network(journal, bench.carrier())
    move.keep(done)

    assert done.state is MoveState.DONE
    assert {entry.standing for entry in done.entries} == {HostStanding.CONFIRMED}
    assert asked.token not in {token for tokens in bench.hosts.applied.values() for token in tokens}
    assert move.kept(MigrationJournal) == done


def test_a_plan_of_an_earlier_version_is_the_same_plan(ports: Ports) -> None:
    applied = ports.applied.last("test")

    assert applied is not None
    assert applied.plan.is_sealed
    assert ports.journals.all_of("test")[0].plan == applied.plan.hash


def cloud_of(journal: Journal) -> str:
    return journal.entries[0].step.cloud


def a_cloud_half_way(journal: Journal) -> MemoryCloud:
    """The cloud as the killed run left it: what was done stands where it went, the rest where it was."""
    pool = journal.entries[0].step.pool
    cloud = MemoryCloud(cloud_of(journal), {pool: 4})
    for entry in journal.entries:
        step = entry.step
        tagged = {WORKLOAD: step.workload or "", COMPONENT: step.component or "", ROLE: str(step.role)}
        place = step.to if entry.progress is Progress.DONE else step.host
        made = a_server(cloud, step.server or "", tagged, journal.environment, place or 0, pool)
        cloud.kept[str(entry.server)] = cloud.kept.pop(made)
    return cloud
