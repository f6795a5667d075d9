"""Reads and writes files of a host by handles: no link is followed, nobody else's folder is trusted.

Root writes where others may own folders (zones belong to name servers), and whoever owns a folder may swap
what lies in it at any moment. So each folder on the way is opened below the one before and judged by its
handle; a file is made under a random name that did not exist, with owner and mode before its text, and then
renamed. Runs on the host with Python >= 3.8 alone.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pwd
import stat
from pathlib import Path

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
PRESENT = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
LINKS = (errno.ELOOP, errno.ENOTDIR, errno.EMLINK)
"""What the kernel answers where a link, or something else that is no folder, is not followed."""


class InTheWay(OSError):
    """Something stands where a file has to be that must not be followed or replaced; says what."""


def place(path, text, mode, guest=False):
    """Write a file whole, or remove it where the text is empty; True when something was new.

    A file that is there keeps its owner. As a `guest`, folders on the way may belong to somebody else.

    Raises:
        InTheWay: a link or somebody else's folder or file stands in the way: nothing was written.
    """
    path = Path(path)
    if not text:
        return _removed(path, guest)
    with _folder_of(path, guest, make=True) as folder:
        present = _present(folder, path, guest)
        if present and present[0] == _bytes(text) and stat.S_IMODE(present[1].st_mode) == mode:
            return False
        owner = (present[1].st_uid, present[1].st_gid) if present else (os.geteuid(), os.getegid())
        _written(folder, path.name, _bytes(text), mode, owner)
    return True


def _removed(path, guest):
    with contextlib.suppress(FileNotFoundError), _folder_of(path, guest, make=False) as folder:
        if _present(folder, path, guest):
            os.unlink(path.name, dir_fd=folder)
            return True
    return False


def read(path, guest=False):
    """The text of a file; empty where there is none.

    Raises:
        InTheWay: as of `place`.
    """
    path = Path(path)
    with contextlib.suppress(FileNotFoundError), _folder_of(path, guest, make=False) as folder:
        present = _present(folder, path, guest)
        return present[0].decode(errors="surrogateescape") if present else ""
    return ""


def judge(path):
    """Look whether a file could be placed now; raises InTheWay where it could not."""
    read(path)


def private(folder):
    """Make a folder of our own that nobody else looks into; raises InTheWay."""
    with _folder_of(Path(folder) / "-", guest=False, make=True) as handle:
        os.fchmod(handle, 0o700)


def mode_of(path):
    """The permissions of a file that is there, without following a link."""
    return stat.S_IMODE(os.stat(path, follow_symlinks=False).st_mode)


def mode_or(path, usual):
    """The permissions of a file that is there, or the usual ones."""
    try:
        return mode_of(path)
    except OSError:
        return usual


def content(path, most):
    """The bytes of anybody's plain file, at most so many; OSError for a link, a pipe or a larger one."""
    handle = os.open(path, PRESENT)
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size > most:
            raise InTheWay(f"{path} is no plain file of at most {most} bytes")
        return file.read(most)


@contextlib.contextmanager
def _folder_of(path, guest, make):
    """A handle of the folder a file lies in; each folder on the way is opened below the one before."""
    if not path.is_absolute() or ".." in path.parts:
        raise InTheWay(f"{path}: name a file from / on, without `..`")
    handle = os.open("/", FOLDER)
    try:
        for depth, name in enumerate(path.parts[1:-1], start=2):
            below = _below(handle, name, make, Path(*path.parts[:depth]))
            os.close(handle)
            handle = below
            _refuse_foreign(handle, Path(*path.parts[:depth]), guest)
        yield handle
    finally:
        os.close(handle)


def _below(folder, name, make, where):
    """A handle of a folder below another, made where there is none and `make` says so."""
    try:
        with contextlib.suppress(FileNotFoundError):
            return os.open(name, FOLDER, dir_fd=folder)
        if make:
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, 0o755, dir_fd=folder)
        return os.open(name, FOLDER, dir_fd=folder)
    except OSError as problem:
        if problem.errno in LINKS:
            raise InTheWay(f"{where} is a link or no folder: name the folder that is meant") from problem
        raise


def _refuse_foreign(folder, where, guest):
    found = os.fstat(folder)
    if found.st_uid not in (0, os.geteuid()) and not guest:
        raise InTheWay(f"{where} belongs to {_name(found.st_uid)}, who may put anything in its place")
    if found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX:
        raise InTheWay(f"{where} may be written by everybody: take that permission away")


def _present(folder, path, guest):
    """What a file holds, with what the kernel knows of it; None where there is none."""
    try:
        handle = os.open(path.name, PRESENT, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError as problem:
        if problem.errno in LINKS:
            raise InTheWay(f"{path} is a link: name the file that is meant") from problem
        raise
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        owners = {0, os.geteuid()} | ({os.fstat(folder).st_uid} if guest else set())
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            raise InTheWay(f"{path} is no plain file with one name")
        if found.st_uid not in owners:
            raise InTheWay(f"{path} belongs to {_name(found.st_uid)}")
        return file.read(), found


def _written(folder, name, content_, mode, owner):
    """Make a file beside and rename it: whole or not at all, and on the disk before it counts."""
    fresh = ".tricenter-" + os.urandom(8).hex()
    handle = os.open(fresh, FRESH, 0o600, dir_fd=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchown(handle, *owner)
            os.fchmod(handle, mode)
            file.write(content_)
            file.flush()
            os.fsync(handle)
        os.rename(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(fresh, dir_fd=folder)
        raise
    os.fsync(folder)


def _bytes(text):
    return text.encode(errors="surrogateescape")


def _name(uid):
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return f"user {uid}"
