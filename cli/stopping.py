"""Ends a long search at a deadline or at Ctrl-C, with the best that was found so far."""

from __future__ import annotations

import signal
from collections.abc import Callable
from time import monotonic
from types import FrameType
from typing import Self

EVER = 1_000_000_000
"""Attempts that no machine gets through: a clock ends the search."""


EVERY, IN_A_FILE = 1.0, 5.0
"""Seconds between two lines of progress: for whoever watches, and in what is read afterwards."""


class SearchProgress:
    """Says every second how far a search has come; at once where a number of seconds was asked for.

    What is not `watched` on a terminal gets a line every five seconds, and only where there is news.
    """

    def __init__(
        self,
        say: Callable[[int, float], None],
        *,
        at_once: bool,
        watched: bool = True,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Start the clock."""
        self._say, self._clock = say, clock
        self._watched, self._every = watched, EVERY if watched else IN_A_FILE
        self._next = clock() + (0 if at_once else self._every)
        self._told: float | None = None

    def __call__(self, attempts: int, objective: float) -> None:
        """Hear after how many attempts the objective is what."""
        if self._clock() < self._next or (objective == self._told and not self._watched):
            return
        self._next, self._told = self._clock() + self._every, objective
        self._say(attempts, objective)


class Stopper:
    """Answers whether to stop: once a number of seconds is over (None: never), or after the first Ctrl-C.

    A second Ctrl-C ends the program as usual. Use as a context manager.
    """

    def __init__(self, seconds: float | None) -> None:
        """Start the clock."""
        self._deadline = None if seconds is None else monotonic() + seconds
        self._usual: signal._HANDLER = signal.SIG_DFL
        self.interrupted = False

    def was_interrupted(self) -> bool:
        """True when somebody asked to end the search."""
        return self.interrupted

    def release(self) -> None:
        """Leave Ctrl-C as it was: the search has ended, and what follows it ends as usual."""
        signal.signal(signal.SIGINT, self._usual)

    def __call__(self) -> bool:
        """True when the search is to end."""
        return self.interrupted or (self._deadline is not None and monotonic() >= self._deadline)

    def __enter__(self) -> Self:
        """Listen for Ctrl-C."""
        self._usual = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave Ctrl-C as it was."""
        self.release()

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        self.interrupted = True
        signal.signal(signal.SIGINT, self._usual)
