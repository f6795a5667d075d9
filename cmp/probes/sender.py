"""Sends all probes of a measuring from one process, with sockets in as many namespaces as there are hosts."""

from __future__ import annotations

import resource
import secrets
from collections.abc import Iterable

from cmp.network.measurement.measures import Mark, Report, Sender
from cmp.probes.datagrams import Datagram, Ends, Lane
from cmp.probes.echoes import Echo, Listener
from cmp.probes.hub import Hub
from cmp.probes.pings import Connect, Ping
from cmp.probes.reporting import connection_reports, stream_reports
from cmp.probes.spec import Route, Spec, Talk
from cmp.probes.wheel import Sending, Wheel

_LONGEST_WAIT = 0.5
"""Seconds after which the loop looks around even where nothing is due."""


class Running:
    """A measuring under way."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.hub = Hub()
        self.wheel = Wheel(spec.slow, spec.fast)
        self.marks: list[Mark] = []
        self.fast: frozenset[str] = spec.fast_hosts
        self.lanes: dict[str, Lane] = {}
        self.echoes: list[Echo] = []
        self.places = dict(spec.places)
        self._token = secrets.randbits(64)
        self._hosts: dict[Sending, str] = {}
        self._sendings: dict[str, Sending] = {}
        self._ends: dict[tuple[str, str, str], Ends] = {}
        self._listeners: dict[str, Listener] = {}
        self.add(spec.routes, spec.talks)

    def add(self, routes: Iterable[Route], talks: Iterable[Talk]) -> None:
        """Begin streams and connections; a stream of a name that is there already goes on as it is.

        Raises:
            OSError: the station has no such address, or the port is taken there.
        """
        for route in routes:
            if route.stream.name not in self.lanes:
                lane = self.lanes[route.stream.name] = Lane(route.stream, len(self.lanes))
                self._sendings[route.stream.name] = self._sending(route, lane)
                self._start(self._sendings[route.stream.name], route.stream.host)
        for talk in talks:
            echo = Echo(self.hub, self._token, talk, len(self.echoes), self.places.get(talk.host))
            echo.listener = self._listener(talk.peer)
            echo.listener.echoes[echo.number] = echo
            self.echoes.append(echo)
            self._start(echo, talk.host)

    def speed(self, hosts: Iterable[str]) -> None:
        """Let the streams and connections of these hosts be fast, and all others slow."""
        fast = frozenset(hosts)
        for sending, host in self._hosts.items():
            if (host in fast) != (host in self.fast):
                self.wheel.add(sending, fast=host in fast)
        self.fast = fast

    def end(self, names: Iterable[str]) -> None:
        """Send no more on these streams: their addresses are to go."""
        for name in names:
            if sending := self._sendings.pop(name, None):
                self.wheel.drop(sending)
                del self._hosts[sending]

    def enter(self, host: str, path: str) -> None:
        """Look for a host in another namespace from now on: it was started anew."""
        self.places[host] = path
        for (name, address, _), ends in self._ends.items():
            if name == host:
                ends.close((path, address))
        for echo in self.echoes:
            if echo.talk.host == host:
                echo.move(path)

    def turn(self) -> None:
        """Send what is due, then receive until something is due again."""
        for sending, period in self.wheel.due(self.hub.now()):
            sending.send(period)
        self.hub.turn(min(_LONGEST_WAIT, self.wheel.waits(self.hub.now())))

    def drain(self) -> None:
        """Wait until nothing is outstanding, or the grace is over."""
        end = self.hub.now() + self.spec.grace
        while self.hub.now() < end and not self._is_complete():
            self.hub.turn(min(0.05, end - self.hub.now()))

    def report(self, until: float) -> Report:
        """What was seen of the probes that were sent before `until`, seconds since the start."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        sender = Sender(
            sent=sum(len(lane.track.sent) for lane in self.lanes.values()),
            late=1000 * self.wheel.late,
            skipped=self.wheel.skipped,
            steps=1000 * self.hub.steps,
            cpu=usage.ru_utime + usage.ru_stime,
        )
        return Report(
            seconds=until,
            streams=stream_reports(self.lanes.values(), self.marks, until),
            connections=connection_reports(self.echoes, self.marks, until, self.hub.now()),
            marks=tuple(self.marks),
            sender=sender,
        )

    def _sending(self, route: Route, lane: Lane) -> Sending:
        stream, station = route.stream, self.places.get(self.spec.station)
        if route.kind == "ping":
            return Ping(self.hub, self._token, lane, (station, route.peer))
        if route.kind == "connect":
            return Connect(self.hub, lane, (station, route.peer), route.port)
        key = (stream.host, stream.address, route.peer)
        if key not in self._ends:
            host = (self.places.get(stream.host), stream.address)
            self._ends[key] = Ends(self.hub, self._token, host, (station, route.peer))
        return Datagram(self.hub, self._token, lane, self._ends[key], self.spec.port)

    def _listener(self, peer: str) -> Listener:
        if peer not in self._listeners:
            station = self.places.get(self.spec.station)
            self._listeners[peer] = Listener(self.hub, self._token, station, peer, self.spec.port)
        return self._listeners[peer]

    def _start(self, sending: Sending, host: str) -> None:
        self._hosts[sending] = host
        self.wheel.add(sending, fast=host in self.fast)

    def _is_complete(self) -> bool:
        received = all(lane.track.highest == len(lane.track.sent) - 1 for lane in self.lanes.values())
        return received and all(echo.is_answered for echo in self.echoes)
