"""Gives each use of the engine a private folder for everything temporary, and clears those of dead runs.

The official provider for clusters writes the access data that it is given into temporary files and leaves
them there: keys of a cluster would outlast the run in a folder of the whole machine. So the engine and its
plugins are told of a folder of their own, which goes with the run. A run that is killed leaves it; nobody
holds it any more then, and the next run takes it away.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory, gettempdir
from typing import Final

PREFIX: Final = "tricenter-engine-"
"""How the names of these folders begin."""

VARIABLE: Final = "TMPDIR"
"""What tells programs where temporary files belong."""


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder for its owner alone, which is held and lasts as long as the block."""
    with TemporaryDirectory(prefix=PREFIX) as name:
        held = os.open(name, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield Path(name)
        finally:
            os.close(held)


def clear_dead_folders() -> int:
    """Remove the folders of ours that nobody holds; how many these were.

    One that is empty may just be about to be held.
    """
    found = [each for each in Path(gettempdir()).glob(f"{PREFIX}*") if _is_left(each)]
    for folder in found:
        rmtree(folder, ignore_errors=True)
    return len(found)


def _is_left(folder: Path) -> bool:
    with suppress(OSError):  # somebody else's, or gone by now
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return os.fstat(held).st_uid == os.getuid() and any(folder.iterdir())
        finally:
            os.close(held)
    return False
