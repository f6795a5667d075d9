"""Every name of a zone that leads to an address is found, in whichever of the many ways."""

from __future__ import annotations

import pytest

from cmp.network.measurement.leading import foreign, leading
from cmp.network.measurement.naming import Record

OLD = ("192.0.2.10", "2001:db8:7::10")
H1 = Record("h1.unit.example", "A", "192.0.2.10")
OTHER = Record("h2.unit.example", "A", "198.51.100.20")


def told(*records: tuple[str, str, str] | Record) -> list[str]:
    return [str(lead) for lead in leading([OTHER, *(Record(*each) for each in records)], OLD)]


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (("www.unit.example", "A", "192.0.2.10"), "www.unit.example A leads to 192.0.2.10"),
        (("unit.example.", "a", "192.0.2.10"), "unit.example A leads to 192.0.2.10"),
        (("www.unit.example", "AAAA", "2001:DB8:7:0::10"), "www.unit.example AAAA leads to 2001:db8:7::10"),
        (("www.unit.example", "AAAA", "::ffff:192.0.2.10"), "www.unit.example AAAA leads to 192.0.2.10"),
        (
            ("*.unit.example", "A", "192.0.2.10"),
            "*.unit.example (every name without records) A leads to 192.0.2.10",
        ),
        (
            ("_dns.unit.example", "SVCB", '1 h2.unit.example. alpn="dot" ipv4hint="198.51.100.1,192.0.2.10"'),
            "_dns.unit.example SVCB leads to 192.0.2.10",
        ),
        (
            ("h9.unit.example", "IPSECKEY", "10 1 2 192.0.2.10 AQNRU3mG7TVTO2BkR47usntb102uFJtu"),
            "h9.unit.example IPSECKEY leads to 192.0.2.10",
        ),
        (
            ("unit.example", "HTTPS", '1 . ipv6hint="2001:db8:7::10"'),
            "unit.example HTTPS leads to 2001:db8:7::10",
        ),
        (
            ("10.2.0.192.in-addr.arpa", "PTR", "h1.unit.example."),
            "the reverse name of 192.0.2.10 still leads to h1.unit.example",
        ),
        (
            (
                "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
                "PTR",
                "h1.unit.example.",
            ),
            "the reverse name of 2001:db8:7::10 still leads to h1.unit.example",
        ),
    ],
)
def test_a_record_that_holds_the_address_is_named(record: tuple[str, str, str], said: str) -> None:
    assert told(record) == [said]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("CNAME", "H1.unit.example."),
        ("MX", "10 h1.unit.example."),
        ("SRV", "0 5 5060 h1.unit.example."),
        ("SVCB", "1 h1.unit.example. port=853"),
        ("HTTPS", "1 h1.unit.example."),
        ("NS", "h1.unit.example."),
        ("NAPTR", '100 10 "S" "SIP+D2U" "" h1.unit.example.'),
    ],
)
def test_a_record_that_leads_to_a_name_there_is_named_with_it(kind: str, value: str) -> None:
    found = told(H1, ("x.unit.example", kind, value))

    assert found[1:] == [f"x.unit.example {kind} leads to 192.0.2.10 by way of h1.unit.example"]


def test_aliases_of_aliases_and_wildcards_are_followed() -> None:
    found = told(
        ("*.lab.unit.example", "CNAME", "gate.unit.example."),
        ("gate.unit.example", "CNAME", "h1.unit.example."),
        ("mail.unit.example", "MX", "10 any.lab.unit.example."),
        H1,
    )

    assert "mail.unit.example MX leads to 192.0.2.10 by way of h1.unit.example" in found
    assert len(found) == 4


def test_aliases_that_go_round_end() -> None:
    round_about = [
        ("a.unit.example", "CNAME", "b.unit.example."),
        ("b.unit.example", "CNAME", "a.unit.example."),
    ]

    assert told(*round_about) == []


def test_a_wildcard_does_not_answer_for_a_name_that_is_there() -> None:
    assert (
        told(("*.unit.example", "A", "192.0.2.10"), ("m.unit.example", "MX", "1 h2.unit.example."))[1:] == []
    )


def test_names_outside_of_the_zone_are_told_apart() -> None:
    records = [
        Record("w.unit.example", "CNAME", "web.other.example."),
        Record("unit.example", "MX", "10 h1.unit.example."),
    ]

    assert foreign(records, "unit.example") == {"web.other.example"}
