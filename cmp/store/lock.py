"""Lets one process at a time change the estate, and tells the others who that is and since when."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from cmp.errors import Conflict, TryLater


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock: a process on a host, since a moment (ISO 8601), for a command, under a run id."""

    pid: int
    host: str
    since: str
    command: str
    run: str


@dataclass(frozen=True, slots=True)
class Held:
    """A lock that is ours; `left_by` is the process that died holding it, if one did."""

    holder: Holder
    left_by: Holder | None


@contextmanager
def hold(path: Path, *, command: str, run: str, now: datetime) -> Iterator[Held]:
    """Hold the lock while the block runs.

    The kernel frees the lock when its process ends, however it ends; a name left in the file by a process
    that died is handed on as `left_by`, so that its half-done work can be looked after.

    Raises:
        Conflict: another process holds it; the sentence says which and since when.
        TryLater: the lock file cannot be written.
    """
    file = _open(path)
    try:
        _claim(file, path)
        left_by = _read(file)
        holder = Holder(os.getpid(), socket.gethostname(), now.isoformat(timespec="seconds"), command, run)
        _write(file, json.dumps(asdict(holder)))
        try:
            yield Held(holder, left_by)
        finally:
            _write(file, "")
    finally:
        file.close()


def _open(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+", encoding="utf-8")
    except OSError as error:
        raise TryLater(f"cannot open the lock {path}: {error.strerror}") from error


def _claim(file: IO[str], path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        other = _read(file)
        who = (
            f"`{other.command}` (process {other.pid} on {other.host}) since {other.since}"
            if other
            else "another process"
        )
        raise Conflict(
            f"the estate is being changed by {who}", hint=f"wait until it has finished; the lock is {path}"
        ) from error


def _read(file: IO[str]) -> Holder | None:
    file.seek(0)
    text = file.read()
    try:
        return Holder(**json.loads(text)) if text else None
    except (ValueError, TypeError):
        return None


def _write(file: IO[str], text: str) -> None:
    try:
        file.seek(0)
        file.truncate()
        file.write(text)
        file.flush()
    except OSError as error:
        raise TryLater(f"cannot write the lock: {error.strerror}") from error
