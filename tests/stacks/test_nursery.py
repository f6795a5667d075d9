"""Plugins that the nursery forks are what they would have been alone, and live no longer than who asked."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cmp.clouds.patience import Pace, until
from toolchain.nursery.asking import LENGTH, NURSERY
from toolchain.nursery.opening import open_nursery

pytestmark = pytest.mark.engine

PLUGIN = "support.nursling"
ASKS = f"""
from toolchain.nursery.asking import run
run({PLUGIN!r}, lambda: print('{{"alone": true}}', flush=True))
"""
TESTS = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def nursery() -> Iterator[str]:
    """A nursery of the plugin for tests."""
    with open_nursery([PLUGIN], ["json"], _around("")) as address:
        yield address


def _around(address: str) -> dict[str, str]:
    found = {**os.environ, "PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent}"}
    return found | ({NURSERY: address} if address else {})


def _started(address: str, folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", ASKS, *words],
        cwd=folder,
        env=_around(address) | {"NURSLING": "mine"},
        stdout=subprocess.PIPE,
        text=True,
    )


def _told(plugin: subprocess.Popen[str]) -> Mapping[str, Any]:
    assert plugin.stdout is not None
    found: Mapping[str, Any] = json.loads(plugin.stdout.readline())
    return found


def _is_gone(process: int) -> bool | None:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return True if state in {"Z", "X"} else None


def test_a_fork_is_the_program_that_was_asked_for(nursery: str, tmp_path: Path) -> None:
    with _started(nursery, tmp_path, "end", "at last") as plugin:
        told = _told(plugin)

    assert told.pop("process") != plugin.pid
    assert told == {
        "words": ["end", "at last"],
        "folder": str(tmp_path),
        "variable": "mine",
        "name": "__main__",
    }
    assert plugin.returncode == 7


def test_a_fork_leaves_with_the_program_that_asked(nursery: str, tmp_path: Path) -> None:
    with _started(nursery, tmp_path, "stay") as plugin:
        fork = _told(plugin)["process"]
        assert _is_gone(fork) is None

        plugin.kill()

        def late() -> AssertionError:
            os.kill(fork, signal.SIGKILL)
            return AssertionError("the fork outlived the program that asked for it")

        until(lambda: _is_gone(fork), Pace(within=20, every=0.1), late)


def test_orders_that_are_not_understood_do_no_harm(nursery: str, tmp_path: Path) -> None:
    for sent in (b"", LENGTH.pack(9), LENGTH.pack(2) + b"{}"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as visitor:
            visitor.connect(nursery)
            visitor.sendall(sent)

    with _started(nursery, tmp_path, "end") as plugin:
        assert _told(plugin)["words"] == ["end"]


def test_a_nursery_that_is_gone_is_done_without(tmp_path: Path) -> None:
    with open_nursery([PLUGIN], [], _around("")) as address:
        pass

    with _started(address, tmp_path, "end") as plugin:
        assert _told(plugin) == {"alone": True}


def test_a_nursery_that_breaks_is_done_without(tmp_path: Path) -> None:
    with (
        open_nursery(["no.such.module"], [], _around("")) as address,
        _started(address, tmp_path, "end") as plugin,
    ):
        assert _told(plugin) == {"alone": True}
