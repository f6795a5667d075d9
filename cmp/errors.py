"""Draws the tree of everything Tricenter refuses, with the code, exit code and remedy of each refusal.

CmpError
├── Invalid          2  the input is wrong: correct it and ask again
├── Refused          3  a rule, an approval or a proof forbids it: the sentence says which
│   ├── NothingFits     the input is right: no pool can take it
│   ├── Stale           the Plan's inputs changed: plan again
│   ├── NotOurs         a file or folder of ours may have been put there by somebody else
│   └── Conflict        somebody changed it first, or is changing it now: read again and retry
├── Differs          4  what is there is not what was declared (drift, verify, --check)
├── Interrupted      5  partly done, journal kept: run the same command again
└── TryLater         5  a cloud, tool or host is not available: put that right, then run it again
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong with an input file, with its place and remedy.

    Lines and columns count from 1. `code` is stable and never reused.
    """

    file: str
    line: int
    column: int
    code: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        """Say it in the form editors jump to."""
        remedy = f" ({self.hint})" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {self.code}: {self.message}{remedy}"


class CmpError(Exception):
    """Anything Tricenter refuses or cannot finish; `hint` says what to do about it."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    status: ClassVar[int] = 500
    retry: ClassVar[bool] = False

    def __init__(self, sentence: str, *, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint


class Invalid(CmpError):
    """The input is wrong; `problems` lists every place at once."""

    code = "invalid"
    exit_code = 2
    status = 422

    def __init__(self, sentence: str, problems: Iterable[Problem] = (), *, hint: str = "") -> None:
        super().__init__(sentence, hint=hint)
        self.problems = tuple(sorted(problems))


class Refused(CmpError):
    """A rule, an approval or a proof forbids it."""

    code = "refused"
    exit_code = 3
    status = 403


class NothingFits(Refused):
    """The input is right, but no pool can take it."""

    code = "nothing-fits"
    status = 409


class Stale(Refused):
    """The Plan was made from inputs that have changed since."""

    code = "stale-plan"
    status = 412


class NotOurs(Refused):
    """A file or folder that only we should write is somebody else's, or a link stands in its way."""

    code = "not-ours"


class Conflict(Refused):
    """Somebody else changed it first or is changing it now."""

    code = "conflict"
    status = 409
    retry = True


class Differs(CmpError):
    """What is there is not what was declared."""

    code = "differs"
    exit_code = 4
    status = 409


class Interrupted(CmpError):
    """Partly done; what was done is recorded and the same command goes on."""

    code = "interrupted"
    exit_code = 5
    status = 503
    retry = True


class TryLater(CmpError):
    """A cloud, tool or host is not available at the moment."""

    code = "try-later"
    exit_code = 5
    status = 503
    retry = True
