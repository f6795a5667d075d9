"""Looks every few seconds at what time alone brings: schedules that are due, notices that are to be sent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Final

EVERY: Final = 2.0
"""Seconds between two looks: cron knows minutes."""


@dataclass
class Clock:
    """A thread that looks; several processes have one each, and nothing is done twice for that."""

    what: str
    look: Callable[[], object]
    every: float = EVERY
    _ended: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def start(self) -> None:
        """Look from now on."""
        self._thread = Thread(target=self._work, daemon=True, name=self.what)
        self._thread.start()

    def stop(self) -> None:
        """Look no more; a look that is under way comes to its end."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while not self._ended.wait(self.every):
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 - the database is away: looked again, for ever
                logging.getLogger(__name__).warning("%s cannot be looked at: %s", self.what, error)
