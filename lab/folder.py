"""Keeps the labs of one estate in one folder with its own ports, and never mixes two estates."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmp.errors import Refused, TryLater
from cmp.model.estate import Estate
from cmp.sentences import Sentence
from lab.base import Report
from lab.ports import free_block, is_free

_MARKER = "lab.json"
_PORT_STEP = 100
_DIGEST_LENGTH = 10
_NAME_LENGTH = 40
_OWN, _OTHERS = 0o700, 0o077
_ELSEWHERE = (
    "give this user the right to write there, or name another folder: --state for labs, XDG_DATA_HOME for "
    "what they run in"
)


@dataclass(frozen=True, slots=True)
class LabFolder:
    """The folder of an estate's labs and the block of ports that is set aside for them."""

    path: Path
    ports: range


def estate_parts(estate: Estate) -> Mapping[str, Any]:
    """Keep of an estate what a lab follows: a change of anything else, a price say, keeps the same lab."""
    return {
        "clouds": [
            cloud.model_dump(mode="json", include={"id", "center", "kind", "binding"})
            for cloud in estate.clouds
        ],
        "pools": [
            pool.model_dump(mode="json", include={"id", "cloud", "chip", "hosts", "per_host", "overcommit"})
            | {"isa": estate.chip[pool.chip].isa}
            for pool in sorted(estate.pools, key=lambda pool: pool.id)
        ],
    }


def estate_key(estate: Estate) -> str:
    """Name an estate's labs: its centers for people, a digest of what labs follow for certainty."""
    digest = hashlib.sha256(_canonical(estate_parts(estate)).encode()).hexdigest()
    name = "_".join(center.id for center in estate.centers)
    return f"{name[:_NAME_LENGTH]}-{digest[:_DIGEST_LENGTH]}"


def folder_of(estate: Estate, state_dir: Path) -> Path:
    """Tell where the labs of an estate are kept; the folder need not exist."""
    return state_dir.absolute() / "lab" / estate_key(estate)


def prepare(
    estate: Estate, state_dir: Path, ports_needed: int, free: Callable[[int], bool] = is_free
) -> LabFolder:
    """Find the labs' folder, or make it and set a block of free ports aside for it.

    Raises:
        Refused: the folder belongs to another user.
        TryLater: no free block of ports is left.
    """
    path = folder_of(estate, state_dir)
    make_private(path.parent)
    make_private(path)
    with locked(path.parent / "ports.lock"):
        if not (path / _MARKER).exists():
            taken = [_read(marker.parent).ports for marker in path.parent.glob(f"*/{_MARKER}")]
            size = -(-ports_needed // _PORT_STEP) * _PORT_STEP
            block = free_block(size, taken, free)
            content = {"ports": [block.start, block.stop], "estate": estate_parts(estate)}
            write_private(path / _MARKER, _canonical(content))
    return _read(path)


def make_private(path: Path) -> None:
    """Make a lab's folder, or close one that is there already: nobody else reads keys, logs and databases.

    Raises:
        Refused: it belongs to another user, who could put anything into it.
        TryLater: it cannot be made.
    """
    try:
        for each in reversed((path, *path.parents)):  # a lab may be what makes the state folder
            each.mkdir(exist_ok=True, mode=_OWN)
        found = path.stat()
    except OSError as problem:
        raise TryLater(
            Sentence("{path} cannot be made: {strerror}", path=path, strerror=problem.strerror),
            hint=_ELSEWHERE,
        ) from problem
    if found.st_uid != os.geteuid():
        raise Refused(
            Sentence("{path} belongs to another user, who could put anything into this lab", path=path),
            hint="name a state folder of yours with --state",
        )
    if found.st_mode & _OTHERS:
        path.chmod(_OWN)


@contextmanager
def exclusive(path: Path, report: Report) -> Iterator[None]:
    """Let one command at a time change the labs of a folder; a second one waits and says so.

    Raises:
        Refused: the folder belongs to another user.
        TryLater: it cannot be made, or the file not written.
    """
    make_private(path)
    with locked(
        path / "lock", on_wait=lambda: report("another command is at work on this lab: waiting for it")
    ):
        yield


@contextmanager
def locked(path: Path, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold a file's lock, which ends with the process at the latest.

    Raises:
        TryLater: its folder cannot be made, or the file not written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = path.open("a")
    except OSError as problem:
        raise TryLater(
            Sentence("{parent} cannot be written: {strerror}", parent=path.parent, strerror=problem.strerror),
            hint=_ELSEWHERE,
        ) from problem
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if on_wait:
                on_wait()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


def _read(path: Path) -> LabFolder:
    first, end = json.loads((path / _MARKER).read_text())["ports"]
    return LabFolder(path, range(first, end))


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
