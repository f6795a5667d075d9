"""Filters of large networks: prefixes are joined as the standard library does, and hosts grouped by value."""

from __future__ import annotations

import random
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from itertools import pairwise

import pytest

from cmp.model.network import Prefix
from cmp.network.addresses.space import bounds, overlap
from cmp.network.filters.nftables import lines
from cmp.network.filters.ranges import DOCUMENTATION, FORBIDDEN, forbidden
from cmp.network.filters.terms import Endpoint, Policy, Ports, Term, Verdict, place
from cmp.network.moving.filters import grouped

PEER = ip_network("198.51.100.7")


def some_prefixes(seed: int, family: int) -> list[Prefix]:
    """Prefixes of mixed lengths in a small range, so that many touch, overlap or hold others."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    start, kind = (0xC0000200, IPv4Network) if family == 4 else (0x3FFF << 112, IPv6Network)
    longest = 32 if family == 4 else 128
    found: list[Prefix] = []
    for _ in range(dice.randrange(1, 40)):
        length = longest - dice.choice((0, 0, 0, 1, 2, 4))
        found.append(kind((start + dice.randrange(64), length), strict=False))
    return found


def targets_of(rule: str) -> str:
    """What a rule compares the target with."""
    return rule.split(" daddr ")[1].split(" counter ", maxsplit=1)[0]


def the_plain_way(prefixes: list[Prefix]) -> str:
    """One prefix alone, one span by its ends, else all of them."""
    joined: list[Prefix] = list(
        collapse_addresses([each for each in prefixes if isinstance(each, IPv4Network)])
    ) or list(collapse_addresses([each for each in prefixes if isinstance(each, IPv6Network)]))
    texts = [str(each[0]) if each.prefixlen == each.max_prefixlen else str(each) for each in joined]
    if len(texts) == 1:
        return texts[0]
    if all(int(one[-1]) + 1 == int(two[0]) for one, two in pairwise(joined)):
        return f"{joined[0][0]}-{joined[-1][-1]}"
    return "{ " + ", ".join(texts) + " }"


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("seed", range(60))
def test_prefixes_of_a_rule_are_joined_as_the_standard_library_does(seed: int, family: int) -> None:
    prefixes = some_prefixes(seed, family)
    source = Endpoint("peer", (ip_network("0.0.0.0/0"), ip_network("::/0")))

    (rule,) = lines(Term(Verdict.ACCEPT, source, Endpoint("hosts", tuple(prefixes))))

    assert targets_of(rule) == the_plain_way(prefixes)


@pytest.mark.parametrize("family", [4, 6])
def test_a_range_stays_forbidden_unless_something_in_use_shares_addresses_with_it(family: int) -> None:
    known = [prefix for prefix, _ in (*FORBIDDEN, *DOCUMENTATION) if prefix.version == family]

    for used in (*known, ip_network("0.0.0.0/0"), ip_network("::/0"), ip_network("192.0.2.9"), PEER):
        expected = tuple(each for each in known if not overlap(each, used))
        assert forbidden([used], family) == expected


@pytest.mark.parametrize("text", ["192.0.2.9/32", "192.0.2.0/24", "0.0.0.0/0", "3fff::/20", "::/0"])
def test_bounds_are_the_first_and_the_last_address(text: str) -> None:
    prefix = ip_network(text)

    assert bounds(prefix) == (int(prefix[0]), int(prefix[-1]))


def test_hosts_are_grouped_where_their_clients_are_equal_and_not_only_the_same() -> None:
    def offered(host: str, clients: Endpoint) -> Term:
        return Term(Verdict.ACCEPT, clients, place(host, [ip_network(host)]), "tcp", (Ports(443, 443),))

    equal, other = place("clients", [PEER]), place("others", [PEER])
    terms = (
        offered("192.0.2.1", place("clients", [PEER])),
        offered("192.0.2.2", equal),
        offered("192.0.2.3", other),
    )

    found = grouped(Policy("desk-net", terms)).terms

    assert [term.target.name for term in found] == ["2 hosts", "192.0.2.3"]
