"""Echo requests are whole, and only replies are read."""

from __future__ import annotations

import struct

import pytest

from cmp.probes.pings import ECHO, checksum, payload_of, request

PAYLOAD = b"sixteen bytes ok"
HEADER = bytes([0x45, *[0] * 19])


def test_an_ipv4_request_sums_up_to_nothing() -> None:
    assert checksum(request(4, 1, 2, PAYLOAD)) == 0


@pytest.mark.parametrize(("family", "header", "kind"), [(4, HEADER, 0), (4, b"", 0), (6, b"", 129)])
def test_the_payload_of_a_reply_is_found(family: int, header: bytes, kind: int) -> None:
    assert payload_of(family, header + ECHO.pack(kind, 0, 0, 1, 2) + PAYLOAD) == PAYLOAD


@pytest.mark.parametrize("packet", [b"", HEADER, HEADER + struct.pack("!BBHHH", 8, 0, 0, 1, 2) + PAYLOAD])
def test_what_is_no_reply_is_left(packet: bytes) -> None:
    assert payload_of(4, packet) is None
