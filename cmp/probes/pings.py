"""Probes hosts that this machine cannot enter: by ICMP echo, and by TCP connections made anew each time."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from cmp.probes.datagrams import FAMILIES, PROBE, Lane, sent
from cmp.probes.hub import Hub, stamped
from cmp.probes.places import inside

ECHO: Final = struct.Struct("!BBHHH")
"""Type, code, checksum, identifier and sequence (RFC 792, RFC 4443)."""
_REQUEST: Final = {4: 8, 6: 128}
_REPLY: Final = {4: 0, 6: 129}
_PROTOCOL: Final = {4: socket.IPPROTO_ICMP, 6: socket.IPPROTO_ICMPV6}
_FILTER: Final = 1
"""ICMP_FILTER and ICMPV6_FILTER have the same number; a set bit keeps a type out."""
_RAW: Final = 255
_READ: Final = 256
_PATIENCE: Final = 0.5
_PENDING: Final = 20
"""Connections of one stream that may be under way at once; the oldest is given up for the next."""


class Ping:
    """Sends the probes of one stream as ICMP echo requests: both ways count as one."""

    def __init__(self, hub: Hub, token: int, lane: Lane, source: tuple[str | None, str]) -> None:
        self._hub, self._token = hub, token
        self.lane, self._source = lane, source
        self._socket: socket.socket | None = None
        self._again = 0.0

    def send(self, period: float) -> None:
        """Send one request."""
        if self._socket is None and self._hub.now() >= self._again:
            self._open()
        sequence = self.lane.track.send(self._hub.now(), period)
        payload = PROBE.pack(self._token, self.lane.number, sequence)
        packet = request(self.lane.stream.family, self.lane.number, sequence, payload)
        if self._socket is None or not sent(self._socket, packet):
            self.lane.track.refused += 1

    def _open(self) -> None:
        self._again = self._hub.now() + _PATIENCE
        path, address = self._source
        made = None
        try:
            with inside(path):
                made = stamped(echo_socket(self.lane.stream.family))
            if address:
                made.bind((address, 0))
            made.connect((self.lane.stream.address, 0))
        except OSError:
            if made:
                made.close()
            return
        self._socket = made
        self._hub.watch(made.fileno(), self._read)

    def _read(self) -> None:
        if self._socket is None:
            return
        try:
            data, moment = self._hub.receive(self._socket, _READ)
        except OSError:
            return
        found = payload_of(self.lane.stream.family, data)
        if found is not None and len(found) == PROBE.size:
            token, number, sequence = PROBE.unpack(found)
            if (token, number) == (self._token, self.lane.number):
                self.lane.track.receive(sequence, moment)


class Connect:
    """Sends the probes of one stream as TCP connections; one that is refused is lost, since nobody serves."""

    def __init__(self, hub: Hub, lane: Lane, source: tuple[str | None, str], port: int) -> None:
        self._hub, self.lane = hub, lane
        self._source, self._port = source, port
        self._pending: list[socket.socket] = []

    def send(self, period: float) -> None:
        """Begin one connection."""
        sequence = self.lane.track.send(self._hub.now(), period)
        try:
            made = self._begin()
        except OSError:
            self.lane.track.refused += 1
            return
        self._pending.append(made)
        self._hub.watch(made.fileno(), self._ending(made, sequence), writing=True)
        while len(self._pending) > _PENDING:
            self._hub.forget(self._pending.pop(0))

    def _begin(self) -> socket.socket:
        path, address = self._source
        with inside(path):
            made = stamped(socket.socket(FAMILIES[self.lane.stream.family], socket.SOCK_STREAM))
        try:
            if address:
                made.bind((address, 0))
            with suppress(BlockingIOError):
                made.connect((self.lane.stream.address, self._port))
        except OSError:
            made.close()
            raise
        return made

    def _ending(self, made: socket.socket, sequence: int) -> Callable[[], None]:
        def end() -> None:
            if not made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                self.lane.track.receive(sequence, self._hub.now())
            if made in self._pending:
                self._pending.remove(made)
            self._hub.forget(made)

        return end


def echo_socket(family: int) -> socket.socket:
    """A socket for ICMP echo that gets replies only: raw where this user may, else a ping socket.

    Raises:
        OSError: this user may have neither.
    """
    try:
        made = socket.socket(FAMILIES[family], socket.SOCK_RAW, _PROTOCOL[family])
    except PermissionError:
        return socket.socket(FAMILIES[family], socket.SOCK_DGRAM, _PROTOCOL[family])
    words = [0xFFFFFFFF] * (1 if family == 4 else 8)  # noqa: PLR2004 - IPv4 has 32 types, IPv6 256
    words[_REPLY[family] // 32] &= ~(1 << _REPLY[family] % 32) & 0xFFFFFFFF
    level = _RAW if family == 4 else socket.IPPROTO_ICMPV6  # noqa: PLR2004 - the family
    made.setsockopt(level, _FILTER, struct.pack(f"@{len(words)}I", *words))
    return made


def request(family: int, identifier: int, sequence: int, payload: bytes) -> bytes:
    """An echo request; the kernel reckons the checksum of ICMPv6 itself (RFC 3542 3.1)."""
    header = ECHO.pack(_REQUEST[family], 0, 0, identifier & 0xFFFF, sequence & 0xFFFF)
    if family == 6:  # noqa: PLR2004 - the family
        return header + payload
    total = checksum(header + payload)
    return ECHO.pack(_REQUEST[family], 0, total, identifier & 0xFFFF, sequence & 0xFFFF) + payload


def payload_of(family: int, packet: bytes) -> bytes | None:
    """What an echo reply carries; None for anything else. Raw sockets of IPv4 give the IP header too."""
    begin = (packet[0] & 15) * 4 if family == 4 and packet and packet[0] >> 4 == 4 else 0  # noqa: PLR2004
    if len(packet) < begin + ECHO.size or packet[begin] != _REPLY[family]:
        return None
    return packet[begin + ECHO.size :]


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071) of data with an even length."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
