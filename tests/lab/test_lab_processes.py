"""Processes of a lab outlive the command that started them and are stopped for certain, strangers never."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.processes import Process, environment, recorded, spawn, start_time, stop, wait_until

pytestmark = [pytest.mark.lab, pytest.mark.timeout(60)]

STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
)


@pytest.fixture
def stubborn(tmp_path: Path) -> Iterator[Process]:
    """A process that ignores requests to end."""
    log = tmp_path / "log"
    process = spawn([sys.executable, "-c", STUBBORN], environment(), log, tmp_path / "stubborn.json")
    assert wait_until(lambda: "deaf" in log.read_text(), 30)
    yield process
    stop([process], grace=0.1)


def test_a_started_process_is_on_record(stubborn: Process, tmp_path: Path) -> None:
    assert recorded(tmp_path) == (stubborn,)
    assert stubborn.is_running


def test_a_process_that_ignores_the_request_is_ended(stubborn: Process) -> None:
    stop([stubborn], grace=0.1)

    assert not stubborn.is_running


def test_a_recycled_pid_is_left_alone(stubborn: Process) -> None:
    stop([Process("earlier", stubborn.pid, stubborn.started - 1)], grace=0.1)

    assert stubborn.is_running


def test_a_process_that_nobody_has_buried_counts_as_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    assert start_time(child.pid) is None
    child.wait()
