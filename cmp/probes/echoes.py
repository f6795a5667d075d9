"""Echoes over one TCP connection from each host, as long-lived programs hold them, to see it stall or die."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from typing import Final

from cmp.network.measurement.probing import Track
from cmp.probes.datagrams import FAMILIES
from cmp.probes.hub import Hub, stamped
from cmp.probes.places import inside
from cmp.probes.spec import Talk

RECORD: Final = struct.Struct("!QII")
"""A run's token, the number of the connection and that of the echo on it."""
_PATIENCE: Final = 1.0
"""Seconds between two attempts to connect for the first time."""
_READ: Final = 65536


class Listener:
    """The station's end: answers every record, and knows whose it is by its number."""

    def __init__(self, hub: Hub, token: int, path: str | None, address: str, port: int) -> None:
        self._hub, self._token = hub, token
        self.echoes: dict[int, Echo] = {}
        with inside(path):
            self._socket = socket.create_server((address, port), family=FAMILIES[6 if ":" in address else 4])
        stamped(self._socket)
        self.address = self._socket.getsockname()
        hub.watch(self._socket.fileno(), self._accept)

    def _accept(self) -> None:
        try:
            given, _ = self._socket.accept()
        except OSError:
            return
        stamped(given).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        rest = bytearray()
        self._hub.watch(given.fileno(), lambda: self._answer(given, rest))

    def _answer(self, given: socket.socket, rest: bytearray) -> None:
        """Send back what came, with the time it took until now left out of the round trip."""
        try:
            data, moment = self._hub.receive(given, _READ)
        except BlockingIOError:
            return
        except OSError:
            data, moment = b"", 0.0
        if not data:
            self._hub.forget(given)
            return
        for token, number, sequence in records(rest, data):
            if token == self._token and (echo := self.echoes.get(number)):
                echo.arrived(sequence, moment)
                echo.left(sequence, self._hub.now())
                with suppress(OSError):  # shows as an echo that never came
                    given.send(RECORD.pack(token, number, sequence))


class Echo:
    """The host's end of one connection: sends records from the host's address and waits for each."""

    def __init__(self, hub: Hub, token: int, talk: Talk, number: int, path: str | None) -> None:
        self._hub, self._token = hub, token
        self.talk, self.number, self.path = talk, number, path
        self.track = Track()
        self.ended = ""
        self.connected = False
        self.listener: Listener | None = None
        self._socket: socket.socket | None = None
        self._rest = bytearray()
        self._ups: dict[int, float] = {}
        self._downs: dict[int, float] = {}
        self._again = 0.0

    def send(self, period: float) -> None:
        """Send one record; connect first where that has not succeeded yet."""
        if self._socket is None and not self.ended and self._hub.now() >= self._again:
            self._connect()
        if self._socket is None or not self.connected:
            return
        number, moment = len(self.track.sent), self._hub.now()
        try:
            size = self._socket.send(RECORD.pack(self._token, self.number, number))
        except BlockingIOError:
            return  # the buffer is full of records that wait longer than this one would
        except OSError as problem:
            self._end(str(problem))
            return
        if size == RECORD.size:
            self.track.send(moment, period)
        else:
            self._end("the connection took a part of a record only")

    def arrived(self, sequence: int, moment: float) -> None:
        """Note when a record came to the station."""
        if sequence < len(self.track.sent):
            self._ups[sequence] = moment - self.track.sent[sequence]

    def left(self, sequence: int, moment: float) -> None:
        """Note when its echo left the station."""
        self._downs[sequence] = moment

    @property
    def is_answered(self) -> bool:
        """True when no record waits for its echo."""
        return self.track.highest == len(self.track.sent) - 1

    def move(self, path: str | None) -> None:
        """Say that the host began anew elsewhere: what was connected before is gone."""
        self.path = path
        if self.connected:
            self._end("the host began anew")

    def _connect(self) -> None:
        self._again = self._hub.now() + _PATIENCE
        made = None
        try:
            with inside(self.path):
                made = socket.socket(FAMILIES[6 if ":" in self.talk.address else 4], socket.SOCK_STREAM)
                made.bind((self.talk.address, 0))
            stamped(made).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.connect_ex(self.listener.address if self.listener else (self.talk.peer, 0))
        except OSError:
            if made:
                made.close()
            return
        self._socket = made
        self._hub.watch(made.fileno(), self._connected, writing=True)

    def _connected(self) -> None:
        if self._socket is None:
            return
        if self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._hub.forget(self._socket)
            self._socket = None
            return
        self.connected = True
        self._hub.watch(self._socket.fileno(), self._read)

    def _read(self) -> None:
        if self._socket is None:
            return
        try:
            data, moment = self._hub.receive(self._socket, _READ)
        except BlockingIOError:
            return
        except OSError as problem:
            self._end(str(problem))
            return
        if not data:
            self._end("the far end closed it")
        for _, _, sequence in records(self._rest, data):
            up, left = self._ups.pop(sequence, None), self._downs.pop(sequence, None)
            if up is not None and left is not None:
                self.track.receive(sequence, self.track.sent[sequence] + up + moment - left)

    def _end(self, why: str) -> None:
        self.ended = why
        if self._socket:
            self._hub.forget(self._socket)
            self._socket = None


def records(rest: bytearray, data: bytes) -> list[tuple[int, int, int]]:
    """The whole records in what was left over and what has come; the rest stays in `rest`."""
    rest += data
    whole = len(rest) // RECORD.size * RECORD.size
    found = list(RECORD.iter_unpack(bytes(rest[:whole])))
    del rest[:whole]
    return found
