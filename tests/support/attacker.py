"""Another user of the machine, who swaps what lies in a folder of theirs while root works there."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cmp.errors import CmpError

TRIES = 1000
PATIENCE = 120.0
"""Seconds in which both the link and the file have to be met: a busy machine lets the swapper wait."""
SERVER = 65533
"""Their user: it stands in no list of users. On hosts it is the one whose program keeps the zone."""
SECRET = "the secret of root"  # noqa: S105 - what must not be told


@contextlib.contextmanager
def meanwhile(swap: Callable[[], None]) -> Iterator[None]:
    """Have the server's user swap what lies in its folder, again and again, until the block ends."""
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setresgid(SERVER, SERVER, SERVER)
        os.setresuid(SERVER, SERVER, SERVER)
        while True:
            with contextlib.suppress(OSError):
                swap()
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def tried(ask: Callable[[], object], *, both: bool = False) -> tuple[int, int]:
    """How often it ended well and was refused; goes on until `both` were met, if they have to be."""
    well = refused = 0
    end = time.monotonic() + PATIENCE
    while well + refused < TRIES or (both and not (well and refused)):
        assert time.monotonic() < end, f"{well} ended well, {refused} were refused"
        try:
            said = ask()
        except (OSError, CmpError):
            refused += 1
        else:
            assert said != SECRET
            well += 1
    return well, refused


def untouched(secret: Path) -> bool:
    found = secret.stat()
    return secret.read_text() == SECRET and (found.st_uid, stat.S_IMODE(found.st_mode)) == (0, 0o600)


def a_secret(folder: Path) -> Path:
    """A file that root alone may read."""
    file = folder / "secret"
    file.write_text(SECRET)
    file.chmod(0o600)
    return file


def a_way_in(folder: Path) -> None:
    """Let the other user pass through the folders of a test."""
    for each in (folder, *folder.parents):
        if each.owner() == "root" and each.name.startswith(("pytest", "popen-", "test_")):
            each.chmod(0o711)


def a_folder_of_theirs(folder: Path, name: str) -> Path:
    """A folder that belongs to the other user, below one that lets them in."""
    a_way_in(folder)
    made = folder / name
    made.mkdir()
    os.chown(made, SERVER, SERVER)
    return made
