"""Edits of zone files as people write them: right by dnspython's reading, or refused with the line."""

from __future__ import annotations

import dns.rdatatype
import dns.zone
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.plugin_files import plugin

zone_text = plugin("module_utils/zone_text.py")
zone_proof = plugin("modules/zone_proof.py")

ZONE = "unit.example."
HEAD = "$TTL 1h\n@ IN SOA ns1 host ( 2026010101 7200 900 1209600 300 )\n@ IN NS ns1\nns1 IN A 192.0.2.53\n"
NEW = [("h1", "A", "198.51.100.10"), ("h1", "AAAA", "2001:db8:100:1::a")]
OLD = [("h1", "A", "192.0.2.10")]


def edited(text: str) -> str:
    """The text with the new addresses of h1 and without its old one, proved by the second reader."""
    after, added, removed = zone_text.changed(text, ZONE, NEW, OLD, 300)
    told = [[" ".join(key) for key in keys] for keys in (added, removed)]
    assert removed
    assert zone_proof.difference(ZONE, text, after, *told) == ""
    return str(after)


def lifetimes(text: str) -> dict[tuple[str, str], int]:
    """Seconds by name and kind, as dnspython reads them."""
    read = dns.zone.from_text(text, origin=ZONE, relativize=False)
    return {
        (str(name), dns.rdatatype.to_text(data.rdtype)): data.ttl for name, data in read.iterate_rdatasets()
    }


@pytest.mark.parametrize(
    "record",
    [
        "h1 1h30m IN A 192.0.2.10",
        "h1 IN 2W A 192.0.2.10",
        "H1.Unit.Example. 0 A 192.0.2.10",
        "h1\tA\t192.0.2.10\t; the desk; see (below",
        "h1 IN A (\n  192.0.2.10 ; first\n  )",
        "h1 ( 300\n IN\n A 192.0.2.10 )",
        "\\104\\049 IN A 192.0.2.10",
        "h1 CLASS1 TYPE1 \\# 4 C000020A",
        "h1 IN A \\# 4 c000 020a",
        "h1 IN A 192.0.2.10\nh1 IN A 192.0.2.10",
        "$ORIGIN example.\nh1.unit IN A 192.0.2.10\n$ORIGIN sub.unit.example.\nx IN A 192.0.2.99",
        "$ORIGIN .\nh1.unit.example 300 IN A 192.0.2.10",
        "$TTL 5m\nh1 IN A 192.0.2.10\n$TTL 1d",
        'h1 IN TXT "a ; b ( c \\" d"\n IN A 192.0.2.10',
        'h1 IN A 192.0.2.10\n IN TXT "stays"\n',
        "h1 IN A 192.0.2.10\n\n; a comment\n\t300 IN AAAA 2001:db8::1\n IN A 192.0.2.11",
        'x IN TXT "a" ( "b"\n "c ;" ) d\n IN A 192.0.2.66\nh1 IN A 192.0.2.10',
        "_sip._tcp IN SRV 0 5 5060 h1\nh1 IN A 192.0.2.10",
    ],
    ids=range(18),
)
def test_the_old_address_goes_and_all_else_stays(record: str) -> None:
    after = edited(HEAD + record + "\n")

    assert "192.0.2.10\n" not in after
    assert after.startswith(HEAD.replace("2026010101", "2026010102").rsplit("\n", 2)[0])


@pytest.mark.parametrize(
    "soa",
    [
        "@ in soa ns1 host 7 7200 900 1209600 300",
        "unit.example. 3600 SOA ns1 host (\n 7 ; serial\n 2h 15m 2w 5m )",
        "@ IN SOA ( ns1\n host\n ; 2020010100 is not the number\n 7\n 7200 900 1209600 300 )",
        "@ SOA ns1.unit.example. first\\.last.unit.example. ( 7;serial\n7200\n900\n1209600\n300\n)",
        "@ 1D IN SOA ns1 2026010101.example. ( 7 1 1 1 1)",
    ],
    ids=range(5),
)
def test_the_serial_is_found_however_the_soa_is_written(soa: str) -> None:
    text = f"$TTL 300\n{soa}\n@ IN NS ns1\nns1 IN A 192.0.2.53\nh1 IN A 192.0.2.10\n"

    assert f" {soa} ".replace(" 7", " 8", 1).strip() in edited(text) or "\n 8" in edited(text)
    assert zone_proof.read(ZONE, edited(text))[1] == 8


@pytest.mark.parametrize(
    ("serial", "then"), [(1, 2), (2147483647, 2147483648), (4294967295, 1), (2099123199, 2099123200)]
)
def test_the_serial_always_goes_up(serial: int, then: int) -> None:
    text = HEAD.replace("2026010101", str(serial)) + "h1 IN A 192.0.2.10\n"

    after = edited(text)

    assert zone_proof.read(ZONE, after)[1] == then


def test_without_a_usual_lifetime_each_record_keeps_the_one_it_had() -> None:
    text = (
        HEAD.replace("$TTL 1h\n@ IN", "@ 60 IN") + 'h1 900 IN A 192.0.2.10\nh2 IN A 192.0.2.20\n IN TXT "x"\n'
    )

    after = edited(text)

    assert "h2 900 IN A 192.0.2.20\n IN TXT" in after


def test_lines_end_as_they_did() -> None:
    after = edited((HEAD + "h1 IN A 192.0.2.10\n\tTXT x\n").replace("\n", "\r\n"))

    assert after.count("\n") == after.count("\r\n")
    assert "h1.unit.example.\tTXT x\r\n" in after


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("$INCLUDE others.zone\n", r"line 6: \$INCLUDE"),
        ("$include others.zone sub\n", r"line 6: \$INCLUDE"),
        ("$GENERATE 1-20 d$ A 192.0.2.$\n", r"line 6: \$GENERATE"),
        ("x IN A (\n 192.0.2.1\n", "line 6: a parenthesis is not closed"),
        ("x IN A 192.0.2.1 )\n", "line 6: a parenthesis is closed"),
        ('x IN TXT "never closed\n', "line 6: "),
        ("x CH A 192.0.2.1\n", "line 6: no record of the Internet"),
        ("x IN A 192.0.2.300\n", "line 6: "),
        ("h1 IN RRSIG A 8 2 300 20260101000000 20250101000000 1 unit.example. AAAA\n", "line 6: RRSIG"),
        ("@ IN SOA ns1 host 1 2 3 4 5\n", "one SOA record"),
        ("$DATE today\n", r"line 6: \$DATE"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_line(more: str, why: str) -> None:
    with pytest.raises(zone_text.Refused, match=why):
        edited(HEAD + "h1 IN A 192.0.2.10\n" + more)


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ("w1 IN A 192.0.2.10\nh1 IN CNAME w1\n", "another name for something else"),
        ("h1 CNAME w1.other.example.\n", "another name for something else"),
        ("* IN A 192.0.2.10\n", r"h1.unit.example. has no record of its own: \*.unit.example."),
    ],
)
def test_no_address_stands_where_it_cannot(records: str, why: str) -> None:
    with pytest.raises(zone_text.Refused, match=why):
        zone_text.changed(HEAD + records, ZONE, NEW, OLD, 300)


@pytest.mark.parametrize("cut", ["lab IN NS ns.other.example.", "lab IN DNAME other.example."])
def test_no_address_stands_below_what_others_keep(cut: str) -> None:
    with pytest.raises(zone_text.Refused, match="leaves to others"):
        zone_text.changed(HEAD + cut + "\n", ZONE, [("a.lab", "A", "198.51.100.1")], [], 300)


def test_an_alias_may_give_way_to_an_address() -> None:
    text = HEAD + "w1 IN A 192.0.2.10\nh1 IN CNAME w1\n"

    after, _, removed = zone_text.changed(text, ZONE, NEW, [("h1", "CNAME", "w1")], 300)

    assert removed == [("h1.unit.example.", "CNAME", "w1.unit.example.")]
    assert "CNAME" not in after


def test_a_wildcard_covers_no_name_that_has_records() -> None:
    text = HEAD + "* IN A 192.0.2.77\nh1 IN A 192.0.2.10\n"

    assert "h1.unit.example. 300 IN A 198.51.100.10" in edited(text)


def test_reverse_names_are_edited_alike() -> None:
    head = HEAD.replace("ns1 IN A 192.0.2.53\n", "").replace(" ns1", " ns1.unit.example.")
    text = head + "10 IN PTR h1.unit.example.\n11 IN PTR h2.unit.example.\n"

    after, added, removed = zone_text.changed(
        text,
        "2.0.192.in-addr.arpa.",
        [("12", "PTR", "H1.unit.example.")],
        [("10", "PTR", "h1.unit.example.")],
        60,
    )

    assert added == [("12.2.0.192.in-addr.arpa.", "PTR", "h1.unit.example.")]
    assert removed == [("10.2.0.192.in-addr.arpa.", "PTR", "h1.unit.example.")]
    assert "11 IN PTR h2" in after


spaces = st.sampled_from([" ", "\t", "   "])
owners = st.sampled_from(["h1", "H1", "h1.unit.example.", "h2", "h3", "h2.unit.example.", "\\1042"])
times = st.sampled_from(["", "300", "1h30m", "2W", "0"])
values = st.sampled_from(
    [
        ("A", "192.0.2.10"),
        ("A", "192.0.2.10"),
        ("a", "192.0.2.11"),
        ("AAAA", "2001:DB8:0::1"),
        ("TXT", '"x ; y" "("'),
        ("MX", "10 h1"),
        ("TXT", "bare\\;word"),
    ]
)


@st.composite
def lines(draw: st.DrawFn) -> str:
    """One record, written in one of the many ways."""
    kind, value = draw(values)
    owner = draw(st.one_of(owners, st.just("")))
    parts = [draw(times), draw(st.sampled_from(["", "IN", "in"]))]
    if draw(st.booleans()):
        parts.reverse()
    if draw(st.booleans()):
        value = f"( {value} ; why\n\t)"
    gap = draw(spaces)
    tail = draw(st.sampled_from(["", ' ; a comment ( "', "\n", "\n; between\n"]))
    return owner + gap + gap.join([*(part for part in parts if part), kind, value]) + tail


@given(st.lists(lines(), max_size=12), st.booleans())
@example(["h1 IN A 192.0.2.10", " TXT x", "h1 A 192.0.2.11"], False)
def test_any_zone_is_edited_right(written: list[str], usual: bool) -> None:
    head = HEAD if usual else HEAD.replace("$TTL 1h\n@ IN", "@ 60 IN")
    text = head + "h1 IN A 192.0.2.99\n" + "\n".join(written) + "\n"
    before = lifetimes(text)

    after, added, removed = zone_text.changed(text, ZONE, NEW, OLD, 300)

    told = [[" ".join(key) for key in keys] for keys in (added, removed)]
    assert zone_proof.difference(ZONE, text, after, *told) == ""
    assert zone_text.changed(after, ZONE, NEW, OLD, 300)[0] == after
    if usual:
        assert {
            key: seconds for key, seconds in before.items() if key[1] in {"TXT", "MX"}
        }.items() <= lifetimes(after).items()
