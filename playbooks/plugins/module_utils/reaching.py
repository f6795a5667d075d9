"""Asks from a host's own addresses whether others answer: ICMP echo in both families, from each source."""

from __future__ import annotations

import os
import select
import socket
import struct
import time

TRIES = 4
WAIT = 0.5
"""Seconds for one echo; a neighbour that has to be found first takes longer than the ones after it."""


def unreached(pairs):
    """Sentences for the pairs {"source", "target"} that gave no answer in any of the tries."""
    left = [(pair["source"], pair["target"]) for pair in pairs]
    for number in range(TRIES):
        left = [pair for pair in left if not _answers(*pair, number=number)]
        if not left:
            break
    return ["{} does not reach {}".format(*pair) for pair in left]


def _answers(source, target, number):
    """One echo request (RFC 792, RFC 4443 section 4.1) from a source address; needs root."""
    six = ":" in target
    family, protocol = (
        (socket.AF_INET6, socket.IPPROTO_ICMPV6) if six else (socket.AF_INET, socket.IPPROTO_ICMP)
    )
    mark = struct.pack("!HH", os.getpid() & 0xFFFF, number) + os.urandom(8)
    request = _request(six, mark)
    try:
        with socket.socket(family, socket.SOCK_RAW, protocol) as door:
            door.bind((source, 0))
            door.sendto(request, (target, 0))
            return _is_heard(door, six, mark)
    except OSError:
        return False


def _request(six, mark):
    kind = 128 if six else 8
    plain = struct.pack("!BBH", kind, 0, 0) + mark
    return plain if six else struct.pack("!BBH", kind, 0, _checksum(plain)) + mark


def _is_heard(door, six, mark):
    end = time.monotonic() + WAIT
    while (left := end - time.monotonic()) > 0:
        if not select.select([door], [], [], left)[0]:
            return False
        heard = door.recv(1500)
        body = heard if six else heard[(heard[0] & 15) * 4 :]
        if body[0] == (129 if six else 0) and body[4:] == mark:
            return True
    return False


def _checksum(data):
    """RFC 1071."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
