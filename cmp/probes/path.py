"""Tries which packets pass between two ends without being fragmented, and whether a bulk of TCP does.

Runs at both ends. At the far end it reads `{"serve": ["192.0.2.1"]}`, writes the port it took at each address
and answers until its input ends. At the near end it reads `{"ask": [{"bind": …, "target": …, "port": …}],
"sizes": [1280], "bulk": 300000}` and writes what passed each way.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from cmp.probes.datagrams import FAMILIES

QUESTION: Final = struct.Struct("!QI")
"""A nonce, and how many bytes of payload the answer is to have."""
BULK: Final = struct.Struct("!cI")
"""Which way the bulk goes (u: up to the far end, d: down from it), and its size in bytes."""
_HEADERS: Final = {4: 20 + 8, 6: 40 + 8}
_NO_FRAGMENTS: Final = {4: (socket.IPPROTO_IP, 10, 3), 6: (socket.IPPROTO_IPV6, 23, 3)}
"""IP_MTU_DISCOVER and IPV6_MTU_DISCOVER set to PROBE: don't fragment, and believe no cached path MTU."""
_READ: Final = 65536
_ATTEMPTS: Final = 3
_WAIT: Final = 0.4
_BULK_WAIT: Final = 3.0
"""Seconds without a byte after which a bulk is said to stand still; retransmission begins at 0.2 s."""
_SERVED_WAIT: Final = 10.0


def family_of(address: str) -> int:
    """4 or 6."""
    return 6 if ":" in address else 4


def probe_socket(address: str) -> socket.socket:
    """A UDP socket at an address whose packets are never fragmented.

    Raises:
        OSError: there is no such address here.
    """
    made = socket.socket(FAMILIES[family_of(address)], socket.SOCK_DGRAM)
    made.setsockopt(*_NO_FRAGMENTS[family_of(address)])
    made.bind((address, 0))
    return made


def serve(address: str) -> int:
    """Answer packets and bulks at an address in the background; returns the port of both."""
    packets = probe_socket(address)
    port = int(packets.getsockname()[1])
    bulks = socket.create_server((address, port), family=FAMILIES[family_of(address)])
    threading.Thread(target=_serve_packets, args=(packets,), daemon=True).start()
    threading.Thread(target=_serve_bulks, args=(bulks,), daemon=True).start()
    return port


def _serve_packets(given: socket.socket) -> None:
    while True:
        with suppress(OSError, struct.error):
            data, sender = given.recvfrom(_READ)
            nonce, size = QUESTION.unpack_from(data)
            given.sendto(padded(QUESTION.pack(nonce, len(data)), size), sender)


def _serve_bulks(listener: socket.socket) -> None:
    while True:
        with suppress(OSError):
            given, _ = listener.accept()
            threading.Thread(target=_serve_bulk, args=(given,), daemon=True).start()


def _serve_bulk(given: socket.socket) -> None:
    """Take a bulk and say how much came, as it comes; or send one."""
    with given, suppress(OSError, struct.error):
        given.settimeout(_SERVED_WAIT)
        way, size = BULK.unpack(given.recv(BULK.size, socket.MSG_WAITALL))
        if way == b"d":
            given.sendall(bytes(size))
            return
        came = 0
        while came < size and (data := given.recv(_READ)):
            came += len(data)
            given.sendall(struct.pack("!I", came))


def try_path(bind: str, target: str, port: int, sizes: list[int], bulk: int) -> dict[str, Any]:
    """What passes between an address here and the far end: by size, and a bulk, up to it and down from it."""
    head = _HEADERS[family_of(target)]
    up, down = {}, {}
    with probe_socket(bind) as given:
        given.settimeout(_WAIT)
        given.connect((target, port))
        for size in sizes:
            up[str(size)] = passes(given, size - head, QUESTION.size)
            down[str(size)] = passes(given, QUESTION.size, size - head)
    return {
        "up": {"sizes": up, "bulk": try_bulk(bind, target, port, b"u", bulk)},
        "down": {"sizes": down, "bulk": try_bulk(bind, target, port, b"d", bulk)},
    }


def passes(given: socket.socket, there: int, back: int) -> bool:
    """True when a packet with `there` bytes of payload is answered by one with `back` bytes."""
    for _ in range(_ATTEMPTS):
        nonce = int.from_bytes(os.urandom(8))
        deadline = time.monotonic() + _WAIT
        with suppress(OSError):  # refused here, or silence
            given.send(padded(QUESTION.pack(nonce, back), there))
            while time.monotonic() < deadline:
                data = given.recv(_READ)
                if QUESTION.unpack_from(data)[0] == nonce and len(data) == back:
                    return True
    return False


def try_bulk(bind: str, target: str, port: int, way: bytes, size: int) -> dict[str, Any] | None:
    """Send or fetch a bulk; None where no connection opens."""
    began = time.monotonic()
    came = 0
    try:
        given = socket.create_connection((target, port), _BULK_WAIT, (bind, 0))
    except OSError:
        return None
    with given, suppress(OSError):
        given.sendall(BULK.pack(way, size))
        came = _send_bulk(given, size) if way == b"u" else _fetch_bulk(given, size)
    return {"wanted": size, "came": came, "seconds": time.monotonic() - began}


def _fetch_bulk(given: socket.socket, size: int) -> int:
    came = 0
    with suppress(OSError):
        while came < size and (data := given.recv(_READ)):
            came += len(data)
    return came


def _send_bulk(given: socket.socket, size: int) -> int:
    """Send all at once in the background, and count what the far end says has come."""
    sending = threading.Thread(target=_send_all, args=(given, size), daemon=True)
    sending.start()
    came = 0
    with suppress(OSError):
        while came < size and len(said := given.recv(4, socket.MSG_WAITALL)) == 4:  # noqa: PLR2004 - a number
            came = struct.unpack("!I", said)[0]
    with suppress(OSError):
        given.shutdown(socket.SHUT_RDWR)
    sending.join(_BULK_WAIT)
    return came


def _send_all(given: socket.socket, size: int) -> None:
    with suppress(OSError):
        given.sendall(bytes(size))


def padded(data: bytes, size: int) -> bytes:
    """The data, filled up to a size in bytes."""
    return data.ljust(size, b"\0")


def main() -> int:
    """Serve or ask, as the first line says; returns the exit code."""
    try:
        document: Mapping[str, Any] = json.loads(sys.stdin.readline())
        if "serve" in document:
            answer: Any = {"ports": {address: serve(address) for address in document["serve"]}}
        else:
            sizes, bulk = list(document["sizes"]), int(document["bulk"])
            answer = {"paths": [try_path(**way, sizes=sizes, bulk=bulk) for way in document["ask"]]}
    except (KeyError, TypeError, ValueError, OSError) as problem:
        sys.stdout.write(json.dumps({"refused": str(problem)}) + "\n")
        return 2
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    if "serve" in document:
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())
