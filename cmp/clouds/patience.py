"""Waits for clouds: asks again until an answer or a deadline, and repeats what was only refused for now."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from cmp.errors import CmpError, Conflict, TryLater

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to ask and how long, in seconds."""

    within: float
    every: float = 1.0


BUSY = Pace(within=45, every=1.5)
"""A cloud that answers 'busy' or 'still in use'."""

UNREACHABLE = Pace(within=8, every=1.0)
"""A cloud that does not answer: a restart of a service is bridged, an outage is reported soon."""


class Unreachable(TryLater):
    """Nothing answered at the cloud's address."""


def pause(seconds: float) -> None:
    """Let time pass between two questions; the only place where drivers wait."""
    time.sleep(seconds)  # noqa: TID251 - the loops below have deadlines


def until(ask: Callable[[], T | None], pace: Pace, late: Callable[[], CmpError]) -> T:
    """Ask until there is an answer that is not None.

    Raises:
        CmpError: the one that `late` makes, when the time is up.
    """
    end = time.monotonic() + pace.within
    while True:
        answer = ask()
        if answer is not None:
            return answer
        if time.monotonic() >= end:
            raise late()
        pause(pace.every)


def patiently(action: Callable[[], T], busy: Pace = BUSY, unreachable: Pace = UNREACHABLE) -> T:
    """Repeat an action that may be repeated while the cloud is busy, in conflict or unreachable.

    Raises:
        CmpError: what the last attempt said, when the time for its kind is up; any other at once.
    """
    start = time.monotonic()
    while True:
        try:
            return action()
        except (TryLater, Conflict) as error:
            pace = unreachable if isinstance(error, Unreachable) else busy
            if time.monotonic() - start >= pace.within:
                raise
            pause(pace.every)
