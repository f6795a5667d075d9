"""Reckons from bytes echoed over one TCP connection how long it stood still, and whether it lived."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from math import isnan

from cmp.network.measurement.probing import MS, Delays, Track, delays


@dataclass(frozen=True, slots=True)
class Stall:
    """What a connection showed between two moments: echoes sent and answered, and the longest wait for one.

    `longest` is in ms, `at` the moment in seconds when the echo that waited longest was sent.
    """

    sent: int
    answered: int
    longest: float
    at: float | None
    delays: Delays | None


def stall(track: Track, now: float, begin: float = float("-inf"), end: float = float("inf")) -> Stall:
    """Judge the echoes sent from `begin` on and before `end`, all in seconds; `now` ends the measuring.

    TCP delivers in order, so the longest wait for an echo is the time the connection stood still, to within
    one interval, and it is what a program on that connection waits. An echo that never came waits until
    `now`.
    """
    first, last = bisect_left(track.sent, begin), bisect_left(track.sent, end)
    waits = [_wait(track, number, now) for number in range(first, last)]
    longest = max(range(len(waits)), key=waits.__getitem__, default=None)
    known = [track.received[number] - track.sent[number] for number in range(first, last)]
    return Stall(
        sent=last - first,
        answered=sum(not isnan(wait) for wait in known),
        longest=0.0 if longest is None else MS * waits[longest],
        at=None if longest is None else track.sent[first + longest],
        delays=delays(known),
    )


def _wait(track: Track, number: int, now: float) -> float:
    came = track.received[number]
    return (now if isnan(came) else came) - track.sent[number]
