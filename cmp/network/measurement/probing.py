"""Reckons from the probes of one stream, sent and received, how long it was interrupted and what it lost.

Two figures that do not share their faults. By loss: every lost probe stands for the interval that it was sent
in (RFC 6412 3.6.5, equation 8, per stream: an average over streams would hide the one that is dead). By gap:
the largest time between two probes received one after the other, less the interval. All times are seconds on
one clock that never steps; results are milliseconds.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil, isnan, nan
from typing import Final, Literal, NamedTuple

MS: Final = 1000.0

Direction = Literal["out", "in"]
"""`out` is from the host to the station, `in` from the station to the host."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Which way one stream of probes goes: from or to which address of which host.

    `era` says whether the address is of the network that is left (`old`) or entered (`new`). A stream that
    `settles` goes to an address that is not there yet: it counts from the first probe that is received.
    """

    name: str
    host: str
    direction: Direction
    family: int
    address: str
    era: str = "old"
    settles: bool = False


@dataclass(slots=True)
class Track:
    """What became of the probes of a stream: when each was sent, and received (NaN: never), by sequence.

    `periods` holds from which sequence on probes were sent how many seconds apart, in order.
    """

    sent: array[float] = field(default_factory=lambda: array("d"))
    received: array[float] = field(default_factory=lambda: array("d"))
    periods: list[tuple[int, float]] = field(default_factory=list)
    refused: int = 0
    duplicates: int = 0
    reordered: int = 0
    highest: int = -1

    def send(self, moment: float, period: float) -> int:
        """Note that a probe goes out; returns its sequence, from 0."""
        sequence = len(self.sent)
        self.sent.append(moment)
        self.received.append(nan)
        if not self.periods or self.periods[-1][1] != period:
            self.periods.append((sequence, period))
        return sequence

    def receive(self, sequence: int, moment: float) -> None:
        """Note that a probe came in; what was never sent is no probe of ours and is left out."""
        if sequence >= len(self.sent):
            return
        if not isnan(self.received[sequence]):
            self.duplicates += 1
            return
        self.received[sequence] = moment
        if sequence < self.highest:
            self.reordered += 1
        else:
            self.highest = sequence

    def period_of(self, sequence: int) -> float:
        """Seconds between probes when this one was sent."""
        place = bisect_right(self.periods, sequence, key=lambda change: change[0])
        return self.periods[max(0, place - 1)][1]


@dataclass(frozen=True, slots=True)
class Delays:
    """One-way delays (or round trips, where the far end only echoes), ms."""

    median: float
    p95: float
    p99: float
    most: float


@dataclass(frozen=True, slots=True)
class StreamOutcome:
    """What a stream showed between two moments.

    `by_loss` and `by_gap` are the interruption in ms; `gap_at` is when the largest gap began, in seconds, and
    `delays` is None where nothing was received.
    """

    sent: int
    lost: int
    by_loss: float
    by_gap: float
    gap_at: float | None
    delays: Delays | None

    @property
    def interruption(self) -> float:
        """The longer of both figures, ms: neither method may make the other look good."""
        return max(self.by_loss, self.by_gap)


class Silence(NamedTuple):
    """A time in which nothing was received: seconds, the interval taken off, and when it began."""

    seconds: float
    began: float


def outcome(track: Track, begin: float = float("-inf"), end: float = float("inf")) -> StreamOutcome:
    """Judge the probes that were sent from `begin` on and before `end`, seconds.

    A gap that reaches over one of these moments is counted whole: what is cut off at a mark is not shorter.
    """
    first, last = bisect_left(track.sent, begin), bisect_left(track.sent, end)
    lost = [number for number in range(first, last) if isnan(track.received[number])]
    worst = max(gaps(track, first, last), default=Silence(0.0, nan))
    return StreamOutcome(
        sent=last - first,
        lost=len(lost),
        by_loss=MS * sum(track.period_of(number) for number in lost),
        by_gap=MS * max(0.0, worst.seconds),
        gap_at=worst.began if worst.seconds > 0 else None,
        delays=delays([track.received[n] - track.sent[n] for n in range(first, last)]),
    )


def gaps(track: Track, first: int, last: int) -> Iterator[Silence]:
    """The gap before every received probe numbered from `first` on and before `last`, and the one at the end.

    The interval is the time that really passed between the sending of a probe and of the one before, so a
    sender that was late itself makes no gap. What was lost before the first receipt counts from when it was
    sent, what was lost after the last one until the sending ended.
    """
    sent, received = track.sent, track.received
    before = _before(track, first)
    for number in range(first, last):
        if isnan(received[number]):
            continue
        if before is None:
            yield Silence(sent[number] - sent[0], sent[0])
            before = received[number]
        else:
            yield Silence(received[number] - before - (sent[number] - sent[number - 1]), before)
            before = max(before, received[number])
    if first < last and isnan(received[last - 1]):
        began = sent[first] if before is None else before
        period = 0.0 if before is None else track.period_of(last - 1)
        yield Silence(_after(track, last) - began - period, began)


def _before(track: Track, first: int) -> float | None:
    """When the last probe before number `first` was received; None when none was."""
    known = (moment for moment in reversed(track.received[:first]) if not isnan(moment))
    return next(known, None)


def _after(track: Track, last: int) -> float:
    """When the first probe from number `last` on was received, so that a gap is not cut short by a mark."""
    known = (moment for moment in track.received[last:] if not isnan(moment))
    return next(known, track.sent[-1] + track.period_of(len(track.sent) - 1))


def settled(track: Track) -> Track:
    """The same track from its first received probe on; empty when nothing ever came."""
    first = next((n for n, moment in enumerate(track.received) if not isnan(moment)), len(track.sent))
    periods = [(0, track.period_of(first))] if first < len(track.sent) else []
    periods += [(begin - first, period) for begin, period in track.periods if begin > first]
    return Track(
        sent=track.sent[first:],
        received=track.received[first:],
        periods=periods,
        duplicates=track.duplicates,
        reordered=track.reordered,
        highest=track.highest - first,
    )


def delays(seconds: Sequence[float]) -> Delays | None:
    """Percentiles in ms (nearest rank) of what is not NaN; None where nothing is left."""
    known = sorted(MS * delay for delay in seconds if not isnan(delay))
    if not known:
        return None
    return Delays(percentile(known, 50), percentile(known, 95), percentile(known, 99), known[-1])


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` percent of them do not exceed; `ordered` is sorted and not empty."""
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]
