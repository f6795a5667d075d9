"""Holds what probes measured during a change, and says in sentences which limits it broke."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from cmp.network.measurement.probing import Stream, StreamOutcome
from cmp.network.measurement.stalls import Stall

ARROW: Final = {"out": "host to station", "in": "station to host"}


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened while probes ran; `at` is in seconds since they began."""

    name: str
    at: float


@dataclass(frozen=True, slots=True)
class StreamReport:
    """What a stream showed in all, and from each mark to the next one.

    `began` is False for a stream that waits for an address and never received anything.
    """

    stream: Stream
    whole: StreamOutcome
    marks: Mapping[str, StreamOutcome] = field(default_factory=dict)
    refused: int = 0
    duplicates: int = 0
    reordered: int = 0
    began: bool = True


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """What a TCP connection from a host's address showed; `ended` says why it is not alive."""

    host: str
    address: str
    alive: bool
    whole: Stall
    marks: Mapping[str, Stall] = field(default_factory=dict)
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """How the sending process fared itself.

    `late` is the longest time in ms that it came too late to send, `skipped` how many probes it left out for
    that, `steps` the largest step of the machine's clock in ms, `cpu` its processor time in seconds.
    """

    sent: int = 0
    late: float = 0.0
    skipped: int = 0
    steps: float = 0.0
    cpu: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """Everything measured from the start to the stop of the probes, `seconds` long."""

    seconds: float
    streams: tuple[StreamReport, ...]
    connections: tuple[ConnectionReport, ...] = ()
    marks: tuple[Mark, ...] = ()
    sender: Sender = Sender()

    @property
    def sent(self) -> int:
        """Probes sent over all streams."""
        return sum(report.whole.sent for report in self.streams)

    @property
    def lost(self) -> int:
        """Probes lost over all streams."""
        return sum(report.whole.lost for report in self.streams)

    @property
    def worst(self) -> StreamReport | None:
        """The stream that was interrupted longest: it decides (RFC 6412 3.6.5)."""
        return max(self.streams, key=lambda report: report.whole.interruption, default=None)

    @property
    def longest_stall(self) -> float:
        """The longest stall of any connection, ms; 0 where there is none."""
        return max((report.whole.longest for report in self.connections), default=0.0)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a change may cost: probes lost per stream, interruption and TCP stall in ms, and IPv6's delay.

    The median delay over IPv6 may be `parity` times the one over IPv4 plus `parity_slack` ms.
    """

    lost: int = 0
    interruption: float = 50.0
    stall: float = 50.0
    parity: float = 1.5
    parity_slack: float = 2.0
    late: float = 50.0
    """A sender that came later than this, in ms, did not look closely enough: a doubt, no objection."""


def objections(report: Report, limits: Limits) -> Iterator[str]:
    """Everything by which a measuring breaks the limits, a sentence each; nothing where all is well."""
    if not report.sent:
        yield "no probe was sent: nothing is shown"
    for each in report.streams:
        yield from _stream(each, limits)
    for connection in report.connections:
        yield from _connection(connection, limits)
    for host, (ipv4, ipv6) in sorted(medians(report).items()):
        if ipv6 > limits.parity * ipv4 + limits.parity_slack:
            yield f"{host}: IPv6 takes {ipv6:.1f} ms where IPv4 takes {ipv4:.1f} ms (median one way)"


def doubts(report: Report, limits: Limits) -> Iterator[str]:
    """What lessens the worth of a measuring without speaking against the network."""
    sender = report.sender
    if sender.late > limits.late:
        yield f"the sender itself stood still for {sender.late:.0f} ms and left {sender.skipped} probes out"
    if sender.steps > limits.late:
        yield f"the machine's clock was set by {sender.steps:.0f} ms meanwhile: delays then are wrong"


def _stream(report: StreamReport, limits: Limits) -> Iterator[str]:
    who, whole = said(report.stream), report.whole
    if not report.began:
        yield f"{who}: nothing was ever received"
    elif whole.lost > limits.lost:
        yield f"{who}: {whole.lost} of {whole.sent} probes lost, {whole.by_loss:.0f} ms by loss"
    if report.began and whole.by_gap > limits.interruption:
        yield f"{who}: nothing came for {whole.by_gap:.0f} ms, at most {limits.interruption:.0f} ms allowed"


def _connection(report: ConnectionReport, limits: Limits) -> Iterator[str]:
    who = f"{report.host}: the TCP connection from {report.address}"
    if not report.alive:
        yield f"{who} ended: {report.ended or 'no answer'}"
    elif not report.whole.answered:
        yield f"{who} never answered"
    elif report.whole.longest > limits.stall:
        yield f"{who} stood still for {report.whole.longest:.0f} ms, at most {limits.stall:.0f} ms allowed"


def said(stream: Stream) -> str:
    """A stream in words: host, direction, family and address."""
    return f"{stream.host}: {ARROW[stream.direction]} over IPv{stream.family} ({stream.era} {stream.address})"


def medians(report: Report) -> dict[str, tuple[float, float]]:
    """The median one-way delay in ms over IPv4 and over IPv6 of every host that was measured in both.

    The families are compared host by host, each with its slower stream: clients that race both families
    (RFC 8305) would hide a slow or dead IPv6.
    """
    slowest: dict[str, dict[int, float]] = defaultdict(dict)
    for each in report.streams:
        if each.whole.delays is not None:
            of_host, family = slowest[each.stream.host], each.stream.family
            of_host[family] = max(of_host.get(family, 0.0), each.whole.delays.median)
    return {host: (by[4], by[6]) for host, by in slowest.items() if 4 in by and 6 in by}  # noqa: PLR2004
