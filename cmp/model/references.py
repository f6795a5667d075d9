"""Refers to an environment, wherever it is kept: by the name its keeper knows it by, and by its revision."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final, Self

STORED: Final = "state:"
"""How the names of environments begin that a shared state keeps; all others are folders of YAML."""
AT: Final = "@"


@dataclass(frozen=True, slots=True)
class EnvironmentRef:
    """An environment: a folder as somebody named it, or `state:NAME` in a shared state.

    `revision` is the SHA-256, in hex, over what is declared in it; empty: the newest, whatever it is.
    """

    name: str
    revision: str = ""

    @classmethod
    def of(cls, text: str | os.PathLike[str]) -> Self:
        """What somebody wrote: a folder, `state:NAME` or `state:NAME@REVISION`."""
        name = os.fspath(text)
        if not name.startswith(STORED):
            return cls(_tidy(name))
        name, _, revision = name.partition(AT)
        return cls(name, revision)

    @property
    def is_stored(self) -> bool:
        """True where a shared state keeps it."""
        return self.name.startswith(STORED)

    @property
    def stored_name(self) -> str:
        """The environment's own name, where a shared state keeps it."""
        return self.name.removeprefix(STORED)

    def __str__(self) -> str:
        """Say it as it may be written again."""
        return f"{self.name}{AT}{self.revision}" if self.is_stored and self.revision else self.name


def _tidy(folder: str) -> str:
    """A folder as it was written, without what says nothing; none of them looks as if a state kept it."""
    name = str(PurePath(folder))
    return f"{os.curdir}{os.sep}{name}" if name.startswith(STORED) else name
