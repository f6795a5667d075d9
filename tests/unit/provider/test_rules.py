"""Rules of security groups have one shape, and mistakes in them are named with their position."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.provider.fields import UNKNOWN
from stacks.provider.rules import rules

HTTPS = {"direction": "ingress", "protocol": "tcp", "port": 443, "prefix": "::/0"}


def test_the_order_of_rules_does_not_matter() -> None:
    dns = {"direction": "egress", "protocol": "udp", "port": 53, "prefix": "192.0.2.0/24", "why": "names"}

    assert rules([HTTPS, dns]) == rules([dns, HTTPS])
    assert rules([HTTPS])[0]["why"] == ""


def test_a_range_of_one_port_is_a_port() -> None:
    assert rules([{**HTTPS, "port_end": 443}]) == rules([HTTPS])
    assert rules([{**HTTPS, "port_end": 444.0}])[0]["port_end"] == 444


WRONG: list[tuple[Any, str]] = [
    ("tcp", "rule 1: must have direction"),
    ({**HTTPS, "from": "internet"}, "rule 1: unknown field from"),
    ({**HTTPS, "direction": "in"}, "rule 1: must be one of ingress, egress"),
    ({**HTTPS, "protocol": "http"}, "rule 1: must be one of tcp"),
    ({**HTTPS, "prefix": "192.0.2.7/24"}, "has host bits set"),
    ({**HTTPS, "port": 0}, "must be a whole number of at least 1"),
    ({**HTTPS, "port": 70000}, "no range within 1 to 65535"),
    ({**HTTPS, "port_end": 80}, "ports 443 to 80 are no range"),
    ({"direction": "ingress", "protocol": "tcp", "prefix": "::/0"}, "tcp needs a port"),
    ({**HTTPS, "protocol": "any"}, "any has no ports"),
    ({"direction": "ingress", "protocol": "icmp", "prefix": "::/0"}, "icmp does not exist in IPv6"),
    (
        {"direction": "ingress", "protocol": "icmpv6", "prefix": "192.0.2.0/24"},
        "icmpv6 does not exist in IPv4",
    ),
    ({"direction": "ingress", "protocol": "tcp", "port": 1}, "must be a text"),
]


@pytest.mark.parametrize(("rule", "sentence"), WRONG, ids=[case[1][:40] for case in WRONG])
def test_a_wrong_rule_is_named(rule: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=".") as refusal:
        rules([rule])
    assert sentence in str(refusal.value)


def test_two_rules_that_differ_in_their_reason_only_are_refused() -> None:
    with pytest.raises(ValueError, match="two rules allow the same: ingress tcp 443 ::/0"):
        rules([HTTPS, {**HTTPS, "why": "again"}])


def test_a_prefix_that_is_not_known_yet_passes() -> None:
    assert rules([{**HTTPS, "prefix": UNKNOWN}])[0]["prefix"] == UNKNOWN
