"""Starts long-lived processes and stops exactly those again, recognised by pid and start time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic, sleep  # noqa: TID251 - for the one poll below, which has a deadline

_GRACE_SECONDS = 5.0
_PASSED_ON = {"PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH"}
_STATE, _START_TIME = 0, 19
"""Places in /proc/<pid>/stat behind the command's name."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process as it was started; `started` is in clock ticks since the machine's boot."""

    name: str
    pid: int
    started: int

    @property
    def is_running(self) -> bool:
        """True while this very process lives; a recycled pid is somebody else, a zombie is dead."""
        return start_time(self.pid) == self.started


def start_time(pid: int) -> int | None:
    """Tell when a living process began, in clock ticks since boot; None when there is none."""
    try:
        behind_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if behind_name[_STATE] in "ZX" else int(behind_name[_START_TIME])


def environment() -> dict[str, str]:
    """The few variables a server of ours needs.

    A proxy would take its calls on the loopback address, credentials are none of its business, and some
    libraries read the whole environment at every call.
    """
    return {name: value for name, value in os.environ.items() if name in _PASSED_ON}


def spawn(
    command: Sequence[str], env: Mapping[str, str], log: Path, record: Path, folder: Path | None = None
) -> Process:
    """Start a process that outlives us, its output appended to `log`, and record it in `record`.

    It runs in `folder`, or where we are.
    """
    with log.open("ab") as out:
        child = subprocess.Popen(
            command,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=folder,
        )
    child.returncode = 0  # it is meant to outlive us: no warning when we forget it
    process = Process(record.stem, child.pid, start_time(child.pid) or 0)
    _write(record, json.dumps(asdict(process)))
    return process


def recorded(folder: Path) -> tuple[Process, ...]:
    """Read the records of a folder, in the order of their names; a torn record counts as none."""
    found = []
    for path in sorted(folder.glob("*.json")):
        with contextlib.suppress(OSError, ValueError, TypeError):
            found.append(Process(**json.loads(path.read_text())))
    return tuple(found)


def stop(processes: Iterable[Process], grace: float = _GRACE_SECONDS) -> None:
    """Ask the processes to end, wait up to `grace` seconds, then end them; twice is harmless."""
    mine = tuple(processes)
    for order in (signal.SIGTERM, signal.SIGKILL):
        for process in mine:
            if process.is_running:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, order)
        if wait_until(lambda: not any(process.is_running for process in mine), grace):
            return


def wait_until(claim: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Ask again and again until the claim holds; False when it did not within `seconds`."""
    deadline = monotonic() + seconds
    while not claim():
        if monotonic() > deadline:
            return False
        sleep(pause)
    return True


def _write(path: Path, text: str) -> None:
    """Write a file so that readers see it whole or not at all."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(path)
