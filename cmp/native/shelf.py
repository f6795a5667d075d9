"""Keeps native code in the user's cache folder: nobody else can put any there, half a file is never used."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MARK = b"tricenter native 1\n"
"""What each file begins with; the digest of all that follows comes next."""
DIGEST = 32
UNUSED = 30 * 86400.0
"""Seconds after which code goes that nobody has loaded: other clones use other versions beside us."""
FORGOTTEN = 86400.0
"""Seconds after which nobody goes on writing a file; and how exactly it is noted when one was loaded."""
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_SENTENCES = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.ENOTDIR: "part of the path is no folder",
    errno.EEXIST: "it is no folder",
    errno.ELOOP: "it is a symbolic link",
}


class CannotKeep(Exception):
    """Native code can be neither kept nor taken from where it is kept; says why."""


class Torn(Exception):
    """A kept file, which is named, is not what we wrote."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of our own with native code, one file for each unit and version."""

    folder: Path

    def read(self, name: str) -> bytes | None:
        """What was written under a name; None where nothing was.

        Raises:
            CannotKeep: the folder is not ours alone: what lies there could be anybody's, and it is run.
            Torn: the file is not what was written, or not ours.
        """
        try:
            with self._opened() as folder:
                held = _content(folder, name)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CannotKeep(f"{self.folder}: {_reason(error)}") from error
        digest, content = held[len(MARK) :][:DIGEST], held[len(MARK) + DIGEST :]
        if not held.startswith(MARK) or hashlib.sha256(content).digest() != digest:
            raise Torn(str(self.folder / name))
        return content

    def write(self, name: str, content: bytes) -> None:
        """Keep content under a name, whole or not at all; and remove what is not used any more.

        Raises:
            CannotKeep: it cannot be written.
        """
        with self._for_writing() as folder:
            _write(folder, name, MARK + hashlib.sha256(content).digest() + content)
            _sweep(folder, name, time.time())

    @contextmanager
    def alone(self, name: str, waiting: Callable[[], None]) -> Iterator[None]:
        """Within this no other process makes the same file; calls `waiting` before it waits for one.

        Raises:
            CannotKeep: nothing can be written there.
        """
        with self._for_writing() as folder:
            lock = _lock(folder, f"{name}.lock")
        try:
            _wait_for(lock, waiting)
            yield
        finally:
            os.close(lock)

    @contextmanager
    def _for_writing(self) -> Iterator[int]:
        try:
            _make(self.folder)
            with self._opened() as folder:
                yield folder
        except OSError as error:
            raise CannotKeep(f"{self.folder}: {_reason(error)}") from error

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The folder; files are opened in it by name, so that nobody can exchange it under our hands."""
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            _must_be_ours(os.fstat(folder), self.folder)
            yield folder
        finally:
            os.close(folder)


def usual(environ: Mapping[str, str]) -> Shelf:
    """The shelf of this user, for all clones: below `$XDG_CACHE_HOME` if that is absolute, or `~/.cache`.

    Raises:
        CannotKeep: the user has no home.
    """
    named = Path(environ.get("XDG_CACHE_HOME", ""))
    if named.is_absolute():
        return Shelf(named / "tricenter" / "native")
    try:
        return Shelf(Path.home() / ".cache" / "tricenter" / "native")
    except RuntimeError as error:
        raise CannotKeep("you have no home folder; name a folder in XDG_CACHE_HOME") from error


def _must_be_ours(found: os.stat_result, path: Path) -> None:
    if found.st_uid != os.geteuid():
        raise CannotKeep(f"{path} belongs to another user; name a folder of yours in XDG_CACHE_HOME")
    if found.st_mode & _OTHERS_MAY_WRITE:
        raise CannotKeep(f"others may write to {path}, and what lies there is run: chmod go-w {path}")


def _make(folder: Path) -> None:
    """Make the folder, but not in another user's: root would leave there what its owner cannot use."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if there != folder and there.stat().st_uid not in {0, os.geteuid()}:
        raise CannotKeep(f"{there} belongs to another user; name a folder of yours in XDG_CACHE_HOME")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _content(folder: int, name: str) -> bytes:
    """A file's content, nothing where it is not ours; notes that it was loaded, to about a day."""
    file = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW, dir_fd=folder)
    with os.fdopen(file, "rb") as opened:
        found = os.fstat(file)
        if found.st_uid != os.geteuid() or found.st_mode & _OTHERS_MAY_WRITE:
            return b""
        if time.time() - found.st_mtime > FORGOTTEN:
            with contextlib.suppress(OSError):
                os.utime(file)
        return opened.read()


def _write(folder: int, name: str, content: bytes) -> None:
    temporary = f".{name}.{secrets.token_hex(8)}"
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        with os.fdopen(file, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(file)
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


def _sweep(folder: int, newest: str, now: float) -> None:
    """Remove what nobody has loaded for long and what nobody finished; who has loaded code holds a copy."""
    for name in os.listdir(folder):
        with contextlib.suppress(OSError):
            age = now - os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime
            if age > (FORGOTTEN if name.startswith(".") else UNUSED) and not name.startswith(newest):
                os.unlink(name, dir_fd=folder)


def _lock(folder: int, name: str) -> int:
    """A file to lock; one of nobody else where root has left one of its own there."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(name, flags, 0o600, dir_fd=folder)
    except PermissionError:
        os.unlink(name, dir_fd=folder)
        return os.open(name, flags, 0o600, dir_fd=folder)


def _wait_for(lock: int, waiting: Callable[[], None]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError:
        return  # a file system without locks: both compile, and each writes a whole file


def _reason(error: OSError) -> str:
    return _SENTENCES.get(error.errno or 0, error.strerror or "it cannot be used")
