"""Keeps files of the state, and says in sentences why one cannot be read or written."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cmp.errors import Invalid, TryLater
from cmp.files import placing
from cmp.sentences import Sentence

SENTENCES = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
}


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file of the state: the old content or the new, never half of it, and for nobody else (0600).

    Raises:
        NotOurs: a link or something of somebody else stands in the way; nothing is changed.
        TryLater: the disk is full or may not be written; the old content is untouched.
    """
    with _told(path):
        placing.write_own(path, content)


def write_named(path: Path, content: bytes) -> None:
    """Write a file that somebody asked for under this name, for nobody else to read (0600) at first.

    Raises:
        NotOurs: a link of somebody else is on the way, or something that is no file; nothing is changed.
        TryLater: the disk is full or may not be written; the old content is untouched.
    """
    with _told(path):
        placing.write_given(path, content)


def write_for_others(path: Path, content: bytes) -> None:
    """Write a file that somebody asked for to hand it on: whoever the umask lets may read it.

    Raises:
        NotOurs: a link of somebody else is on the way, or something that is no file; nothing is changed.
        TryLater: the disk is full or may not be written; the old content is untouched.
    """
    with _told(path):
        placing.write_given(path, content, placing.READABLE)


def append_named(path: Path, content: bytes) -> None:
    """Write after the end of a file that somebody named (0600 where it is made).

    Raises:
        NotOurs: a link of somebody else is on the way.
        TryLater: it cannot be written, a link stands in its place, or it is no plain file.
    """
    with _told(path):
        placing.append_given(path, content)


def write_once(path: Path, content: bytes) -> None:
    """Write a file of the state (0600) unless there is one, which then stays.

    Raises:
        NotOurs: what stands on the way or in its place is not ours alone.
        TryLater: it cannot be written.
    """
    with _told(path):
        placing.write_once(path, content)


def remove(path: Path) -> None:
    """Remove a file of the state; nothing where there is none.

    Raises:
        NotOurs: its folder is not ours alone.
        TryLater: it may not be removed.
    """
    with _told(path):
        placing.remove_own(path)


def read(path: Path, what: str) -> bytes:
    """The content of a file of the state that has to be there.

    Raises:
        Invalid: it is missing or may not be read.
        NotOurs: it is a link, or somebody else may have written it.
    """
    try:
        return placing.read_own(path)
    except OSError as error:
        raise Invalid(
            Sentence("cannot read {what} {path}: {strerror}", what=what, path=path, strerror=error.strerror)
        ) from error


def read_if_there(path: Path, what: str) -> bytes | None:
    """The content of a file of the state, or None where there is none.

    Raises:
        Invalid: it may not be read.
        NotOurs: it is a link, even one that leads nowhere, or somebody else may have written it.
    """
    try:
        return placing.read_own(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Invalid(
            Sentence("cannot read {what} {path}: {strerror}", what=what, path=path, strerror=error.strerror)
        ) from error


def read_given(path: Path, what: str) -> bytes:
    """The content of a file that somebody named.

    Raises:
        Invalid: it is missing, is no plain file or may not be read.
    """
    try:
        return placing.read_given(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Invalid(
            Sentence("cannot read {what} {path}: {reason}", what=what, path=path, reason=reason)
        ) from error


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = SENTENCES.get(error.errno or 0, error.strerror or "it cannot be written")
        raise TryLater(
            Sentence("cannot write {path}: {reason}; what was there is unchanged", path=path, reason=reason),
            hint="put that right and run the command again",
        ) from error
