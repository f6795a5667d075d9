"""Reads, writes, locks and removes single files in folders that are open; the one place that writes files."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import IO, Final

from cmp.errors import NotOurs
from cmp.files import folders
from cmp.files.trust import judge_file, kind_of
from cmp.sentences import Sentence

FRESH: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
PRESENT: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
KEPT_OPEN: Final = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
APPENDED: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
PRIVATE: Final = 0o600
READABLE: Final = 0o644


def write_own(path: Path, content: bytes) -> None:
    """Write a file of ours whole or not at all, for nobody else to read (0600), whatever the umask.

    Raises:
        NotOurs: what stands on the way or in its place is not ours alone; nothing is changed.
        OSError: it cannot be written; what was there is unchanged.
    """
    with folders.own(path.parent, make=True) as folder:
        with contextlib.suppress(FileNotFoundError):
            judge_file(os.stat(path.name, dir_fd=folder, follow_symlinks=False), path)
        _replace(folder, path.name, content, PRIVATE)


def write_given(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Write a file that somebody named, whole or not at all, with a mode that the umask bounds.

    A file that is there keeps its permissions; a link in its place is replaced, never followed.

    Raises:
        NotOurs: something that is neither a file nor a link stands in its place.
        OSError: it cannot be written; what was there is unchanged.
    """
    with folders.given(path.parent, make=True) as folder:
        _replace(folder, path.name, content, mode, _mode_of(folder, path))


def write_once(path: Path, content: bytes) -> None:
    """Write a file of ours where there is none; of two who do so at once one wins, and its file is whole.

    Raises:
        NotOurs: something on the way is not ours alone.
        OSError: it cannot be written.
    """
    with folders.own(path.parent, make=True) as folder:
        fresh = _fresh(folder, content, PRIVATE, None)
        try:
            with contextlib.suppress(FileExistsError):
                os.link(fresh, path.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        finally:
            os.unlink(fresh, dir_fd=folder)


def read_own(path: Path) -> bytes:
    """The content of a file that only root and we can have written.

    Raises:
        NotOurs: it is a link, a pipe or a device, another user's, or others may write to it.
        OSError: it is not there, or cannot be read.
    """
    with folders.own(path.parent) as folder:
        judge_file(os.stat(path.name, dir_fd=folder, follow_symlinks=False), path)
        handle = os.open(path.name, PRESENT, dir_fd=folder)
        with os.fdopen(handle, "rb") as file:
            judge_file(os.fstat(handle), path)
            return file.read()


def read_given(path: Path, most: int = -1) -> bytes:
    """The content of a plain file that somebody named; never waits for a pipe or device.

    At most `most` bytes of it, where that is said. Of links those of root and ours count.

    Raises:
        NotOurs: a link of somebody else is on the way.
        OSError: it is not there, is no plain file, or cannot be read.
        ValueError: no file can be called so.
    """
    real = folders.settled(path)
    with folders.given(real.parent) as folder:
        handle = os.open(real.name, PRESENT, dir_fd=folder)
    if not stat.S_ISREG(mode := os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(0, f"it is {kind_of(mode)}, no plain file")
    with os.fdopen(handle, "rb") as file:
        return file.read(most)


def open_own(path: Path) -> IO[str]:
    """Open a file of ours to be locked or changed in place, made empty (0600) where there is none.

    What is there is left as it is: whoever opens it decides after reading.

    Raises:
        NotOurs: it is a link, has a second name, is another user's, or others may write to it.
        OSError: it cannot be opened.
    """
    with folders.own(path.parent, make=True) as folder:
        with contextlib.suppress(FileNotFoundError):
            judge_file(os.stat(path.name, dir_fd=folder, follow_symlinks=False), path)
        handle = os.open(path.name, KEPT_OPEN, PRIVATE, dir_fd=folder)
    try:
        _judge_single(os.fstat(handle), path)
    except BaseException:
        os.close(handle)
        raise
    return os.fdopen(handle, "r+", encoding="utf-8", errors="replace")


def append_given(path: Path, content: bytes) -> None:
    """Write after the end of a file that somebody named, which is made (0600) where there is none.

    Raises:
        NotOurs: a link of somebody else is on the way.
        OSError: it cannot be written, a link stands in its place, or it is no plain file.
    """
    with folders.given(path.parent, make=True) as folder:
        handle = os.open(path.name, APPENDED, PRIVATE, dir_fd=folder)
    if not stat.S_ISREG(mode := os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(0, f"it is {kind_of(mode)}, no plain file")
    with os.fdopen(handle, "ab", buffering=0) as file:
        file.write(content)


def claim_own(path: Path) -> None:
    """Make a file of ours that another program will write (0600), or look whether the one there is ours.

    Raises:
        NotOurs: it is a link, another user's, or others may write to it.
        OSError: it cannot be made.
    """
    with folders.own(path.parent, make=True) as folder:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path.name, FRESH, PRIVATE, dir_fd=folder))
            return
        judge_file(os.stat(path.name, dir_fd=folder, follow_symlinks=False), path)


def remove_own(path: Path) -> None:
    """Remove a file of ours, or the link that stands in its place; nothing where there is none.

    Raises:
        NotOurs: its folder is not ours alone.
        OSError: it cannot be removed.
    """
    with contextlib.suppress(FileNotFoundError), folders.own(path.parent) as folder:
        os.unlink(path.name, dir_fd=folder)


def make_own(path: Path) -> None:
    """Make a folder for nobody else (0700) where there is none.

    Raises:
        NotOurs: something on the way is not ours alone.
        OSError: it cannot be made.
    """
    with folders.own(path, make=True):
        pass


def _judge_single(found: os.stat_result, path: Path) -> None:
    """Refuse also a file with a second name, which would be changed under both."""
    judge_file(found, path)
    if found.st_nlink > 1:
        raise NotOurs(
            Sentence("{path} has a second name elsewhere", path=path),
            hint="look who gave it one, then remove it",
        )


def _mode_of(folder: int, path: Path) -> int | None:
    """The permissions of a file that is replaced; None where there is none, or a link."""
    try:
        mode = os.stat(path.name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(mode):
        return None
    if not stat.S_ISREG(mode):
        raise NotOurs(
            Sentence("{path} is {mode}, no plain file", path=path, mode=kind_of(mode)),
            hint="name another file",
        )
    return stat.S_IMODE(mode)


def _replace(folder: int, name: str, content: bytes, mode: int, kept: int | None = None) -> None:
    """Write a file beside, then rename it."""
    fresh = _fresh(folder, content, mode, kept)
    try:
        os.rename(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.unlink(fresh, dir_fd=folder)
        raise


def _fresh(folder: int, content: bytes, mode: int, kept: int | None) -> str:
    """Write a durable file under a name that nobody can guess, with its permissions before its text."""
    fresh = f".tricenter-{os.urandom(8).hex()}"
    handle = os.open(fresh, FRESH, mode, dir_fd=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            if kept is not None:
                os.fchmod(handle, kept)
            file.write(content)
            file.flush()
            os.fsync(handle)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(fresh, dir_fd=folder)
        raise
    return fresh
