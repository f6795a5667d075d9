"""Builds tracks of probes, streams and reports for tests of measuring."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from cmp.network.measurement.measures import ConnectionReport, Report, StreamReport
from cmp.network.measurement.probing import Delays, Stream, StreamOutcome, Track
from cmp.network.measurement.stalls import Stall

DELAY = 0.001


def a_track(
    count: int = 100,
    lost: Collection[int] = (),
    period: float = 0.01,
    track: Track | None = None,
) -> Track:
    """A track whose probes were all received a millisecond after they were sent, but for some."""
    track = track or Track()
    begin = track.sent[-1] + track.period_of(len(track.sent) - 1) if track.sent else 0.0
    for number in range(count):
        moment = begin + number * period
        sequence = track.send(moment, period)
        if number not in lost:
            track.receive(sequence, moment + DELAY)
    return track


def a_stream(**changes: Any) -> Stream:
    """A stream of probes from a host's old IPv4 address."""
    usual = Stream(name="a-out-4", host="host-a", direction="out", family=4, address="192.0.2.1")
    return replace(usual, **changes)


def an_outcome(**changes: Any) -> StreamOutcome:
    """An outcome without fault."""
    usual = StreamOutcome(100, 0, 0.0, 0.0, None, Delays(1.0, 2.0, 3.0, 4.0))
    return replace(usual, **changes)


def a_stall(**changes: Any) -> Stall:
    """A connection's record without fault."""
    return replace(Stall(100, 100, 5.0, 1.0, Delays(1.0, 2.0, 3.0, 4.0)), **changes)


def a_stream_report(stream: Stream | None = None, **changes: Any) -> StreamReport:
    """A stream without fault; changes are those of its outcome."""
    return StreamReport(stream or a_stream(), an_outcome(**changes))


def a_connection_report(alive: bool = True, ended: str = "", **changes: Any) -> ConnectionReport:
    """A connection without fault; changes are those of its stall."""
    return ConnectionReport("host-a", "192.0.2.1", alive, a_stall(**changes), ended=ended)


def a_report(*streams: StreamReport, **changes: Any) -> Report:
    """A measuring of ten seconds."""
    return replace(Report(10.0, streams or (a_stream_report(),)), **changes)
