"""Sends UDP probes between namespaces of one machine, so that each direction is seen at both of its ends."""

from __future__ import annotations

import socket
import struct
from typing import Final

from cmp.network.measurement.probing import Stream, Track
from cmp.probes.hub import Hub, stamped
from cmp.probes.places import inside

PROBE: Final = struct.Struct("!QII")
"""A run's token, the number of the stream and that of the probe in it."""
_PATIENCE: Final = 0.5
"""Seconds between two attempts to open sockets for an address that is not there yet."""
FAMILIES: Final = {4: socket.AF_INET, 6: socket.AF_INET6}


Place = tuple[str | None, str]
"""Where an end is: the path of a network namespace (None: here), and an address there."""


class Lane:
    """One stream under way: what it is and what became of its probes."""

    def __init__(self, stream: Stream, number: int) -> None:
        self.stream, self.number = stream, number
        self.track = Track()


class Ends:
    """The two sockets between an address of a host and one of the station, connected to each other.

    Both streams between the two addresses use them. An address that is not there yet is tried again.
    """

    def __init__(self, hub: Hub, token: int, host: Place, station: Place) -> None:
        self._hub, self._token = hub, token
        self.places = {"out": host, "in": station}
        self.lanes: dict[int, Lane] = {}
        self._sockets: dict[str, socket.socket] = {}
        self._again = 0.0

    def socket_of(self, direction: str, port: int) -> socket.socket | None:
        """The socket that sends in this direction; None while there is none."""
        if direction not in self._sockets and self._hub.now() >= self._again:
            self._open(port)
        return self._sockets.get(direction)

    def close(self, place: Place | None = None) -> None:
        """Close both sockets; with `place` (path and address) given, let one end be elsewhere from now on."""
        for each in self._sockets.values():
            self._hub.forget(each)
        self._sockets = {}
        self._again = 0.0
        if place:
            self.places["out"] = place

    def _open(self, port: int) -> None:
        """Open both ends, or neither."""
        made: dict[str, socket.socket] = {}
        try:
            for direction, (path, address) in self.places.items():
                made[direction] = bound(path, address, port)
            made["out"].connect(made["in"].getsockname())
            made["in"].connect(made["out"].getsockname())
        except OSError:
            self._again = self._hub.now() + _PATIENCE
            for each in made.values():
                each.close()
            return
        self._sockets = made
        for each in made.values():
            self._hub.watch(each.fileno(), lambda each=each: self._read(each))  # type: ignore[misc]

    def _read(self, given: socket.socket) -> None:
        try:
            data, moment = self._hub.receive(given, PROBE.size)
        except OSError:
            return  # an ICMP error for a probe that is lost anyway
        if len(data) == PROBE.size:
            token, number, sequence = PROBE.unpack(data)
            if token == self._token and (lane := self.lanes.get(number)):
                lane.track.receive(sequence, moment)


class Datagram:
    """Sends the probes of one UDP stream; what the kernel refuses counts as sent and lost."""

    def __init__(self, hub: Hub, token: int, lane: Lane, ends: Ends, port: int) -> None:
        self._hub, self._token, self._port = hub, token, port
        self.lane, self.ends = lane, ends
        ends.lanes[lane.number] = lane

    def send(self, period: float) -> None:
        """Send one probe."""
        track = self.lane.track
        given = self.ends.socket_of(self.lane.stream.direction, self._port)
        sequence = track.send(self._hub.now(), period)
        probe = PROBE.pack(self._token, self.lane.number, sequence)
        if given is None or not sent(given, probe):
            track.refused += 1


def sent(given: socket.socket, probe: bytes) -> bool:
    """Send, and once more where the first attempt only brought the error of an earlier probe."""
    for _ in range(2):
        try:
            given.send(probe)
        except OSError:
            continue
        return True
    return False


def bound(path: str | None, address: str, port: int) -> socket.socket:
    """A UDP socket in a namespace, bound to an address of it.

    Raises:
        OSError: the namespace is gone, or has no such address.
    """
    with inside(path):
        made = stamped(socket.socket(FAMILIES[6 if ":" in address else 4], socket.SOCK_DGRAM))
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # streams of a station share its port
            made.bind((address, port))
        except OSError:
            made.close()
            raise
    return made
