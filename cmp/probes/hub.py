"""Waits for all sockets and the clock at once, and tells the moment a packet came by the kernel's stamp."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

_TIMESTAMPS: Final = 35
"""SO_TIMESTAMPNS, which the socket module does not name; the kernel's stamp is taken before we are woken."""
_TIMESPEC: Final = struct.Struct("@qq")
_ANCILLARY: Final = socket.CMSG_SPACE(_TIMESPEC.size)
_AT_ONCE: Final = 512
_STEP: Final = 0.001
"""Seconds by which the clocks may drift apart between two looks before it is called a step."""


class Hub:
    """One epoll with a clock that starts at 0 and never steps."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._readers: dict[int, Callable[[], None]] = {}
        self._began = time.monotonic()
        self._offset = time.monotonic() - self._began - time.time()
        self.steps = 0.0

    def now(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    def watch(self, descriptor: int, call: Callable[[], None], *, writing: bool = False) -> None:
        """Call when something can be read (or written) there; one watch for each descriptor."""
        events = select.EPOLLOUT if writing else select.EPOLLIN
        if descriptor in self._readers:
            self._poll.modify(descriptor, events)
        else:
            self._poll.register(descriptor, events)
        self._readers[descriptor] = call

    def forget(self, given: socket.socket) -> None:
        """Watch a socket no more and close it; harmless when that was done before."""
        if self._readers.pop(given.fileno(), None):
            with suppress(OSError):
                self._poll.unregister(given.fileno())
        given.close()

    def turn(self, seconds: float) -> None:
        """Wait for at most so long and serve what is ready."""
        ready = self._poll.poll(max(0.0, seconds), _AT_ONCE)
        self._look_at_clock()
        for descriptor, _ in ready:
            if call := self._readers.get(descriptor):
                call()

    def receive(self, given: socket.socket, size: int) -> tuple[bytes, float]:
        """Read what has come and the moment it did; without a stamp of the kernel's that is now.

        Raises:
            OSError: the socket has an error, or nothing has come.
        """
        data, extra, _, _ = given.recvmsg(size, _ANCILLARY)
        for _, kind, stamp in extra:
            if kind == _TIMESTAMPS:
                seconds, fraction = _TIMESPEC.unpack(stamp)
                return data, seconds + fraction * 1e-9 + self._offset
        return data, self.now()

    def _look_at_clock(self) -> None:
        """Follow the machine's clock, which stamps packets and may be set at any time."""
        offset = time.monotonic() - self._began - time.time()
        if (step := abs(offset - self._offset)) > _STEP:
            self.steps = max(self.steps, step)
        self._offset = offset


def stamped(given: socket.socket) -> socket.socket:
    """Make a socket fit for the hub: it does not block, and the kernel stamps what it receives."""
    given.setblocking(False)
    with suppress(OSError):
        given.setsockopt(socket.SOL_SOCKET, _TIMESTAMPS, 1)
    return given
