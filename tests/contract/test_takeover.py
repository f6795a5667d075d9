"""What a process was at goes on without it: killed, or frozen and woken; several share one database."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from support.address_stores import a_postgres
from support.killed_service import url_in
from support.needs import needs
from support.service_parts import an_operation, prepared

from cmp.model.operations import OperationRecord, OperationState
from cmp.operations.database import ServiceDatabase
from cmp.operations.durable import DurableOperations
from cmp.operations.executors import PATIENCE, Executors
from lab.processes import wait_until
from toolchain.system_packages import POSTGRES

pytestmark = pytest.mark.timeout(600)

TESTS = Path(__file__).resolve().parents[1]
SOON = 240
SECONDS = 2
STEPS = ("foresee", "apply", "verify")
POSTGRESQL = pytest.param("postgresql", marks=needs(POSTGRES, root=False))


@pytest.fixture(params=["sqlite", POSTGRESQL])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with ExitStack() as held:
        shared = request.param == "postgresql"
        yield held.enter_context(a_postgres()) if shared else url_in(tmp_path)


@contextmanager
def working(folder: Path, url: str) -> Iterator[subprocess.Popen[str]]:
    """A process of a service at work, killed with the block."""
    words = [sys.executable, "-m", "support.killed_service", str(folder), url, str(SECONDS)]
    with subprocess.Popen(words, cwd=TESTS, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


def lines(folder: Path, what: str) -> list[str]:
    log = folder / "log"
    found = log.read_text().splitlines() if log.exists() else []
    return [line.partition(" ")[2] for line in found if line.startswith(f"{what} ")]


@contextmanager
def asked(url: str) -> Iterator[DurableOperations]:
    """An operation that waits for whoever works."""
    kept = DurableOperations(ServiceDatabase(url), "asks")
    kept.prepare()
    kept.begin(an_operation(prepared(kept)))
    try:
        yield kept
    finally:
        kept.stop()
        kept.database.close()


def done(kept: DurableOperations) -> OperationRecord:
    def is_done() -> bool:
        found = kept.found("op-1")
        return found is not None and found.state is OperationState.DONE

    assert wait_until(is_done, SOON, pause=0.1), kept.found("op-1")
    found = kept.found("op-1")
    assert found is not None
    return found


def at_work(folder: Path, *processes: subprocess.Popen[str]) -> subprocess.Popen[str]:
    """The process that carries out the step `apply`, just begun."""
    assert wait_until(lambda: "op-1 apply" in lines(folder, "begins"), SOON, pause=0.02)
    number = int((folder / "at").read_text())
    return next(each for each in processes if each.pid == number)


def test_what_a_killed_process_was_at_is_gone_on_with_by_another(url: str, tmp_path: Path) -> None:
    with working(tmp_path, url) as first, working(tmp_path, url) as second, asked(url) as kept:
        at_work(tmp_path, first, second).kill()
        record = done(kept)

    assert Counter(lines(tmp_path, "ends")) == {f"op-1 {step}": 1 for step in STEPS}
    assert [(step.name, step.starts) for step in record.steps if step.starts > 1] == [("apply", 2)]


def test_a_frozen_process_that_wakes_up_brings_nothing(url: str, tmp_path: Path) -> None:
    with working(tmp_path, url) as first, working(tmp_path, url) as second, asked(url) as kept:
        frozen = at_work(tmp_path, first, second)
        frozen.send_signal(signal.SIGSTOP)
        record = done(kept)
        frozen.send_signal(signal.SIGCONT)
        wait_until(lambda: len(lines(tmp_path, "ends")) > len(STEPS), SECONDS + 1, pause=0.1)
        assert kept.found("op-1") == record

    assert [(step.name, step.starts) for step in record.steps if step.starts > 1] == [("apply", 2)]
    assert Counter(lines(tmp_path, "begins"))["op-1 apply"] == 2


class Clocked:
    """Hears who is taken over."""

    def __init__(self) -> None:
        self.taken: list[str] = []


def test_nobody_is_judged_by_who_has_just_come(tmp_path: Path) -> None:
    database = ServiceDatabase(url_in(tmp_path))
    database.prepare()
    heard = Clocked()
    old = Executors(database, "old", heard.taken.append)
    new = Executors(database, "new", heard.taken.append, patience=0.2)
    old.beat()

    assert wait_until(lambda: True, PATIENCE, pause=0.3)
    new.beat()
    assert new.look() == ()
    assert wait_until(lambda: (new.beat(), bool(new.look()))[1], SOON, pause=0.1)  # type: ignore[func-returns-value]
    assert heard.taken == ["old"]


def test_who_ended_in_order_is_taken_over_at_once_and_by_one_alone(tmp_path: Path) -> None:
    database = ServiceDatabase(url_in(tmp_path))
    database.prepare()
    heard = Clocked()
    ended, left, right = (Executors(database, name, heard.taken.append) for name in ("a", "b", "c"))
    for each in (ended, left, right):
        each.beat()
    ended.stop()

    assert (*left.look(), *right.look()) == ("a",)
    assert heard.taken == ["a"]


def test_what_could_not_be_taken_over_is_tried_again(tmp_path: Path) -> None:
    database = ServiceDatabase(url_in(tmp_path))
    database.prepare()
    tries = []

    def take_over(name: str) -> None:
        tries.append(name)
        if len(tries) == 1:
            raise OSError("the database is away")

    ended, living = Executors(database, "a", take_over), Executors(database, "b", take_over)
    ended.beat()
    living.beat()
    ended.stop()

    with pytest.raises(OSError, match="away"):
        living.look()
    assert living.look() == ("a",)
    assert living.look() == ()
