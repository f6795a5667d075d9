"""Makes the report out of what the sender has noted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cmp.network.measurement.measures import ConnectionReport, Mark, StreamReport
from cmp.network.measurement.probing import outcome, settled
from cmp.network.measurement.stalls import stall
from cmp.probes.datagrams import Lane
from cmp.probes.echoes import Echo


def stream_reports(lanes: Iterable[Lane], marks: Sequence[Mark], until: float) -> tuple[StreamReport, ...]:
    """What each stream showed with the probes that were sent before `until`, seconds since the start."""
    return tuple(_stream(lane, marks, until) for lane in lanes)


def _stream(lane: Lane, marks: Sequence[Mark], until: float) -> StreamReport:
    track = settled(lane.track) if lane.stream.settles else lane.track
    return StreamReport(
        stream=lane.stream,
        whole=outcome(track, end=until),
        marks={name: outcome(track, begin, end) for name, begin, end in windows(marks, until)},
        refused=track.refused,
        duplicates=track.duplicates,
        reordered=track.reordered,
        began=bool(track.sent),
    )


def connection_reports(
    echoes: Iterable[Echo], marks: Sequence[Mark], until: float, now: float
) -> tuple[ConnectionReport, ...]:
    """What each connection showed with the records that were sent before `until`; both in seconds."""
    return tuple(
        ConnectionReport(
            host=echo.talk.host,
            address=echo.talk.address,
            alive=echo.connected and not echo.ended,
            whole=stall(echo.track, now, end=until),
            marks={name: stall(echo.track, now, begin, end) for name, begin, end in windows(marks, until)},
            ended=echo.ended or ("" if echo.connected else "it never came about"),
        )
        for echo in echoes
    )


def windows(marks: Sequence[Mark], until: float) -> Iterator[tuple[str, float, float]]:
    """From each mark to the next, and from the last one to the end; a name used again gets a number."""
    seen: dict[str, int] = {}
    ends = [min(until, following.at) for following in marks[1:]]
    for mark, end in zip(marks, [*ends, until], strict=False):
        seen[mark.name] = seen.get(mark.name, 0) + 1
        name = mark.name if seen[mark.name] == 1 else f"{mark.name} ({seen[mark.name]})"
        yield name, mark.at, end
