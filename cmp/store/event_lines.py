"""Writes what happens as JSON lines for machines, beside whoever else watches."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Protocol

from cmp.errors import CmpError
from cmp.model.events import LongWork, ResourceProgress
from cmp.model.happenings import Event
from cmp.store.files import append_named


class Watcher(Protocol):
    """Whoever else hears of it."""

    def line(self, text: str) -> None:
        """One line in a tool's own words."""

    def event(self, event: Event) -> None:
        """Something happened."""

    def begins(self, work: LongWork) -> None:
        """Long work begins."""

    def resource(self, progress: ResourceProgress) -> None:
        """One resource's operation began, ended or failed."""


@dataclass(slots=True)
class EventLines:
    """Appends one line of JSON an event to a file, and hands everything on; called from several threads.

    A line has the `run` (one call), its `number` from 1 without a gap, the moment `at`, and the event: its
    `kind`, `subject` and `values`. Once a line cannot be written nothing more is, and whoever else watches
    is told: what is being changed does not stop for want of a listener.
    """

    append: Callable[[bytes], None]
    name: str
    inner: Watcher
    run: str
    now: Callable[[], datetime]
    number: int = 0
    ended: bool = False
    turn: Lock = field(default_factory=Lock)

    def line(self, text: str) -> None:
        """A tool's own words."""
        self._write(Event("note", "", {"text": text}))
        self.inner.line(text)

    def event(self, event: Event) -> None:
        """Something happened."""
        self._write(event)
        self.inner.event(event)

    def begins(self, work: LongWork) -> None:
        """Long work begins."""
        self._write(Event("work-begins", work.value))
        self.inner.begins(work)

    def resource(self, progress: ResourceProgress) -> None:
        """One resource's operation began, ended or failed."""
        self._write(
            Event(
                "resource",
                progress.name,
                {
                    "stack": progress.stack,
                    "operation": progress.operation.value,
                    "resource": progress.kind,
                    "phase": progress.phase.value,
                },
            )
        )
        self.inner.resource(progress)

    def _write(self, event: Event) -> None:
        with self.turn:
            reason = "" if self.ended else self._appended(event)
            self.ended = self.ended or bool(reason)
        if reason:
            self.inner.event(Event("events-end", self.name, {"reason": reason}))

    def _appended(self, event: Event) -> str:
        """Write one line; tells why that cannot be done."""
        self.number += 1
        told = {"run": self.run, "number": self.number, "at": self.now().isoformat()} | event.document
        try:
            self.append(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        except CmpError as error:
            return str(error)
        return ""


def event_lines(path: Path, inner: Watcher, run: str, now: Callable[[], datetime]) -> EventLines:
    """Begin to write what happens to a file; what is in it already stays.

    Raises:
        NotOurs: a link of somebody else is on the way.
        TryLater: it cannot be written, or is no plain file.
    """
    append_named(path, b"")
    return EventLines(partial(append_named, path), str(path), inner, run, now)
