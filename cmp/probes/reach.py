"""Tries thousands of ways through the network from here, each over a fresh socket, and says which answer.

Reads a JSON document on standard input and writes one: `{"ways": […], "timeout": 1.0, "attempts": 2}` gives
`{"answers": [{"answered": true, "ms": 0.4, "how": "answered"}, …]}` in the same order. A way has `target`,
`family`, `protocol` (tcp, icmp, udp for an echo service, dns) and `port`; `bind` is the address to go from.
At most `flight` ways are tried at once.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import secrets
import socket
import struct
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from cmp.probes.datagrams import FAMILIES
from cmp.probes.pings import echo_socket, payload_of, request

_READ: Final = 2048
_PROTOCOLS: Final = ("tcp", "icmp", "udp", "dns")
_DNS_PORT: Final = 53
_SILENT: Final = "silent"
_HEADER: Final = struct.Struct("!6H")
_ROOT_NS: Final = b"\0\0\2\0\1"
"""The name `.`, type NS, class IN: every name server has something to say to it."""


@dataclass(frozen=True, slots=True)
class TriedWay:
    """One way to try; `port` is 0 for icmp, `bind` empty where the system may choose the address."""

    target: str
    family: int
    protocol: str
    port: int = 0
    bind: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a way is open; `how` says what happened in a word, `ms` how long it took."""

    answered: bool
    how: str
    ms: float

    def document(self) -> dict[str, Any]:
        """The form in which it is told."""
        return {"answered": self.answered, "how": self.how, "ms": round(self.ms, 3)}


async def answers(ways: list[TriedWay], wait: float, attempts: int, flight: int) -> list[Answer]:
    """Try all ways, at most `flight` at a time; a silent one `attempts` times for `wait` seconds."""
    room = asyncio.Semaphore(flight)

    async def one(way: TriedWay) -> Answer:
        async with room:
            for _ in range(attempts - 1):
                if (answer := await attempt(way, wait)).how != _SILENT:
                    return answer
            return await attempt(way, wait)

    return await asyncio.gather(*map(one, ways))


async def attempt(way: TriedWay, wait: float) -> Answer:
    """Try one way once; whatever goes wrong is an answer too."""
    began = time.monotonic()
    how = "answered"
    try:
        with opened(way) as made:
            await asyncio.wait_for(_try(way, made), wait)
    except TimeoutError:
        how = _SILENT
    except OSError as problem:
        how = errno.errorcode.get(problem.errno or 0, "EIO").removeprefix("E").lower()
    return Answer(how == "answered", how, 1000 * (time.monotonic() - began))


def opened(way: TriedWay) -> socket.socket:
    """A socket for this way alone, bound where that is wanted.

    Raises:
        OSError: there is no such address here.
    """
    if way.protocol == "icmp":
        made = echo_socket(way.family)
    else:
        kind = socket.SOCK_STREAM if way.protocol == "tcp" else socket.SOCK_DGRAM
        made = socket.socket(FAMILIES[way.family], kind)
    made.setblocking(False)
    if way.bind:
        try:
            made.bind((way.bind, 0))
        except OSError:
            made.close()
            raise
    return made


async def _try(way: TriedWay, made: socket.socket) -> None:
    """Return when the far end has answered.

    Raises:
        OSError: it, or something on the way, refused.
    """
    loop = asyncio.get_running_loop()
    if way.protocol == "tcp":
        await loop.sock_connect(made, (way.target, way.port))
        return
    made.connect((way.target, way.port))  # sends nothing: answers of others are kept out
    nonce = secrets.token_bytes(16)
    await loop.sock_sendall(made, _question(way, nonce))
    while not _is_answer(way, nonce, await loop.sock_recv(made, _READ)):
        continue


def _question(way: TriedWay, nonce: bytes) -> bytes:
    if way.protocol == "icmp":
        return request(way.family, int.from_bytes(nonce[:2]), 1, nonce)
    if way.protocol == "dns":
        return _HEADER.pack(int.from_bytes(nonce[:2]), 0, 1, 0, 0, 0) + _ROOT_NS
    return nonce


def _is_answer(way: TriedWay, nonce: bytes, data: bytes) -> bool:
    if way.protocol == "icmp":
        return payload_of(way.family, data) == nonce
    if way.protocol == "dns":
        return data[:2] == nonce[:2] and len(data) >= _HEADER.size and bool(data[2] & 0x80)
    return data == nonce


def read(document: Mapping[str, Any]) -> list[TriedWay]:
    """The ways of a document.

    Raises:
        ValueError: a protocol or family is none.
        TypeError: a field is missing or unknown.
    """
    ways = [TriedWay(**given) for given in document["ways"]]
    for way in ways:
        if way.protocol not in _PROTOCOLS or way.family not in FAMILIES:
            raise ValueError(f"{way.target}: {way.protocol} over IPv{way.family} cannot be tried")
    return [
        TriedWay(way.target, way.family, way.protocol, way.port or _DNS_PORT, way.bind)
        if way.protocol == "dns"
        else way
        for way in ways
    ]


def main() -> int:
    """Read, try, answer; returns the exit code."""
    try:
        document = json.loads(sys.stdin.buffer.read())
        ways = read(document)
        timeout, attempts = float(document.get("timeout", 1.0)), int(document.get("attempts", 2))
        flight = int(document.get("flight", 256))
    except (KeyError, TypeError, ValueError) as problem:
        sys.stdout.write(json.dumps({"refused": str(problem)}) + "\n")
        return 2
    found = asyncio.run(answers(ways, timeout, attempts, flight))
    sys.stdout.write(json.dumps({"answers": [answer.document() for answer in found]}) + "\n")
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        sys.exit(main())
    os._exit(0)
