"""Looks at a state folder before it is used; what older versions left open there is closed to others."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from cmp.errors import NotOurs, TryLater
from cmp.files import folders
from cmp.files.trust import judge_owner
from cmp.sentences import Sentence

HELD: Final = (
    "plans",
    "applied",
    "allocations",
    "journals",
    "migrations",
    "keys",
    "pulumi",
    "copies",
    "crashes",
    "apply.lock",
    "leases",
    "ipam.sqlite",
    "ipam.sqlite-wal",
    "ipam.sqlite-shm",
    "ipam.sqlite.lock",
)
"""What a state folder holds, but for its labs, which look after theirs."""
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
SEEN: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def settle(root: Path) -> Path:
    """The state folder by which it is called from here on: without links of root's or ours on the way to it.

    Where it is there, it has to be ours. A folder that others may read is closed to them if it holds a state:
    versions before this one left it, and all in it, to the umask.

    Raises:
        NotOurs: it is a link, somebody else's, or others may put anything there.
        TryLater: it cannot be looked at.
    """
    plain = Path(os.path.abspath(root))  # noqa: PTH100 - resolve() would follow links
    real = folders.settled(plain.parent) / plain.name
    try:
        if os.path.lexists(real):  # commands that keep nothing work anywhere; whoever writes judges by itself
            with folders.own(real) as folder:
                _close(folder, real)
    except OSError as error:
        raise TryLater(
            Sentence(
                "the state folder {root} cannot be used: {strerror}", root=root, strerror=error.strerror
            ),
            hint="name another with --state",
        ) from error
    return root if real == plain else real


def _close(folder: int, root: Path) -> None:
    there = [name for name in HELD if _closed(folder, name, root / name)]
    if there:
        _take_from_others(folder, ".")


def _closed(folder: int, name: str, path: Path) -> bool:
    """True where something of this name is there, which is then nobody else's to read."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(found.st_mode):
        raise NotOurs(
            Sentence("{path} is a link", path=path),
            hint="look who put it there, and name the state folder that is meant",
        )
    judge_owner(found, path)
    if found.st_mode & OTHERS and found.st_uid == os.geteuid():
        _take_from_others(folder, name)
    return True


def _take_from_others(folder: int, name: str) -> None:
    """Take reading from others; what they may write is refused elsewhere, and stays as it is to be seen."""
    handle = os.open(name, SEEN, dir_fd=folder)
    try:
        found = os.fstat(handle)
        writable = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if found.st_mode & OTHERS and found.st_uid == os.geteuid() and not writable:
            os.fchmod(handle, stat.S_IMODE(found.st_mode) & ~OTHERS)
    finally:
        os.close(handle)
