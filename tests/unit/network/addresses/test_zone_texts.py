"""A zone file says the records that were meant, whatever the names hold: nothing in them is a directive."""

from __future__ import annotations

import dns.name
import dns.rdatatype
import dns.zone
import pytest

from cmp.network.addresses.reverse import ReverseZone, escaped

ZONE = "100.51.198.in-addr.arpa"
HOSTILE = (
    "a\n$INCLUDE /etc/shadow",
    "a\n*.gov.test. IN A 192.0.2.1",
    "*",
    "a b",
    "a;b",
    "a\\",
    '"quoted"',
    "(a",
    "a\tb",
    "a\0b",
    "$ORIGIN",
    "@",
    "文",
    "\x1b[2J",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_ends_no_line_and_begins_no_directive(text: str) -> None:
    zone = ReverseZone(ZONE, (("9", f"{text}.gov.test"), (text, "mail.gov.test")))

    written = zone.text("ns1.gov.test.", 1)
    found = dns.zone.from_text(written, origin=f"{ZONE}.", relativize=False, allow_include=False)

    assert len(written.splitlines()) == 6
    assert written.isascii()
    assert all(sign.isprintable() or sign == "\n" for sign in written)
    pointers = {(str(name), str(data.target)) for name, _, data in found.iterate_rdatas(dns.rdatatype.PTR)}
    meant = dns.name.Name([*(label.encode() for label in f"{text}.gov.test".split(".")), b""])
    assert (f"9.{ZONE}.", str(meant)) in pointers
    assert len(found.nodes) == 3 or text == "@"


def test_a_wildcard_of_a_changed_name_is_that_name_alone() -> None:
    assert escaped("*.gov.test") == r"\042.gov.test"


@pytest.mark.parametrize("name", ["mail.gov.test", "_dmarc.gov.test", "0/26.100.51.198.in-addr.arpa", "A-1"])
def test_plain_names_stay_as_they_are(name: str) -> None:
    assert escaped(name) == name


@pytest.mark.parametrize("server", ["ns1.gov.test.\n$INCLUDE /etc/shadow", "ns1 ns2"])
def test_a_name_server_is_a_name_as_well(server: str) -> None:
    assert "$INCLUDE /" not in (text := ReverseZone(ZONE, ()).text(server, 1))
    assert len(text.splitlines()) == 4
