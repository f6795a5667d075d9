"""Says where the records of a state's service lie, and lets one process stand on a state folder."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cmp.errors import Conflict
from cmp.files.placing import open_own

DATABASE: Final = "service.sqlite"
"""The file of its records in the state folder, where no other database was named."""


@contextmanager
def only_here(root: Path) -> Iterator[None]:
    """Let one process serve a state folder: two would carry one name, and take each other's work.

    Raises:
        Conflict: another one does.
    """
    with open_own(root / "serve.lock") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Conflict(
                f"another process serves {root}", hint="end it first, or give this one its own --state"
            ) from error
        yield
