"""Writes files so that a reader sees the old content or the new, never half of it."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from cmp.errors import Invalid, TryLater

SENTENCES = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
}


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a temporary file beside `path`, make it durable, then rename it.

    Raises:
        TryLater: the disk is full or may not be written; the old content is untouched.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, content, mode)
    except OSError as error:
        reason = SENTENCES.get(error.errno or 0, error.strerror or "it cannot be written")
        raise TryLater(
            f"cannot write {path}: {reason}; what was there is unchanged",
            hint="put that right and run the command again",
        ) from error


def _write(path: Path, content: bytes, mode: int) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def read(path: Path, what: str) -> bytes:
    """The content of a file that has to be there.

    Raises:
        Invalid: it is missing or may not be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise Invalid(f"cannot read {what} {path}: {error.strerror}") from error
