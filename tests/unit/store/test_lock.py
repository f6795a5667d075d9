"""The lock on the estate: one at a time, and nobody is locked out by the dead."""

import multiprocessing
import os
import signal
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from cmp.errors import Conflict
from cmp.store.lock import hold

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def _hold_until_told(path: Path, pipe: Connection) -> None:
    with hold(path, command="tricenter apply", run="first", now=NOON):
        pipe.send("held")
        pipe.recv()


@pytest.fixture
def other_process(tmp_path: Path):
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_hold_until_told, args=(tmp_path / "lock", there)
    )
    process.start()
    there.close()
    assert here.recv() == "held"
    yield process, here
    here.close()
    process.join()
    process.close()


def test_a_second_process_is_told_who_holds_the_lock_since_when(other_process, tmp_path: Path) -> None:
    process, here = other_process

    with pytest.raises(Conflict) as refusal, hold(tmp_path / "lock", command="x", run="second", now=NOON):
        pass
    here.send("end")

    assert f"`tricenter apply` (process {process.pid}" in str(refusal.value)
    assert "since 2026-07-01T12:00:00+00:00" in str(refusal.value)


def test_a_lock_of_a_killed_process_is_taken_over_and_its_run_is_named(other_process, tmp_path: Path) -> None:
    process, _ = other_process

    os.kill(process.pid, signal.SIGKILL)
    process.join()

    with hold(tmp_path / "lock", command="x", run="second", now=NOON) as held:
        assert held.left_by is not None
        assert (held.left_by.run, held.left_by.pid) == ("first", process.pid)


def test_a_lock_that_was_given_back_names_nobody(tmp_path: Path) -> None:
    with hold(tmp_path / "lock", command="x", run="first", now=NOON):
        pass

    with hold(tmp_path / "lock", command="x", run="second", now=NOON) as held:
        assert held.left_by is None
