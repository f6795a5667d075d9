"""Opens folders from / downwards, each below the one before, so that nobody exchanges one under our hands."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from cmp.errors import NotOurs
from cmp.files.trust import is_trusted, judge_way, name_of
from cmp.sentences import Sentence

FOLDER: Final = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
LINKS: Final = frozenset({errno.ELOOP, errno.ENOTDIR, errno.EMLINK})
"""What the kernel answers where a link is not followed, or something is no folder."""
MOST_LINKS: Final = 40
OURS: Final = 0o700
COMMON: Final = 0o755


@contextmanager
def own(path: Path, *, make: bool = False) -> Iterator[int]:
    """A handle of a folder that only root and we can have put there; what is made is ours alone (0700).

    Raises:
        NotOurs: a link, a file, another user's folder, or one that others may write stands on the way.
        OSError: it is not there, or cannot be opened.
    """
    handle = _walked(path, OURS if make else None, judged=True)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def given(path: Path, *, make: bool = False) -> Iterator[int]:
    """A handle of a folder that somebody named, whoever owns it; of links, those of root and ours count.

    Raises:
        NotOurs: a link of somebody else stands on the way.
        OSError: it is not there, or cannot be opened.
    """
    handle = _walked(settled(path), COMMON if make else None, judged=False)
    try:
        yield handle
    finally:
        os.close(handle)


def settled(path: Path) -> Path:
    """The path with each link on it replaced by where it leads; what is not there yet stays as it is.

    Raises:
        NotOurs: a link belongs to neither root nor us, or links lead in a circle.
    """
    left, done, links = [*reversed(_absolute(path).parts[1:])], Path("/"), 0
    while left:
        name = left.pop()
        if name == os.pardir:
            done = done.parent
            continue
        here = done / name
        try:
            found = os.lstat(here)
        except (OSError, ValueError):
            return here.joinpath(*reversed(left))
        if not stat.S_ISLNK(found.st_mode):
            done = here
            continue
        links += 1
        _judge_link(found, here, links)
        target = here.readlink()
        done = Path("/") if target.is_absolute() else done
        left += [part for part in reversed(target.parts) if part != "/"]
    return done


def _judge_link(found: os.stat_result, path: Path, links: int) -> None:
    if links > MOST_LINKS:
        raise NotOurs(
            Sentence("{path} leads in a circle of links", path=path), hint="name the folder that is meant"
        )
    if not is_trusted(found.st_uid):
        raise NotOurs(
            Sentence(
                "{path} is a link of {st_uid}, who may let it lead anywhere",
                path=path,
                st_uid=name_of(found.st_uid),
            ),
            hint="name the folder that is meant",
        )


def _absolute(path: Path) -> Path:
    """The path from / on; `..` counts as written, since no link is followed."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links


def _walked(path: Path, mode: int | None, *, judged: bool) -> int:
    """Open a folder; where `mode` is given, make what is missing on the way with it."""
    path = _absolute(path)
    handle = os.open("/", FOLDER)
    try:
        for depth, name in enumerate(path.parts[1:], start=2):
            where = Path(*path.parts[:depth])
            below = _below(handle, name, mode, where)
            os.close(handle)
            handle = below
            if judged:
                judge_way(handle, where)
    except BaseException:
        os.close(handle)
        raise
    return handle


def _below(folder: int, name: str, mode: int | None, where: Path) -> int:
    try:
        with suppress(FileNotFoundError):
            return os.open(name, FOLDER, dir_fd=folder)
        if mode is not None:
            with suppress(FileExistsError):
                os.mkdir(name, mode, dir_fd=folder)
        return os.open(name, FOLDER, dir_fd=folder)
    except OSError as error:
        if error.errno in LINKS and stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise NotOurs(
                Sentence("{where} is a link", where=where),
                hint="look who put it there, and name the folder that is meant",
            ) from error
        raise
