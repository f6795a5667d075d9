"""Shows how far long work has come: one living line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import shutil
import sys
import threading
from dataclasses import dataclass, field
from typing import TextIO

from cli.showing import visible, visible_cell
from cmp.model.events import Compiling, CompilingEvent, LongWork, ResourceProgress
from cmp.model.happenings import Event
from cmp.words.catalogue import say
from cmp.words.events import told

CLEAR = "\r\x1b[2K"
QUARTERS = 4
"""Lines that compiling one unit takes where lines are not rewritten."""


@dataclass(slots=True)
class Display:
    """Takes lines and the progress of resources, from several threads.

    On a terminal the resources share one line that is rewritten; elsewhere each that is done or failed gets a
    line of its own. `styled` is False where nobody wants a terminal's codes: then it is as elsewhere.
    """

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    quiet: bool = False
    styled: bool = True
    language: str = "en"
    _done: int = 0
    _running: dict[str, None] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def rewrites(self) -> bool:
        """True on a terminal that somebody watches."""
        return self.styled and self.stream.isatty()

    def line(self, text: str) -> None:
        """Say one line that stays."""
        if self.quiet:
            return
        with self._lock:
            before = CLEAR if self.rewrites else ""
            print(f"{before}{visible(text)}", file=self.stream, flush=True)

    def event(self, event: Event) -> None:
        """Say what happened in the reader's language."""
        self.line(told(event, self.language))

    def begins(self, work: LongWork) -> None:
        """Say in the reader's language that work begins."""
        self.line(say(f"begins_{work}", self.language, {}))

    def resource(self, progress: ResourceProgress) -> None:
        """Follow one resource's operation."""
        if self.quiet:
            return
        what = f"{progress.operation} {progress.kind.rpartition(':')[2]} {progress.name}"
        if progress.phase == "failed" or (progress.phase == "done" and not self.rewrites):
            self.line(f"{progress.stack}: {what}: {progress.phase}")
        with self._lock:
            self._follow(f"{progress.stack}: {what}", started=progress.phase == "started")

    def compiling(self, event: CompilingEvent) -> None:
        """Follow compiling: on a terminal in one line that is rewritten, elsewhere in a few."""
        if not isinstance(event, Compiling) or event.done in {0, event.of}:
            self.line(str(event))
        elif self.rewrites and not self.quiet:
            with self._lock:
                print(f"{CLEAR}{visible_cell(str(event))}", end="", file=self.stream, flush=True)
        elif event.done * QUARTERS // event.of > (event.done - 1) * QUARTERS // event.of:
            self.line(str(event))

    def end(self) -> None:
        """Leave no half line behind."""
        if self.rewrites and not self.quiet:
            print(CLEAR, end="", file=self.stream, flush=True)

    def _follow(self, what: str, *, started: bool) -> None:
        if started:
            self._running[what] = None
        else:
            self._running.pop(what, None)
            self._done += 1
        if self.rewrites:
            last = next(reversed(self._running), "")
            text = f"{self._done} done, {len(self._running)} under way  {last}"
            print(
                f"{CLEAR}{visible_cell(text)[: shutil.get_terminal_size().columns - 1]}",
                end="",
                file=self.stream,
                flush=True,
            )
