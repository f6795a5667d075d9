"""Tells how far compiling is to whoever listens: the first run takes a while, and silence is no answer.

It is imported where nothing is compiled, so it imports nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Compiling:
    """So many functions of a unit are compiled."""

    unit: str
    done: int
    of: int

    def __str__(self) -> str:
        """What a person reads."""
        return f"compiling the {self.unit}, once per machine and version: {self.done} of {self.of}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Another process compiles a unit, and this one waits for it."""

    unit: str

    def __str__(self) -> str:
        """What a person reads."""
        return f"another process is compiling the {self.unit}: waiting for it"


@dataclass(frozen=True, slots=True)
class Unkept:
    """Nothing can be kept, so a unit is compiled for one process."""

    unit: str
    reason: str

    def __str__(self) -> str:
        """What a person reads."""
        return f"the {self.unit} is compiled for this run only: {self.reason}"


@dataclass(frozen=True, slots=True)
class Damaged:
    """What was kept of a unit is not what was written."""

    unit: str
    file: str

    def __str__(self) -> str:
        """What a person reads."""
        return f"{self.file} is damaged: the {self.unit} is compiled anew"


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a unit's code is kept; `file` holds it or would, `obstacle` is what keeps it from that."""

    unit: str
    kept: bool
    file: Path | None
    obstacle: str = ""


Event = Compiling | Waiting | Unkept | Damaged


@dataclass(slots=True)
class _Ear:
    hears: Callable[[Event], None] = field(default=lambda _event: None)


_EAR = _Ear()


def tell(event: Event) -> None:
    """Tell whoever listens."""
    _EAR.hears(event)


@contextmanager
def heard_by(listener: Callable[[Event], None]) -> Iterator[None]:
    """Within this a listener hears what compiling tells."""
    before, _EAR.hears = _EAR.hears, listener
    try:
        yield
    finally:
        _EAR.hears = before
