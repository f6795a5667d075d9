"""What keeps the state may be full, read-only or torn: one sentence, nothing lost; a sleeper is refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from time import monotonic

import pytest
from support.address_stores import NOON
from support.needs import needs_mounts
from support.small_plan import a_small_plan

from cmp.errors import Conflict, Invalid, TryLater
from cmp.model.actors import Actor
from cmp.ports.fencing import fenced
from cmp.ports.leases import Asked, Lease, Leases
from cmp.settings import Layout
from cmp.store.database import Database
from cmp.store.file_ports import file_ports
from cmp.store.lease_files import FileLeases
from cmp.store.sql import url_of
from cmp.store.sql_leases import SqlLeases
from cmp.store.sql_ports import sql_ports

DEADLINE = 60
PATIENCE = 2.0
"""Seconds without a heartbeat after which a holder has lost what it held, in these tests."""

PREAMBLE = """
import json, os, subprocess, sys
from pathlib import Path
from cmp.errors import CmpError
from cmp.model.actors import Actor, ActorKind
from cmp.model.audit import AskedFor, AuditEntry, Ended
from cmp.model.journal import Journal
from cmp.model.moves import Purpose
from cmp.model.references import EnvironmentRef
from cmp.settings import Layout
from cmp.store.file_ports import file_ports
from cmp.store.sql_ports import sql_ports
from support.small_plan import a_small_plan

disk, kind = Path(sys.argv[1]), sys.argv[2]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m,mode=700", "none", disk], check=True)
state = disk / "state"
layout = Layout(state)
ports = file_ports(layout) if kind == "files" else sql_ports(f"sqlite:///{disk}/state.sqlite", layout)
plan = a_small_plan()
asked = AskedFor(actor="li", kind=ActorKind.PERSON, environment="test", command="apply", run="r")
def entry(number): return AuditEntry(number=0, at=str(number), asked=asked, ended=Ended.BEGUN)
def journal(subject): return Journal(id="one", environment="test", plan="0" * 64, purpose=Purpose.REBALANCE,
                                     subject=subject, began="2026-11-24", entries=())
loaded = ports.environments.load(EnvironmentRef.of(sys.argv[3]))
def writes(number):
    yield "plan", lambda: ports.plans.keep(plan)
    yield "applied", lambda: ports.applied.record(plan, complete=bool(number))
    yield "journal", lambda: ports.journals.save(journal(str(number)))
    yield "clusters", lambda: ports.clusters.remember({"a": str(number)})
    yield "audit", lambda: ports.audit.add(entry(number))
    yield "environment", lambda: ports.environments.keep(EnvironmentRef.of(sys.argv[3]), loaded)
def told(act):
    try:
        act()
    except CmpError as error:
        return [type(error).__name__, str(error)]
    return ["done", ""]
def read():
    assert ports.plans.latest("test").to_json() == plan.to_json()
    assert ports.applied.last("test").plan.to_json() == plan.to_json()
    found = ports.journals.all_of("test")
    entries = ports.audit.entries()
    return [found[0].subject, ports.clusters.known()["a"], len(entries)]
for name, act in writes(0):
    act()
"""

FULL = (
    PREAMBLE
    + """
found = []
for left in (0, 4096, 16384, 65536):
    room = os.statvfs(disk)
    size = room.f_bavail * room.f_frsize - left
    filler = disk / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)
    during = {name: told(act) for name, act in writes(left + 1)}
    filler.unlink()
    after = read()
    again = {name: told(act)[0] for name, act in writes(left + 2)}
    found.append([left, during, after, again])
print(json.dumps(found))
"""
)

READ_ONLY = (
    PREAMBLE
    + """
before = read()
subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
during = {name: told(act) for name, act in writes(1)}
try:
    looked = read()
except CmpError as error:
    looked = [type(error).__name__, str(error)]
subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
print(json.dumps([before, during, looked, read()]))
"""
)

HOLDER = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from cmp.errors import Conflict
from cmp.model.actors import Actor
from cmp.ports.fencing import fenced
from cmp.ports.leases import Asked
from cmp.settings import Layout
from cmp.store.database import Database
from cmp.store.sql import url_of
from cmp.store.sql_leases import SqlLeases
from cmp.store.sql_ports import sql_ports
from dataclasses import replace
from support.small_plan import a_small_plan

url, state, patience = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
ports = sql_ports(url, Layout(state))
ports = replace(ports, leases=SqlLeases(Database(url_of(url, state)), patience))
asked = Asked("test", Actor("paused@example"), "apply", "paused", datetime(2026, 11, 24, tzinfo=UTC))
with ports.leases.held(asked) as lease:
    print(lease.number, flush=True)
    sys.stdin.readline()
    try:
        fenced(ports, lease).applied.record(a_small_plan(), complete=False)
    except Conflict as error:
        print(f"refused: {error}", flush=True)
    else:
        print("recorded", flush=True)
"""


def ran(script: str, root: Path, *arguments: object) -> object:
    """What a script prints that may mount whatever it likes."""
    inner = ["unshare", "--mount", "--propagation", "private", sys.executable, "-P", "-c", script]
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join([str(root), str(root / "tests")])}
    ended = subprocess.run(
        [*inner, *map(str, arguments)],
        cwd=root,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    (folder := tmp_path / "disk").mkdir()
    return folder


@needs_mounts()
@pytest.mark.parametrize("kind", ["files", "sqlite"])
def test_on_a_full_disk_each_write_is_one_sentence_and_nothing_is_lost(
    kind: str, root: Path, disk: Path
) -> None:
    found = ran(FULL, root, disk, kind, root / "inventories" / "starter")

    assert isinstance(found, list)
    sentences = [told for _, during, _, _ in found for told in during.values()]
    assert {how for how, _ in sentences} <= {"done", "TryLater"}
    assert "TryLater" in {how for how, _ in sentences}
    assert all("the disk is full" in told for how, told in sentences if how == "TryLater")
    assert {how for _, _, _, again in found for how in again.values()} == {"done"}
    for left, during, (subject, cluster, _), _ in found:
        assert (subject == str(left + 1)) == (during["journal"][0] == "done")
        assert (cluster == str(left + 1)) == (during["clusters"][0] == "done")


@needs_mounts()
@pytest.mark.parametrize("kind", ["files", "sqlite"])
def test_on_a_read_only_disk_each_write_is_one_sentence_and_nothing_is_lost(
    kind: str, root: Path, disk: Path
) -> None:
    found = ran(READ_ONLY, root, disk, kind, root / "inventories" / "starter")

    assert isinstance(found, list)
    before, during, looked, after = found
    kept = {"environment"}  # what is the newest already is not written again
    assert {how for name, (how, _) in during.items() if name not in kept} == {"TryLater"}, during
    assert before == after
    assert looked == before or (looked[0] == "TryLater" and "cannot be used" in looked[1])


@contextmanager
def a_holder(url: str, state: Path, root: Path) -> Iterator[subprocess.Popen[str]]:
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join([str(root), str(root / "tests")])}
    command = [sys.executable, "-P", "-c", HOLDER, url, str(state), str(PATIENCE)]
    with subprocess.Popen(command, cwd=root, env=surroundings, stdin=PIPE, stdout=PIPE, text=True) as holder:
        try:
            yield holder
        finally:
            holder.kill()


def line_of(holder: subprocess.Popen[str]) -> str:
    assert holder.stdout is not None
    return holder.stdout.readline().strip()


@contextmanager
def lent_at_last(leases: Leases, asked: Asked) -> Iterator[Lease]:
    """Ask until it is lent: its holder does not tell any more that it lives."""
    end = monotonic() + DEADLINE
    while True:
        held = leases.held(asked)
        try:
            lease = held.__enter__()
            break
        except Conflict:
            assert monotonic() < end
    try:
        yield lease
    finally:
        held.__exit__(None, None, None)


def test_a_paused_holder_that_wakes_is_refused_by_its_number(shared: str, tmp_path: Path, root: Path) -> None:
    ports = sql_ports(shared, Layout(tmp_path / "state"))
    leases = SqlLeases(Database(url_of(shared, tmp_path)), PATIENCE)
    asked = Asked("test", Actor("li@example"), "apply", "second", NOON)
    plan = a_small_plan()
    with a_holder(shared, tmp_path / "other", root) as holder:
        number = int(line_of(holder))
        with pytest.raises(Conflict, match="paused@example"), leases.held(asked):
            pass

        holder.send_signal(signal.SIGSTOP)
        with lent_at_last(leases, asked) as lease:
            fenced(ports, lease).applied.record(plan, complete=True)
            holder.send_signal(signal.SIGCONT)
            assert holder.stdin is not None
            holder.stdin.write("go on\n")
            holder.stdin.flush()
            told = line_of(holder)

    assert lease.number == number + 1
    assert lease.left_by is not None
    assert told.startswith("refused: ")
    assert f"(lease {lease.number}, ours is {number})" in told
    found = ports.applied.last("test")
    assert found is not None
    assert found.complete


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    file.write_bytes(b"torn" * 4096)
    ports = sql_ports(f"sqlite:///{file}", Layout(tmp_path / "state"))

    acts: tuple[Callable[[], object], ...] = (
        lambda: ports.plans.latest("test"),
        lambda: ports.plans.keep(a_small_plan()),
    )
    for act in acts:
        with pytest.raises(TryLater, match="is no database"):
            act()
    assert file.read_bytes() == b"torn" * 4096


def test_a_torn_number_of_a_lease_lends_nothing(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    asked = Asked("test", Actor("li@example"), "apply", "one", NOON)
    with FileLeases(layout).held(asked):
        pass
    layout.lease("test").with_suffix(".number").write_text("")

    with pytest.raises(Invalid, match="holds no number"), file_ports(layout).leases.held(asked):
        pass
