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

from cmp.errors import Conflict, NotOurs, TryLater
from cmp.files.placing import open_own
from cmp.model.json_texts import Malformed, parsed
from cmp.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock: a process on a host, since a moment (ISO 8601), for a command, under a run id.

    `actor` is the id of who asked for it; empty in locks of older versions.
    """

    pid: int
    host: str
    since: str
    command: str
    run: str
    actor: str = ""


MOST = 4096
"""Characters of a lock's text; longer ones are none of ours."""
BEGINNING = '{"pid": '


@dataclass(frozen=True, slots=True)
class Held:
    """A lock that is ours; `left_by` is the process that died holding it, if one did."""

    holder: Holder
    left_by: Holder | None


@contextmanager
def hold(path: Path, *, command: str, run: str, now: datetime, actor: str = "") -> Iterator[Held]:
    """Hold the lock while the block runs.

    The kernel frees the lock when its process ends, however it ends; a name left in the file by a process
    that died is handed on as `left_by`, so that its half-done work can be looked after.

    Raises:
        Conflict: another process holds it; the sentence says which and since when.
        NotOurs: what stands in its place is no lock of ours: a link, another user's file, other content.
        TryLater: the lock file cannot be written.
    """
    file = _open(path)
    try:
        _claim(file, path)
        left_by = holder_in(file, path)
        holder = Holder(
            os.getpid(), socket.gethostname(), now.isoformat(timespec="seconds"), command, run, actor
        )
        _write(file, json.dumps(asdict(holder)))
        try:
            yield Held(holder, left_by)
        finally:
            _write(file, "")
    finally:
        file.close()


def _open(path: Path) -> IO[str]:
    try:
        return open_own(path)
    except OSError as error:
        raise TryLater(
            Sentence("cannot open the lock {path}: {strerror}", path=path, strerror=error.strerror)
        ) from error


def _claim(file: IO[str], path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        other = _holder(_text(file))
        who = (
            f"`{other.command}` (process {other.pid} on {other.host}) since {other.since}"
            if other
            else "another process"
        )
        raise Conflict(
            Sentence("the estate is being changed by {who}", who=who),
            hint=Sentence("wait until it has finished; the lock is {path}", path=path),
        ) from error


def holder_in(file: IO[str], path: Path) -> Holder | None:
    """Who died holding the lock; what is no lock is never emptied.

    Raises:
        NotOurs: the file says something that no lock says.
    """
    text = _text(file)
    holder = _holder(text)
    if text and holder is None and not _is_torn(text):
        raise NotOurs(
            Sentence("{path} is no lock: it says something else", path=path),
            hint="look what it is, then move it away",
        )
    return holder


def _text(file: IO[str]) -> str:
    file.seek(0)
    return file.read(MOST)


def _holder(text: str) -> Holder | None:
    try:
        return Holder(**parsed(text))
    except (Malformed, TypeError):
        return None


def _is_torn(text: str) -> bool:
    """True for the beginning of what a lock says: its holder died while writing it."""
    return BEGINNING.startswith(text) or (text.startswith(BEGINNING) and "}" not in text)


def _write(file: IO[str], text: str) -> None:
    try:
        file.seek(0)
        file.truncate()
        file.write(text)
        file.flush()
    except OSError as error:
        raise TryLater(Sentence("cannot write the lock: {strerror}", strerror=error.strerror)) from error
