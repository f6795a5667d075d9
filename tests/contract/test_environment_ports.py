"""Whoever keeps environments behaves the same: of two that make one, one does, and looking writes nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest
from sqlalchemy import create_engine, inspect, text

from cmp.errors import Conflict, Invalid, Refused
from cmp.installation import HERE
from cmp.model.actors import ActorKind
from cmp.model.audit import AskedFor, AuditEntry, Ended
from cmp.model.references import EnvironmentRef
from cmp.ports.bundle import Ports
from cmp.settings import Layout
from cmp.store.sql import url_of
from cmp.store.sql_ports import sql_ports

LAB = EnvironmentRef.of(HERE.shipped("inventories/lab"))
"""It extends another one."""
STARTER = EnvironmentRef.of(HERE.shipped("inventories/starter"))
ASKED = AskedFor(actor="li@example", kind=ActorKind.PERSON, environment="lab", command="apply", run="r")
ENTRY = AuditEntry(number=0, at="2026-11-24T08:00:00+00:00", asked=ASKED, ended=Ended.BEGUN)

BEGINNING = """
import sys
from pathlib import Path
from cli.main import run
sys.argv = ["tricenter", "--state", sys.argv[1], *(["--store", sys.argv[2]] if sys.argv[2] else []),
            "init", sys.argv[3], "--name", "mine"]
print("ready", flush=True)
sys.stdin.readline()
run()
"""


def test_what_is_read_of_an_environment_that_is_kept_is_what_was_declared(ports: Ports) -> None:
    declared = ports.environments.load(LAB)

    kept = ports.environments.keep(LAB, declared)
    again = ports.environments.keep(LAB, declared)

    found = ports.environments.load(kept)
    assert kept == again
    assert kept.revision == declared.revision == found.revision
    assert (found.environment, found.sources) == (declared.environment, declared.sources)
    assert not kept.is_stored or all(note.file.startswith(str(kept)) for note in found.notes)


def test_every_change_is_a_revision_and_older_ones_are_found_again(shared: str, tmp_path: Path) -> None:
    ports = sql_ports(shared, Layout(tmp_path / "state"))
    folder = tmp_path / "mine"
    first = ports.environments.create(EnvironmentRef.of(folder), ports.environments.load(STARTER).files)
    header = folder / "environment.yaml"
    ref = ports.environments.keep(EnvironmentRef.of(folder), first)

    header.write_bytes(header.read_bytes() + b"# changed\n")
    changed = ports.environments.load(EnvironmentRef.of(folder))
    newer = ports.environments.keep(EnvironmentRef.of(folder), changed)

    name = first.environment.name
    assert ports.environments.revisions(name) == (ref, newer)
    assert ports.environments.load(EnvironmentRef.of(f"state:{name}")).revision == newer.revision
    assert ports.environments.load(EnvironmentRef(ref.name, ref.revision[:12])).revision == ref.revision
    assert ports.environments.found_again("elsewhere/folder", name) == EnvironmentRef(f"state:{name}")
    with pytest.raises(Invalid, match="has no revision"):
        ports.environments.load(EnvironmentRef(ref.name, "0" * 64))
    with pytest.raises(Refused, match="kept already"):
        ports.environments.create(EnvironmentRef(ref.name), first.files)


@pytest.mark.parametrize("name", ["/etc/passwd", "a/../../b", "..", "x\0y"])
def test_no_name_of_a_file_leads_out_of_an_environment(shared: str, tmp_path: Path, name: str) -> None:
    ports = sql_ports(shared, Layout(tmp_path / "state"))
    files = {**ports.environments.load(STARTER).files, name: b"x"}

    with pytest.raises(Invalid, match="no name of a file"):
        ports.environments.create(EnvironmentRef.of("state:starter"), files)

    assert ports.environments.revisions("starter") == ()


def test_a_revision_that_somebody_changed_is_refused(shared: str, tmp_path: Path) -> None:
    ports = sql_ports(shared, Layout(tmp_path / "state"))
    kept = ports.environments.keep(STARTER, ports.environments.load(STARTER))
    engine = create_engine(url_of(shared, tmp_path))
    with engine.begin() as connection:
        connection.execute(text("UPDATE state_environment SET content = :torn"), {"torn": b'{"a": "YQ=="}'})
    engine.dispose()

    with pytest.raises(Invalid, match="was changed after it was kept"):
        ports.environments.load(kept)


@pytest.mark.parametrize("where", ["folder", "state"])
def test_of_two_processes_that_make_the_same_environment_one_does(
    where: str, shared: str, tmp_path: Path, root: Path
) -> None:
    target = str(tmp_path / "new") if where == "folder" else "state:mine"
    store = "" if where == "folder" else shared
    command = [sys.executable, "-P", "-c", BEGINNING, str(tmp_path / "state"), store, target]
    both = [
        subprocess.Popen(command, cwd=root, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True) for _ in range(2)
    ]
    for each in both:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    ended = [each.communicate("go\n", timeout=120) for each in both]

    assert sorted(each.returncode for each in both) == [0, Refused.exit_code], ended
    ports = sql_ports(store, Layout(tmp_path / "state")) if store else None
    ref = EnvironmentRef.of(target)
    found = (ports or sql_ports(shared, Layout(tmp_path / "state"))).environments.load(ref)
    assert found.environment.name == "mine"


def test_who_only_looks_makes_no_tables(shared: str, tmp_path: Path) -> None:
    ports = sql_ports(shared, Layout(tmp_path / "state"))

    assert ports.plans.latest("lab") is None
    assert ports.applied.last("lab") is None
    assert ports.journals.all_of("lab") == ()
    assert ports.migrations.of("lab", "desk-net").plan() is None
    assert ports.keys.known() == ()
    assert ports.clusters.known() == {}
    assert ports.audit.entries() == ()
    assert ports.environments.revisions("lab") == ()
    with ports.addresses.opened() as store:
        assert store.holdings() == ()
        assert store.kept_back() == ()

    assert not (tmp_path / "state.sqlite").exists()
    assert not (tmp_path / "state").exists()
    if shared.startswith("postgresql"):
        engine = create_engine(url_of(shared, tmp_path))
        assert inspect(engine).get_table_names() == []
        engine.dispose()


def test_the_audit_of_all_is_one_chain(ports: Ports) -> None:
    first = ports.audit.add(ENTRY)
    second = ports.audit.add(ENTRY.model_copy(update={"ended": Ended.DONE}))

    assert ports.audit.entries() == (first, second)
    assert (first.number, second.number, second.previous) == (1, 2, first.hash)


def test_a_line_that_is_taken_out_of_the_audit_is_missed(shared: str, tmp_path: Path) -> None:
    one, other = (sql_ports(shared, Layout(tmp_path / name)) for name in ("one", "other"))
    for ports in (one, other, one):
        ports.audit.add(ENTRY.model_copy(update={"at": str(ports is one)}))
    engine = create_engine(url_of(shared, tmp_path))
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM state_audit WHERE number = 2"))
    engine.dispose()

    with pytest.raises(Invalid, match="entry 3 does not follow"):
        one.audit.entries()


def remember_and_come_second(ports: Ports) -> None:
    with ports.together():
        ports.clusters.remember({"bj-a-k8s": "another"})
        assert ports.clusters.known() == {"bj-a-k8s": "another"}
        raise Conflict("somebody came first")


def test_what_is_written_together_is_written_whole_or_not_at_all(shared: str, tmp_path: Path) -> None:
    ports = sql_ports(shared, Layout(tmp_path / "state"))
    ports.clusters.remember({"bj-a-k8s": "one"})

    with pytest.raises(Conflict):
        remember_and_come_second(ports)

    assert ports.clusters.known() == {"bj-a-k8s": "one"}


def test_a_state_of_the_layout_before_is_brought_to_this_one(shared: str, tmp_path: Path) -> None:
    sql_ports(shared, Layout(tmp_path)).clusters.remember({"bj-a-k8s": "one"})
    engine = create_engine(url_of(shared, tmp_path))
    with engine.begin() as connection:
        for table in ("environment", "audit", "consent", "demand"):
            connection.execute(text(f"DROP TABLE state_{table}"))
        connection.execute(text("UPDATE state_version SET version_num = 'second'"))
    engine.dispose()

    ports = sql_ports(shared, Layout(tmp_path))
    assert ports.clusters.known() == {"bj-a-k8s": "one"}
    assert ports.audit.add(ENTRY).number == 1
