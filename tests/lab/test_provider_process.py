"""The provider's process lives no longer than the engine that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cmp.clouds.patience import Pace, until

pytestmark = pytest.mark.engine

ENGINE = """
import subprocess, sys
start = "from stacks.provider.launcher import run; run()"
plugin = subprocess.Popen([sys.executable, "-c", start, "127.0.0.1:1"], stdout=subprocess.PIPE)
port = plugin.stdout.readline().decode().strip()
print(plugin.pid, port, flush=True)
plugin.wait()
"""
"""Stands for the engine: starts the plugin, reads its port and waits."""


def is_alive(pid: int) -> bool:
    """True while the process runs; one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_kill_9_of_the_engine_ends_the_provider() -> None:
    with subprocess.Popen([sys.executable, "-c", ENGINE], stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        plugin, port = map(int, engine.stdout.readline().split())
        assert port > 0
        assert is_alive(plugin)

        engine.kill()

        try:
            gone = until(
                lambda: None if is_alive(plugin) else True,
                Pace(within=20, every=0.2),
                lambda: AssertionError("the provider outlived its engine"),
            )
        except AssertionError:
            os.kill(plugin, signal.SIGKILL)
            raise
    assert gone


def test_without_an_engine_it_says_who_starts_it() -> None:
    started = subprocess.run(
        [sys.executable, "-c", "from stacks.provider.launcher import run; run()"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert started.returncode == 1
    assert "is started by the Pulumi engine" in started.stderr
    assert "Traceback" not in started.stderr
