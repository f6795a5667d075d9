"""Records of a zone: published, retired, and nobody left without an address."""

from __future__ import annotations

import pytest
from support.plugin_files import plugin

zone_text = plugin("module_utils/zone_text.py")

ZONE = """\
$TTL 300
@ IN SOA ns hostmaster (
    7 ; serial
    60 30 600 5 )
  IN NS ns
ns 300 IN A 192.0.2.1
web IN A 192.0.2.2 ; the old one
web.example. IN AAAA 2001:DB8:0::2
mail IN A 192.0.2.3
     IN MX 10 mail
"""
LOCAL = 'server:\n    local-data: "web.example. 300 IN A 192.0.2.2"\n'
NEW = ("web", "A", "203.0.113.2")
OLD = ("web", "A", "192.0.2.2")


def change(text: str, publish: list[tuple[str, str, str]], retire: list[tuple[str, str, str]]) -> str:
    return str(zone_text.changed(text, "example.", publish, retire, 300)[0])


def test_a_new_record_comes_and_an_old_one_goes_with_one_step_of_the_serial() -> None:
    made = change(ZONE, [NEW], [OLD])

    assert made.endswith("web.example. 300 IN A 203.0.113.2\n")
    assert "192.0.2.2" not in made
    assert "    8 ; serial\n" in made


def test_the_same_again_changes_nothing() -> None:
    once = change(ZONE, [NEW], [OLD])

    assert change(once, [NEW], [OLD]) == once


def test_a_record_is_known_however_it_is_written() -> None:
    assert change(ZONE, [("web", "aaaa", "2001:db8::2")], []) == ZONE


def test_local_data_of_unbound_stays_local_data() -> None:
    made = change(LOCAL, [NEW], [OLD])

    assert made == 'server:\n    local-data: "web.example. 300 IN A 203.0.113.2"\n'


@pytest.mark.parametrize(
    ("retire", "why"),
    [
        ([("ns", "A", "192.0.2.1")], "ns.example. would have no address left"),
        ([OLD, ("web", "AAAA", "2001:db8::2")], "web.example. would have no address left"),
    ],
)
def test_a_name_keeps_an_address(retire: list[tuple[str, str, str]], why: str) -> None:
    with pytest.raises(zone_text.Refused, match=why):
        change(ZONE, [], retire)


def test_a_record_that_took_its_name_from_one_that_goes_is_told_it() -> None:
    made = change(ZONE, [("mail", "A", "203.0.113.3")], [("mail", "A", "192.0.2.3")])

    assert made.endswith("\nmail.example.     IN MX 10 mail\nmail.example. 300 IN A 203.0.113.3\n")


def test_records_at_the_end_go_together() -> None:
    new = [NEW, ("web", "AAAA", "2001:db8::3"), ("mail", "A", "203.0.113.3")]
    moved = change(ZONE, new, [])

    back = change(moved, [], new)

    assert back == ZONE.replace("7 ; serial", "9 ; serial")


def test_a_record_goes_together_with_the_one_below_that_takes_its_name_from_it() -> None:
    made = change(
        ZONE, [("mail", "A", "203.0.113.3")], [("mail", "A", "192.0.2.3"), ("mail", "MX", "10 mail")]
    )

    assert made.endswith("web.example. IN AAAA 2001:DB8:0::2\nmail.example. 300 IN A 203.0.113.3\n")


@pytest.mark.parametrize(
    "record",
    [
        ("web\n$INCLUDE /etc/passwd", "A", "192.0.2.9"),
        ("$INCLUDE", "A", "192.0.2.9"),
        ("web", "A 192.0.2.9\nx A", "192.0.2.9"),
        ("web", "CNAME", "a\n* IN A 192.0.2.9"),
        ("web", "TXT", 'a" "b'),
        ("web", "CNAME", "a\x1b[2J"),
    ],
)
def test_what_would_be_more_than_one_record_is_refused(record: tuple[str, str, str]) -> None:
    with pytest.raises(zone_text.Refused, match="is no record"):
        change(ZONE, [record], [])
