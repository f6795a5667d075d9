"""Tells how far compiling is to whoever listens: the first run takes a while, and silence is no answer.

It is imported where nothing is compiled, so it imports nothing that compiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cmp.model.events import CompilingEvent


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a unit's code is kept; `file` holds it or would, `obstacle` is what keeps it from that."""

    unit: str
    kept: bool
    file: Path | None
    obstacle: str = ""


@dataclass(slots=True)
class _Ear:
    hears: Callable[[CompilingEvent], None] = field(default=lambda _event: None)


_EAR = _Ear()


def tell(event: CompilingEvent) -> None:
    """Tell whoever listens."""
    _EAR.hears(event)


@contextmanager
def heard_by(listener: Callable[[CompilingEvent], None]) -> Iterator[None]:
    """Within this a listener hears what compiling tells."""
    before, _EAR.hears = _EAR.hears, listener
    try:
        yield
    finally:
        _EAR.hears = before
