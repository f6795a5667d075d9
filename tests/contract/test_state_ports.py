"""Whoever keeps the state behaves the same: files, memory, SQLite, and PostgreSQL where there is one."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from support.address_stores import NOON
from support.moving_network import a_migration_plan, some_hosts
from support.small_plan import a_small_plan

from cmp.errors import Conflict, Invalid, Refused, TryLater
from cmp.model.actors import Actor, ActorKind
from cmp.model.apply_journal import ApplyJournal
from cmp.model.consent import Consent, Demand, Revoked
from cmp.model.destroy_journal import DestroyJournal
from cmp.model.journal import Journal, JournalState
from cmp.model.migration_journal import MigrationJournal, MoveState
from cmp.model.moves import Purpose
from cmp.model.named_file import NamedFile
from cmp.ports.bundle import Ports
from cmp.ports.fencing import fenced
from cmp.ports.keys import Standing, fingerprint
from cmp.ports.leases import Asked
from cmp.settings import Layout
from cmp.store.database import Database
from cmp.store.keys import is_signed
from cmp.store.sql import url_of
from cmp.store.sql_leases import SqlLeases
from cmp.store.sql_ports import sql_ports

LI = Actor("li@example", display="Li")
PLAN = a_small_plan()


def a_journal(name: str = "rebalance-1", environment: str = "test", began: str = "2026-11-24") -> Journal:
    return Journal(
        id=name,
        environment=environment,
        plan="0" * 64,
        purpose=Purpose.REBALANCE,
        subject="",
        began=began,
        entries=(),
    )


def an_apply_journal(run: str = "one", environment: str = "test") -> ApplyJournal:
    return ApplyJournal(id="apply-1", environment=environment, plan="0" * 64, run=run, began="2026-11-24")


def a_removal() -> DestroyJournal:
    return DestroyJournal(id="destroy-1", environment="test", run="one", began="2026-12-01")


def a_consent(name: str, environment: str = "test", hour: int = 8) -> Consent:
    begun = NOON.replace(hour=hour)
    return Consent(
        id=name,
        environment=environment,
        about="a" * 64,
        by="wang@example",
        kind=ActorKind.PERSON,
        at=begun,
        until=begun + timedelta(hours=9),
    ).sealed()


def a_move(state: MoveState = MoveState.UNDER_WAY) -> MigrationJournal:
    return MigrationJournal(
        id="move-1",
        environment="test",
        network="desk-net",
        plan="0" * 64,
        began="2026-11-24",
        place="lab",
        state=state,
    )


def asked(environment: str = "test", run: str = "one", command: str = "apply") -> Asked:
    return Asked(environment, LI, command, run, NOON)


def test_a_plan_is_found_again_byte_for_byte(ports: Ports) -> None:
    assert ports.plans.latest("test") is None

    name = ports.plans.keep(PLAN)

    found = ports.plans.latest("test")
    assert found is not None
    assert found.to_json() == PLAN.to_json()
    assert ports.plans.named(name) == PLAN
    assert name == ports.plans.name_of("test")
    assert ports.plans.latest("other") is None


def test_what_lies_beside_the_latest_plan_is_not_the_latest(ports: Ports) -> None:
    name = ports.plans.keep(PLAN, "maintain")

    assert ports.plans.latest("test") is None
    assert ports.plans.named(name) == PLAN
    assert name == ports.plans.name_of("test", "maintain")


def test_a_plan_that_is_not_there_is_refused(ports: Ports) -> None:
    with pytest.raises(Invalid):
        ports.plans.named(ports.plans.name_of("nothing"))


def test_what_was_applied_is_remembered_until_it_is_taken_down(ports: Ports) -> None:
    assert ports.applied.last("test") is None

    ports.applied.record(PLAN, complete=False)
    half = ports.applied.last("test")
    ports.applied.record(PLAN, complete=True)
    whole = ports.applied.last("test")
    ports.applied.forget("test")
    ports.applied.forget("test")

    assert half is not None
    assert whole is not None
    assert (half.complete, whole.complete) == (False, True)
    assert whole.plan.to_json() == PLAN.to_json()
    assert ports.applied.last("test") is None


def test_how_far_a_plan_has_come_is_remembered_until_it_is_taken_down(ports: Ports) -> None:
    assert ports.applied.journal("test") is None

    ports.applied.keep_journal(an_apply_journal())
    ports.applied.keep_journal(an_apply_journal("two"))
    ports.applied.keep_journal(an_apply_journal(environment="other"))

    assert ports.applied.journal("test") == an_apply_journal("two")
    assert ports.applied.last("test") is None
    ports.applied.forget("test")
    assert ports.applied.journal("test") is None
    assert ports.applied.journal("other") == an_apply_journal(environment="other")


def test_how_far_taking_down_has_come_outlives_what_was_applied(ports: Ports) -> None:
    assert ports.applied.removal("test") is None
    journal = a_removal()

    ports.applied.keep_removal(journal)
    ports.applied.keep_removal(journal.model_copy(update={"run": "two"}))
    ports.applied.forget("test")

    found = ports.applied.removal("test")
    assert found is not None
    assert found.run == "two"
    assert ports.applied.journal("test") is ports.applied.removal("other") is None


def test_consents_are_kept_by_environment_the_oldest_first(ports: Ports) -> None:
    newer, older = a_consent("consent-1", hour=9), a_consent("consent-2", hour=8)
    for each in (newer, older, a_consent("consent-3", environment="other")):
        ports.consents.keep(each)
    assert ports.consents.demand("test") is None

    taken = Revoked(by="li@example", at=NOON)
    ports.consents.keep(gone := newer.model_copy(update={"revoked": taken}).sealed())
    ports.consents.keep_demand(Demand(environment="test", on=True, by="li@example", at=NOON))
    ports.consents.keep_demand(off := Demand(environment="test", on=False, by="li@example", at=NOON))

    assert ports.consents.of("test") == (older, gone)
    assert ports.consents.of("nowhere") == ()
    assert ports.consents.demand("test") == off
    assert ports.consents.demand("other") is None


def test_journals_are_listed_by_environment_and_found_by_id(ports: Ports) -> None:
    older, newer = a_journal("rebalance-2", began="2026-11-23"), a_journal()
    for journal in (newer, older, a_journal("rebalance-3", environment="other")):
        ports.journals.save(journal)

    ports.journals.save(done := older.model_copy(update={"state": JournalState.DONE}))

    assert ports.journals.all_of("test") == (done, newer)
    assert ports.journals.named("rebalance-2") == done
    assert ports.journals.all_of("nowhere") == ()
    with pytest.raises(Invalid, match="no journal rebalance-9") as refusal:
        ports.journals.named("rebalance-9")
    assert refusal.value.hint == "known: rebalance-1, rebalance-2, rebalance-3"


def test_a_move_is_taken_back_by_the_plan_that_began_it(ports: Ports) -> None:
    move = ports.migrations.of("test", "desk-net")
    first, second = a_migration_plan(some_hosts(1)), a_migration_plan(some_hosts(2))
    assert move.plan() is None

    move.keep_plan(first)
    move.keep_plan(second)

    again = ports.migrations.of("test", "desk-net")
    assert again.plan() == second
    assert again.begun_by(first.hash) == first
    with pytest.raises(Invalid):
        again.begun_by("f" * 64)
    assert ports.migrations.of("test", "other-net").plan() is None


def test_the_documents_of_a_move_are_kept_by_their_kind(ports: Ports) -> None:
    move = ports.migrations.of("test", "desk-net")
    assert move.kept(MigrationJournal) is None

    move.keep(a_move())
    move.keep(a_move(MoveState.STOPPED))

    assert ports.migrations.of("test", "desk-net").kept(MigrationJournal) == a_move(MoveState.STOPPED)


def test_parts_of_a_move_are_bytes_by_their_names_until_they_are_forgotten(ports: Ports) -> None:
    move = ports.migrations.of("test", "desk-net")
    assert move.part("acceptance/page.html") is None
    move.forget_part("acceptance/page.html")

    for content in (b"first", b"", b"\x00\xff last"):
        move.keep_part(NamedFile("acceptance/page.html", content))
        assert ports.migrations.of("test", "desk-net").part("acceptance/page.html") == content
    assert move.part("page.html") is ports.migrations.of("test", "other").part("acceptance/page.html") is None
    assert "page.html" in move.where("acceptance/page.html")

    move.forget_part("acceptance/page.html")
    assert ports.migrations.of("test", "desk-net").part("acceptance/page.html") is None


def test_parts_of_a_move_are_those_of_everybody_who_shares_the_state(shared: str, tmp_path: Path) -> None:
    here, there = (sql_ports(shared, Layout(tmp_path / each)).migrations.of("test", "net") for each in "ab")
    (tmp_path / "a/migrations/test/net").mkdir(parents=True, mode=0o700)
    Path(here.where("known_hosts")).write_bytes(b"as an earlier version kept it")
    assert (here.part("known_hosts"), there.part("known_hosts")) == (b"as an earlier version kept it", None)

    there.keep_part(NamedFile("known_hosts", b"new"))
    assert here.part("known_hosts") == Path(there.where("known_hosts")).read_bytes() == b"new"

    there.forget_part("known_hosts")
    assert here.part("known_hosts") is None, "a copy of one machine brings nothing back"


def test_old_packs_are_still_believed_after_a_new_key(ports: Ports) -> None:
    assert ports.keys.known() == ()
    first = ports.keys.signer()
    signature = first.sign(b"a pack")

    name = ports.keys.rotate()

    known = {each.fingerprint: each for each in ports.keys.known()}
    assert {name: key.standing for name, key in known.items()} == {
        name: Standing.OWN,
        fingerprint(first.public): Standing.RETIRED,
    }
    assert is_signed(b"a pack", signature, known[fingerprint(first.public)].public)
    assert fingerprint(ports.keys.signer().public) == name


def test_an_environment_is_lent_to_one_and_others_to_others(ports: Ports) -> None:
    with ports.leases.held(asked()) as first:
        with pytest.raises(Conflict, match="`apply test`"), ports.leases.held(asked(run="two")):
            pass
        with ports.leases.held(asked("other", "three")) as other:
            ports.leases.refuse_lost(first)
            ports.leases.refuse_lost(other)
    with ports.leases.held(asked(run="four")) as later:
        assert (first.number, later.number) == (1, 2)
        assert later.left_by is None


def test_what_a_lost_lease_still_wants_to_record_is_refused(ports: Ports) -> None:
    with ports.leases.held(asked()) as lost:
        pass
    with ports.leases.held(asked(run="two")) as lease:
        late, now = fenced(ports, lost), fenced(ports, lease)
        now.applied.record(PLAN, complete=True)
        now.journals.save(a_journal())
        now.migrations.of("test", "desk-net").keep(a_move())
        for act in (
            lambda: late.applied.record(PLAN, complete=False),
            lambda: late.applied.forget("test"),
            lambda: late.applied.keep_journal(an_apply_journal()),
            lambda: late.journals.save(a_journal("late")),
            lambda: late.migrations.of("test", "desk-net").keep(a_move(MoveState.STOPPED)),
            lambda: late.applied.keep_removal(a_removal()),
            lambda: late.migrations.of("test", "desk-net").keep_part(NamedFile("page.html", b"")),
            lambda: late.migrations.of("test", "desk-net").forget_part("page.html"),
            lambda: late.migrations.of("test", "desk-net").keep_plan(a_migration_plan(some_hosts(1))),
        ):
            with pytest.raises(Conflict, match="lent to somebody else"):
                act()

    found = ports.applied.last("test")
    assert found is not None
    assert found.complete
    assert ports.journals.all_of("test") == (a_journal(),)
    assert ports.migrations.of("test", "desk-net").kept(MigrationJournal) == a_move()


def test_clusters_are_known_by_what_they_said_of_themselves(ports: Ports) -> None:
    assert ports.clusters.known() == {}

    ports.clusters.remember({"bj-a-k8s": "one", "gy-c-k8s": "two"})
    ports.clusters.remember({"bj-a-k8s": "another"})

    assert ports.clusters.known() == {"bj-a-k8s": "another", "gy-c-k8s": "two"}


def test_who_is_not_heard_of_loses_what_was_lent(shared: str, tmp_path: Path) -> None:
    database = Database(url_of(shared, tmp_path))
    silent, second = SqlLeases(database, patience=1e9), SqlLeases(database, patience=0)

    with silent.held(asked(command="apply")) as paused:
        with second.held(asked(run="two")) as lease:
            assert lease.number == paused.number + 1
            assert lease.left_by is not None
            assert lease.left_by.command == "apply test"
            with pytest.raises(Conflict, match=r"\(lease 2, ours is 1\)"):
                silent.refuse_lost(paused)
        second.refuse_lost(lease)
    with second.held(asked(run="three")) as third:
        assert third.number == 3


def test_the_private_part_of_a_key_is_in_no_database(shared: str, tmp_path: Path) -> None:
    ports = sql_ports(shared, Layout(tmp_path / "state"))
    ports.keys.signer()

    file = tmp_path / "state" / "keys" / "acceptance.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    engine = create_engine(url_of(shared, tmp_path))
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM state_key")).all()
    engine.dispose()
    assert rows
    assert b"PRIVATE" not in b"".join(bytes(row.public) for row in rows)


def test_two_that_come_first_make_one_state(shared: str, tmp_path: Path) -> None:
    one, other = (sql_ports(shared, Layout(tmp_path / name)) for name in ("one", "other"))

    one.plans.keep(PLAN)

    assert other.plans.latest("test") == PLAN


def test_a_state_of_a_newer_version_is_left_alone(shared: str, tmp_path: Path) -> None:
    sql_ports(shared, Layout(tmp_path)).plans.keep(PLAN)
    engine = create_engine(url_of(shared, tmp_path))
    with engine.begin() as connection:
        connection.execute(text("UPDATE state_version SET version_num = 'later'"))
    engine.dispose()

    with pytest.raises(Refused, match="layout 'later'"):
        sql_ports(shared, Layout(tmp_path)).plans.latest("test")


def test_a_database_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    ports = sql_ports(f"postgresql:///x?host={tmp_path}", Layout(tmp_path))

    with pytest.raises(TryLater, match="the state in postgresql.* cannot be used"):
        ports.applied.record(PLAN, complete=True)


def test_a_state_that_somebody_changed_is_refused(shared: str, tmp_path: Path) -> None:
    ports = sql_ports(shared, Layout(tmp_path))
    ports.plans.keep(PLAN)
    engine = create_engine(url_of(shared, tmp_path))
    with engine.begin() as connection:
        torn = PLAN.to_json()[:-100]
        connection.execute(text("UPDATE state_plan SET content = :torn"), {"torn": torn})
    engine.dispose()

    with pytest.raises(Invalid, match="state:test is no plan"):
        ports.plans.latest("test")
