"""Is the program that the engine starts: asks the nursery for a fork, or does the work itself.

It imports as little as it can: this is all that each start still costs.
"""

from __future__ import annotations

import array
import json
import os
import socket
import struct
import sys
from collections.abc import Callable

NURSERY = "TRICENTER_NURSERY"
"""The variable that names the socket of the nursery."""

LENGTH = struct.Struct("!I")
"""How the length of an order precedes it."""

BEGUN = b"b"
"""What the fork says once it is there; its exit code follows as one byte."""

LOOK_EVERY = 1.0
"""Seconds between two looks whether the engine still lives."""

LEFT = 1
"""The exit code of a fork that said none."""


def run(module: str, alone: Callable[[], None]) -> None:
    """Run a module as `__main__` in a fork that writes to our outputs, and end as it ends.

    Args:
        module: what the fork runs; the nursery has to know it.
        alone: does the same here, where there is no nursery or it does not answer.
    """
    with _joined(module) as fork:
        if fork is None or _said(fork) != BEGUN:
            alone()
            return
        sys.exit(_ended(fork, os.getppid()))


class _joined:  # noqa: N801 - reads as the verb it is
    """A connection to a fork that was ordered; None where there is no nursery."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._socket: socket.socket | None = None

    def __enter__(self) -> socket.socket | None:
        address = os.environ.get(NURSERY)
        if address:
            self._socket = _ordered(address, self._module)
        return self._socket

    def __exit__(self, *what: object) -> None:
        if self._socket is not None:
            self._socket.close()


def _ordered(address: str, module: str) -> socket.socket | None:
    """Send an order: what to run with which words, where, in which environment, and our three streams."""
    order = {"module": module, "words": sys.argv, "folder": os.getcwd(), "environment": dict(os.environ)}  # noqa: PTH109 - pathlib is slow to load
    sent = json.dumps(order).encode()
    streams = array.array("i", (0, 1, 2))
    try:
        asked = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        asked.connect(address)
        asked.sendmsg([LENGTH.pack(len(sent))], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
        asked.sendall(sent)
    except OSError:
        return None
    return asked


def _said(fork: socket.socket) -> bytes:
    """One byte; none where the other end is gone."""
    try:
        return fork.recv(1)
    except ConnectionError:
        return b""


def _ended(fork: socket.socket, engine: int) -> int:
    """Wait for the fork's exit code; leave at once when the engine is gone: the fork then leaves too."""
    fork.settimeout(LOOK_EVERY)
    while os.getppid() == engine:
        try:
            told = _said(fork)
        except TimeoutError:
            continue
        return told[0] if told else LEFT
    return LEFT
