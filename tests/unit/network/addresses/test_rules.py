"""Every rule of an address plan finds what it is for, names the RFC, and is silent otherwise."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.address_stores import a_container, a_holding
from support.builders import a_network, a_private_network, an_address_plan

from cmp.model.codes import Code
from cmp.model.finding import Severity
from cmp.model.network import Translation
from cmp.network.addresses.rules.everything import RULES, lint_environment, lint_holdings, remarks
from cmp.network.addresses.rules.ranges import looks_random
from cmp.network.addresses.rules.subject import PrefixRole, Subject

RANDOM = "fd8b:41c9:e07d"


def a_subject(text: str, role: PrefixRole = PrefixRole.SUBNET, **changes: Any) -> Subject:
    return Subject(ip_network(text), role, **changes)


@pytest.mark.parametrize(
    ("subject", "code", "says"),
    [
        (a_subject("198.51.100.0/25"), Code.DOCUMENTATION_PREFIX, "RFC 5737"),
        (a_subject("2001:db8:7::/64"), Code.DOCUMENTATION_PREFIX, "RFC 3849"),
        (a_subject("3fff:fff::/64"), Code.DOCUMENTATION_PREFIX, "RFC 9637"),
        (a_subject("198.19.0.0/24"), Code.BENCHMARK_PREFIX, "RFC 2544"),
        (a_subject("2002:a00::/64"), Code.RETIRED_RANGE, "RFC 7526"),
        (a_subject("192.88.99.0/24"), Code.RETIRED_RANGE, "RFC 7526"),
        (a_subject("fec0:0:0:1::/64"), Code.RETIRED_RANGE, "RFC 3879"),
        (a_subject("fc12:3456:789a::/64"), Code.UNIQUE_LOCAL, "RFC 4193 3.1"),
        (a_subject("fd00::/8", PrefixRole.RANGE), Code.UNIQUE_LOCAL, "40 bits"),
        (a_subject("fd00::/64"), Code.UNIQUE_LOCAL, "RFC 4193 3.2"),
        (a_subject("fd12:3456:789a::/64"), Code.UNIQUE_LOCAL, "RFC 4193 3.2"),
        (a_subject("2400:100::/46", PrefixRole.SITE), Code.NIBBLE_BORDER, "RFC 7381 2.6"),
        (a_subject("2400:100::/52", PrefixRole.SITE), Code.SITE_LENGTH, "RFC 6177"),
        (a_subject("2400:100::/80", PrefixRole.SUBNET), Code.SUBNET_LENGTH, "RFC 7381 2.6"),
        (a_subject("2400:100::/80", PrefixRole.USER_LAN), Code.SUBNET_LENGTH, "RFC 7381 2.6"),
        (a_subject("2400:100::/64", PrefixRole.LINK), Code.ROUTER_LINK, "RFC 6164"),
        (a_subject("2400:100::/96", PrefixRole.LOOPBACK), Code.LOOPBACK, "RFC 9099 2.1.3"),
        (a_subject("10.1.0.0/24", used=0.6), Code.OVERUSED, "60%"),
        (a_subject("2400:100::/128", PrefixRole.HOST, link=64), Code.RESERVED_IDENTIFIER, "RFC 5453"),
        (
            a_subject("2400:100::fdff:ffff:ffff:ffff/128", PrefixRole.HOST, link=64),
            Code.RESERVED_IDENTIFIER,
            "RFC 5453",
        ),
        (
            a_subject(f"{RANDOM}::7/128", PrefixRole.HOST, link=64, dns_name="www.city.gov.cn"),
            Code.LOCAL_NAME,
            "RFC 4193 4.4",
        ),
        (a_subject("2400:100::/72", PrefixRole.TRANSLATION), Code.PREF64, "RFC 6052 2.2"),
        (a_subject("2400:100:0:0:ff00::/96", PrefixRole.TRANSLATION), Code.PREF64, "bits 64 to 71"),
        (
            a_subject("64:ff9b::/96", PrefixRole.TRANSLATION, inside_only=True),
            Code.PREF64_PRIVATE,
            "RFC 6052 3.1",
        ),
    ],
)
def test_a_rule_finds_what_it_is_for(subject: Subject, code: Code, says: str) -> None:
    [remark] = remarks(subject)

    assert remark.code is code
    assert says in remark.message


@pytest.mark.parametrize(
    "subject",
    [
        a_subject("2001:db8::/64", production=False),
        a_subject("198.18.0.0/24", production=False),
        a_subject(f"{RANDOM}:1::/64"),
        a_subject("2400:100::/32", PrefixRole.RANGE),
        a_subject("2400:100::/48", PrefixRole.SITE),
        a_subject("2400:100::/64", PrefixRole.USER_LAN, used=0.5),
        a_subject("2400:100::/127", PrefixRole.LINK),
        a_subject("2400:100::1/128", PrefixRole.LOOPBACK),
        a_subject("2400:100::/128", PrefixRole.HOST, link=127),
        a_subject("2400:100::1/128", PrefixRole.HOST, link=64),
        a_subject(f"{RANDOM}::7/128", PrefixRole.HOST, link=64, dns_name="www.city.internal"),
        a_subject("2400:100:64::/96", PrefixRole.TRANSLATION, inside_only=True),
        a_subject("64:ff9b::/96", PrefixRole.TRANSLATION),
        a_subject("10.64.0.0/12", PrefixRole.RANGE),
    ],
)
def test_what_is_right_is_let_alone(subject: Subject) -> None:
    assert list(remarks(subject)) == []


@pytest.mark.parametrize(
    ("subject", "says"),
    [
        (a_subject("198.51.100.128/25"), "198.51.100.128/25 lies in 198.51.100.0/24"),
        (a_subject("198.51.100.0/24"), "198.51.100.0/24 is the same as 198.51.100.0/24"),
        (a_subject("198.51.0.0/16"), "198.51.0.0/16 contains 198.51.100.0/24"),
        (a_subject("198.0.0.0/8"), "198.0.0.0/8 contains 198.18.0.0/15"),
        (a_subject("2002::/15"), "2002::/15 contains 2002::/16"),
        (a_subject("fc00::/7"), "fc00::/7 contains fc00::/8"),
        (a_subject("fc12::/16"), "fc12::/16 lies in fc00::/8"),
    ],
)
def test_which_prefix_contains_which_is_said_the_right_way_round(subject: Subject, says: str) -> None:
    assert any(remark.message.startswith(says) for remark in remarks(subject))


def test_every_rule_says_what_it_is_about() -> None:
    assert all(rule.__doc__ and rule.__doc__.endswith(".") for rule in RULES)


@given(st.integers(0, 2**40 - 1).filter(lambda number: len(set(f"{number:010x}")) > 6))
def test_hardly_any_random_global_id_is_called_otherwise(number: int) -> None:
    digits = f"{number:010x}"
    counted = len({(int(b, 16) - int(a, 16)) % 16 for a, b in pairwise(digits)}) == 1

    assert looks_random((0xFD << 120) | (number << 80)) or counted


def test_an_environment_is_linted_at_its_places() -> None:
    network = a_network(
        address_plan=an_address_plan(prefix="2001:db8::/32", v6={"site_length": 52, "subnet_length": 60}),
        private_networks=(a_private_network("office-net", ipv4=ip_network("192.168.0.0/24")),),
        translation=Translation(prefix=IPv6Network("64:ff9b::/96"), pool=IPv4Network("198.18.0.0/24")),
    )

    found = {
        (finding.code, finding.path[-1]): finding.severity
        for finding in lint_environment(network, {}, production=True)
    }

    assert found == {
        (Code.DOCUMENTATION_PREFIX, "prefix"): Severity.ERROR,
        (Code.SITE_LENGTH, "site_length"): Severity.NOTE,
        (Code.SUBNET_LENGTH, "subnet_length"): Severity.NOTE,
        (Code.PREF64_PRIVATE, "prefix"): Severity.ERROR,
        (Code.BENCHMARK_PREFIX, "pool"): Severity.ERROR,
    }


def test_holdings_are_linted_in_the_role_that_their_purpose_says() -> None:
    holdings = (
        a_container("range", "2400:100::/32"),
        a_holding("link", "2400:100:1::/64", purpose="router-link"),
        a_holding("small", "10.9.9.0/30"),
        a_holding("one", "10.9.9.1"),
        a_holding("two", "10.9.9.2"),
    )

    found = [(holding.name, remark.code) for holding, remark in lint_holdings(holdings, production=True)]

    assert found == [("link", Code.ROUTER_LINK), ("small", Code.OVERUSED)]
