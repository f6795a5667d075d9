"""Field cases of other people's rule sets, which are read or named, and of classes that change."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from support.field_host import shell
from support.needs import needs
from support.one_host import OneHost, one_host
from support.plugin_files import plugin

from cmp.services.migrating.filtering import RuleTexts, judge_filters

pytestmark = [pytest.mark.lab, pytest.mark.hosts, needs("ip", "nft", "tc", "unshare", "nsenter")]

service_texts = plugin("filter/service_texts.py")
PROBES = (ip_address("2001:db8:1::1"), ip_address("2001:db8:2::1"))
CHAIN = "chain forward { type filter hook forward priority filter; policy drop;"
USUAL = (
    "destination-unreachable, packet-too-big, time-exceeded, parameter-problem, echo-request, echo-reply,"
    "nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-query,"
    "mld-listener-report, mld2-listener-report"
)
RULES = {
    "icmpv6-ranges": ("icmpv6 type 1-4 accept", "icmpv6 type 128-129 accept"),
    "icmpv6-with-mld": (f"icmpv6 type {{ {USUAL} }} accept",),
    "icmp-timestamp": ("icmp type { echo-request, echo-reply, timestamp-request } accept",),
    "l4proto-set": ("meta l4proto { icmp, ipv6-icmp } accept",),
    "protocol-set": ("ip protocol { tcp, udp } accept",),
    "l4proto-range": ("meta l4proto 50-51 accept",),
    "named-set": ("tcp dport @web accept", "th dport 53 accept"),
}
SETS = "set web { type inet_service; flags interval; elements = { 80, 443, 8000-8100 }; }"


@pytest.fixture
def host() -> Iterator[OneHost]:
    with one_host() as found:
        yield found


@pytest.mark.parametrize("kind", sorted(RULES))
def test_every_rule_is_read_or_named(host: OneHost, kind: str) -> None:
    rules = RULES[kind]
    host.run("nft", "-f", "-", stdin="\n".join(["table inet f {", SETS, CHAIN, *rules, "}", "}"]))
    listed = shell(host, "nft -j list ruleset")
    assert sum("rule" in each for each in json.loads(listed)["nftables"]) == len(rules)

    found = judge_filters(RuleTexts(nft_json=listed, probes=PROBES), [])

    assert len(found.terms) + len(found.untranslated) >= len(rules)


def test_the_usual_messages_of_ipv6_are_let_through_by_their_names(host: OneHost) -> None:
    host.run("nft", "-f", "-", stdin=f"table inet f {{\n{CHAIN}\n{RULES['icmpv6-with-mld'][0]}\n}}\n}}")

    found = judge_filters(RuleTexts(nft_json=shell(host, "nft -j list ruleset"), probes=PROBES), [])

    assert found.untranslated == ()
    assert [line for line in found.blocked if "type 2 " in line or "type 128 " in line] == []


def test_chains_in_capitals_are_followed() -> None:
    text = (Path(__file__).parent / "chains_in_capitals.txt").read_text(encoding="utf-8")

    found = judge_filters(RuleTexts(iptables=text, probes=PROBES), [])

    told = " ".join(line.text for line in found.untranslated)
    assert "LOGDROP" not in told
    assert "DOCKER-USER" not in told
    assert any("8080" in term.text for term in found.terms)


VOICE = {"id": "voice", "dscp": "ef", "guaranteed_mbps": 20.0, "ceiling_mbps": 100.0}
URGENT = {"id": "emergency", "dscp": "cs5", "guaranteed_mbps": 20.0, "ceiling_mbps": 200.0}
OFFICE = {"id": "office", "dscp": "af21", "guaranteed_mbps": 100.0, "ceiling_mbps": 400.0}
BEST = {"id": "best", "dscp": "be", "guaranteed_mbps": 10.0, "ceiling_mbps": 1000.0}
BEFORE = (VOICE, OFFICE, BEST)
CHANGED = {
    "put-in": (VOICE, URGENT, OFFICE, BEST),
    "taken-out": (VOICE, BEST),
    "reordered": (BEST, VOICE, OFFICE),
    "nothing unmarked": (VOICE, OFFICE),
    "one alone": (BEST,),
    "other rates": (VOICE | {"guaranteed_mbps": 50.0, "ceiling_mbps": 60.0}, OFFICE, BEST),
    "other marks": (VOICE | {"dscp": "af41"}, OFFICE | {"dscp": "cs1"}, BEST),
}


@pytest.mark.parametrize("change", sorted(CHANGED))
def test_classes_changed_where_they_are_are_as_on_a_fresh_interface(host: OneHost, change: str) -> None:
    _give(host, CHANGED[change])
    fresh = _classes(host)
    shell(host, "tc qdisc del dev eth0 root; nft flush ruleset")

    _give(host, BEFORE)
    _give(host, CHANGED[change])

    assert _classes(host) == fresh


OF_SOMEBODY_ELSE = """tc qdisc add dev eth0 root handle 1: htb default 0xf000
tc class add dev eth0 parent 1: classid 1:99 htb rate 1mbit"""


@pytest.mark.parametrize(
    "before",
    [
        "tc qdisc add dev eth0 root handle 1: htb default 12",
        "tc qdisc add dev eth0 root handle 2: htb default 30",
        "tc qdisc add dev eth0 root pfifo limit 10",
        OF_SOMEBODY_ELSE,
    ],
    ids=["an older default", "another root", "another queue", "a class of somebody else"],
)
def test_classes_are_given_whatever_was_there_before(host: OneHost, before: str) -> None:
    _give(host, BEFORE)
    fresh = _classes(host)
    shell(host, f"tc qdisc del dev eth0 root; nft flush ruleset; {before}")

    _give(host, BEFORE)

    assert _classes(host) == fresh


def _give(host: OneHost, classes: tuple[dict[str, object], ...]) -> None:
    given = {"interface": "eth0", "line_mbps": 1000.0, "classes": list(classes)}
    for program, text in (
        (("sh",), service_texts.classes_script(given)),
        (("nft", "-f", "-"), service_texts.classes_filter(given)),
    ):
        done = host.run(*program, stdin=text)
        assert done.returncode == 0, done.stderr


def _classes(host: OneHost) -> list[str]:
    """Root, classes, their queues and filters, whatever the order they were made in, without counters."""
    script = (
        "tc qdisc show dev eth0 root; tc class show dev eth0; tc filter show dev eth0; nft -s list ruleset"
    )
    said = re.sub(r"direct_packets_stat \d+", "", shell(host, script))
    return sorted(line.strip() for line in said.splitlines())
