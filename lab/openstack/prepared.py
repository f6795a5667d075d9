"""Keeps the services' empty databases in the user's cache folder: a machine makes them once for all its labs.

There is no secret in them: keys, users and endpoints come when a lab has its copy. They are named by a digest
of all that they are made from, so that nothing of another version is ever taken.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lab.base import Report
from lab.folder import locked, write_private

_HERE: Final = Path(__file__).parent
_MADE_FROM: Final = ("requirements.lock", "databases.py", "config.py", "templates", "services")
"""What decides how empty databases look: the services, how they are set up, and with which settings."""

_CONTENT: Final = "content.json"
_DIGEST_LENGTH: Final = 16
_UNUSED_SECONDS: Final = 30 * 86_400
"""After this time without use the databases of another version are given up."""


@dataclass(frozen=True, slots=True)
class EmptyDatabases:
    """A folder of empty databases, which need not exist yet; `digest` names what they were made from."""

    store: Path
    digest: str

    @property
    def folder(self) -> Path:
        """Where the databases lie once they are made."""
        return self.store / self.digest

    @contextmanager
    def alone(self, report: Report) -> Iterator[None]:
        """Let one process make the databases; another waits for it, and nobody where nothing can be kept."""
        if not self._can_be_used():
            yield
            return
        with locked(
            self.store / "lock", on_wait=lambda: report("another command makes the databases: waiting for it")
        ):
            yield

    def databases(self) -> Mapping[str, Path]:
        """The databases by name; none where they were not made, or are not what was written."""
        if not self._can_be_used():
            return {}
        try:
            digests: dict[str, str] = json.loads((self.folder / _CONTENT).read_text())
            found = {name: self.folder / name for name in digests}
            if any(_digest([path]) != digests[name] for name, path in found.items()):
                return {}
            os.utime(self.folder / _CONTENT)
        except (OSError, ValueError):
            return {}
        return found

    def keep(self, databases: Sequence[Path], copy: Callable[[Path, Path], None]) -> bool:
        """Keep databases, each as one file that `copy` makes, all or none; False where that cannot be."""
        if not self._can_be_used():
            return False
        fresh = self.folder.with_suffix(".new")
        try:
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
            for path in databases:
                copy(path, fresh / path.name)
            digests = {path.name: _digest([fresh / path.name]) for path in databases}
            write_private(fresh / _CONTENT, json.dumps(digests))
            shutil.rmtree(self.folder, ignore_errors=True)
            fresh.replace(self.folder)
        except (OSError, sqlite3.Error):
            shutil.rmtree(fresh, ignore_errors=True)
            return False
        self._sweep(time.time() - _UNUSED_SECONDS)
        return True

    def _can_be_used(self) -> bool:
        """True where the folder is there, or can be, and nobody else can put anything into it."""
        try:
            self.store.mkdir(parents=True, exist_ok=True, mode=0o700)
            found = self.store.lstat()
        except OSError:
            return False
        ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
        return ours and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and os.access(self.store, os.W_OK)

    def _sweep(self, oldest: float) -> None:
        for path in self.store.glob(f"*/{_CONTENT}"):
            if path.parent != self.folder and path.stat().st_mtime < oldest:
                shutil.rmtree(path.parent, ignore_errors=True)


def usual(variables: Mapping[str, str]) -> EmptyDatabases:
    """The databases of this version in the cache folder of the user, as the XDG specification names it."""
    named = variables.get("XDG_CACHE_HOME", "")
    home = variables.get("HOME") or os.path.expanduser("~")  # noqa: PTH111 - unlike Path, it never raises
    cache = Path(named) if os.path.isabs(named) else Path(home) / ".cache"  # noqa: PTH117 - pure text
    return EmptyDatabases(cache / "tricenter" / "openstack", made_from(_HERE))


def made_from(folder: Path) -> str:
    """Digest everything that decides how empty databases look."""
    paths = [folder / name for name in _MADE_FROM]
    inside = [path for top in paths for path in (sorted(top.rglob("*")) if top.is_dir() else (top,))]
    files = [path for path in inside if path.is_file() and path.suffix != ".pyc"]
    return _digest(files, folder)[:_DIGEST_LENGTH]


def _digest(paths: Sequence[Path], folder: Path | None = None) -> str:
    """SHA-256 over files, and over their names below `folder` where one is given."""
    found = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        name = path.relative_to(folder).as_posix() if folder else ""
        found.update(f"{name}\0{len(content)}\0".encode())
        found.update(content)
    return found.hexdigest()
