"""Other people's rule sets are read whatever they hold, or each line that is not is told with its reason."""

from __future__ import annotations

import json
from ipaddress import ip_address
from typing import Any

import pytest

from cmp.network.filters.reading.listed import read_listed
from cmp.network.filters.reading.names import TYPES
from cmp.network.filters.reading.rules import Reading
from cmp.network.filters.terms import Message, Packet
from cmp.services.migrating.filtering import RuleTexts, judge_filters

INPUT = "inet t input"


def listed(*rules: Any, sets: tuple[Any, ...] = (), chains: tuple[str, ...] = (), **base: Any) -> Reading:
    """A table whose chain drops what no rule matches; a rule is its statements, or (chain, statements)."""
    chain = {"family": "inet", "table": "t", "name": "input", "type": "filter", "policy": "drop", **base}
    items: list[Any] = [{"metainfo": {"version": "1.0.6"}}, {"table": {"family": "inet", "name": "t"}}]
    items += [{"set": {"family": "inet", "table": "t", **each}} for each in sets]
    items += [
        {"chain": chain},
        *({"chain": {"family": "inet", "table": "t", "name": name}} for name in chains),
    ]
    for handle, rule in enumerate(rules, 10):
        name, expr = rule if isinstance(rule, tuple) else ("input", rule)
        items.append(
            {"rule": {"family": "inet", "table": "t", "chain": name, "handle": handle, "expr": expr}}
        )
    return read_listed(json.dumps({"nftables": items}))


def match(kind: str, protocol_: str, key: str, right: Any, op: str = "==") -> dict[str, Any]:
    left = {kind: {"protocol": protocol_, "field": key} if kind == "payload" else {"key": key}}
    return {"match": {"op": op, "left": left, "right": right}}


def passes(reading: Reading, protocol_: str, port: int | None = None, **more: Any) -> bool:
    source, target = more.get("source", "10.1.0.5"), more.get("target", "198.51.100.10")
    kind = Message(more["kind"], more.get("code", 0)) if "kind" in more else None
    packet = Packet(ip_address(source), ip_address(target), protocol_, port, kind)
    return reading.policies[INPUT].judge(packet).passes


ACCEPT: dict[str, Any] = {"accept": None}
DPORT = ("payload", "tcp", "dport")


@pytest.mark.parametrize("name", sorted(TYPES["icmpv6"]))
def test_every_message_of_icmpv6_is_known_by_its_name(name: str) -> None:
    reading = listed([match("payload", "icmpv6", "type", name), ACCEPT])
    number = TYPES["icmpv6"][name]

    assert reading.untranslated == ()
    v6 = {"source": "2001:db8::1", "target": "2001:db8::2"}
    assert passes(reading, "icmpv6", kind=number, **v6)
    assert not passes(reading, "icmpv6", kind=(number + 1) % 256, **v6)


@pytest.mark.parametrize(
    ("right", "op", "inside", "outside"),
    [
        ({"range": [20, 25]}, "==", 22, 26),
        ({"set": [22, {"range": [8000, 8100]}]}, "==", 8050, 8101),
        ("@web", "==", 443, 22),
        ({"set": [22, 80]}, "!=", 443, 80),
        ({"range": [0, 1023]}, "!=", 1024, 1023),
        ({"set": [{"elem": {"val": 22, "comment": "desk", "counter": {"packets": 1}}}]}, "==", 22, 23),
    ],
    ids=range(6),
)
def test_ports_are_read_in_every_form(right: Any, op: str, inside: int, outside: int) -> None:
    web = {"name": "web", "type": "inet_service", "flags": ["interval"], "elem": [80, 443]}
    reading = listed([match(*DPORT, right, op), ACCEPT], sets=(web,))

    assert reading.untranslated == ()
    assert passes(reading, "tcp", inside)
    assert not passes(reading, "tcp", outside)
    assert not passes(reading, "udp", inside)


def test_an_empty_set_matches_nothing() -> None:
    reading = listed([match(*DPORT, "@none"), ACCEPT], sets=({"name": "none", "type": "inet_service"},))

    assert not passes(reading, "tcp", 80)


def test_protocols_come_in_sets_and_ranges() -> None:
    reading = listed([match("meta", "", "l4proto", {"set": ["tcp", 17]}), ACCEPT])
    ranged = listed([match("meta", "", "l4proto", {"range": [6, 17]}), ACCEPT])

    for each in (reading, ranged):
        assert [passes(each, name, 80) for name in ("tcp", "udp")] == [True, True]
        assert not passes(each, "gre")


def test_a_protocol_of_ipv4_matches_nothing_of_ipv6() -> None:
    reading = listed([match("payload", "ip", "protocol", "tcp"), ACCEPT])

    assert passes(reading, "tcp", 80)
    assert not passes(reading, "tcp", 80, source="2001:db8::1", target="2001:db8::2")


def test_values_that_stand_together_match_together() -> None:
    left = {
        "concat": [
            {"payload": {"protocol": "ip", "field": "saddr"}},
            {"payload": {"protocol": "tcp", "field": "dport"}},
        ]
    }
    pairs = [
        {"concat": ["10.1.0.5", 22]},
        {"concat": [{"prefix": {"addr": "10.2.0.0", "len": 16}}, {"range": [80, 90]}]},
    ]
    reading = listed([{"match": {"op": "==", "left": left, "right": {"set": pairs}}}, ACCEPT])

    assert passes(reading, "tcp", 22)
    assert not passes(reading, "tcp", 80)
    assert passes(reading, "tcp", 85, source="10.2.9.9")


def test_maps_of_verdicts_are_rules() -> None:
    data = {"set": [[22, {"drop": None}], [{"range": [80, 90]}, ACCEPT], [8080, {"jump": {"target": "WEB"}}]]}
    key = {"payload": {"protocol": "tcp", "field": "dport"}}
    reading = listed(
        [{"vmap": {"key": key, "data": data}}], ("WEB", [ACCEPT]), [{"drop": None}], chains=("WEB",)
    )

    assert reading.untranslated == ()
    assert [passes(reading, "tcp", port) for port in (22, 85, 8080, 443)] == [False, True, True, False]


def test_states_of_later_packets_judge_no_first_one() -> None:
    data = {"set": [["established", ACCEPT], ["related", ACCEPT], ["invalid", {"drop": None}]]}
    reading = listed(
        [{"vmap": {"key": {"ct": {"key": "state"}}, "data": data}}],
        [match("ct", "", "state", "new", "in"), ACCEPT],
    )

    assert reading.untranslated == ()
    assert passes(reading, "tcp", 80)


@pytest.mark.parametrize("way", ["jump", "goto"])
def test_what_returns_goes_on_where_it_came_from(way: str) -> None:
    reading = listed(
        [{way: {"target": "Desk-2"}}],
        ("Desk-2", [match(*DPORT, 22), {"return": None}]),
        ("Desk-2", [match("meta", "", "l4proto", "tcp"), ACCEPT]),
        [match(*DPORT, 22), ACCEPT],
        chains=("Desk-2",),
    )

    assert passes(reading, "tcp", 80)
    assert passes(reading, "tcp", 22) is (way == "jump")
    assert not passes(reading, "udp", 53)


@pytest.mark.parametrize(
    "statement",
    [
        {"xt": {"type": "match", "name": "string"}},
        {"match": {"op": "==", "left": {"fib": {"result": "type", "flags": ["daddr"]}}, "right": "local"}},
        {"match": {"op": "==", "left": {"meta": {"key": "mark"}}, "right": 7}},
        {"match": {"op": "==", "left": {"&": [{"meta": {"key": "mark"}}, 255]}, "right": 7}},
        {"match": {"op": ">", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 1023}},
        {"match": {"op": "==", "left": {"payload": {"base": "ih", "offset": 0, "len": 8}}, "right": 7}},
        {"match": {"op": "==", "left": "odd", "right": 7}},
        {"match": {"left": {"meta": {"key": "l4proto"}}}},
        {"match": None},
        {"dnat": {"addr": "10.1.0.1"}},
        {"queue": {"num": 1}},
        {"vmap": {"key": {"numgen": {"mode": "inc", "mod": 2}}, "data": {"set": [[0, ACCEPT]]}}},
        {"vmap": {"key": {"meta": {"key": "l4proto"}}, "data": "@lost"}},
        {"limit": {"rate": 10, "per": "minute"}},
        {"limit": {"rate": 10, "per": "second", "inv": True}},
        {"some thing": ["that", "comes later"]},
        {},
        match("payload", "icmpv6", "type", "a-new-name"),
        match("payload", "ip", "saddr", "@lost"),
        match("payload", "ip", "saddr", {"range": ["10.0.0.9", "10.0.0.1"]}),
        match("payload", "ip", "saddr", "no address"),
        match("payload", "tcp", "dport", 99999),
        match("meta", "", "iifname", "eth7"),
        match("meta", "", "l4proto", "tcp", "!="),
    ],
    ids=range(24),
)
def test_what_is_not_read_is_told_with_its_handle_and_the_rest_is_read(statement: Any) -> None:
    reading = listed([statement, ACCEPT], [match(*DPORT, 443), ACCEPT])

    (told,) = reading.untranslated
    assert told.line == 10
    assert told.why
    assert passes(reading, "tcp", 443)


@pytest.mark.parametrize("way", ["jump", "goto"])
def test_a_jump_to_a_chain_that_is_not_listed_is_told(way: str) -> None:
    reading = listed([{way: {"target": "nowhere"}}], [match(*DPORT, 443), ACCEPT])

    assert "nowhere, which is not listed" in reading.untranslated[0].why
    assert passes(reading, "tcp", 443)


@pytest.mark.parametrize("extra", [{"flags": ["dynamic"]}, {"flags": "timeout"}, {"timeout": 60}])
def test_a_set_that_changes_by_itself_is_told(extra: dict[str, Any]) -> None:
    reading = listed(
        [match(*DPORT, "@seen"), ACCEPT], sets=({"name": "seen", "type": "inet_service", **extra},)
    )

    assert "@seen changes by itself" in reading.untranslated[0].why


def test_rules_of_chains_that_judge_nothing_are_told() -> None:
    reading = listed([{"masquerade": None}], type="nat")

    assert "type nat, which judges nothing" in reading.untranslated[0].why


@pytest.mark.parametrize(
    "texts",
    [
        RuleTexts(nft_json="table inet t { }"),
        RuleTexts(nft_json="{}"),
        RuleTexts(nft_json='{"nftables": [1, {"chain": {}}, {"rule": {}}, {"rule": {"family": "inet"}}]}'),
        RuleTexts(iptables="Chain INPUT (policy ACCEPT)\n"),
        RuleTexts(
            iptables="*filter\n:INPUT SOMETHING [0:0]\nodd\n-A INPUT -j\n-A INPUT -s x -j ACCEPT\nCOMMIT\n"
        ),
        RuleTexts(
            ip6tables='*filter\n:INPUT DROP [0:0]\n-A INPUT -m comment --comment "open -j ACCEPT\nCOMMIT\n'
        ),
    ],
    ids=range(6),
)
def test_no_text_of_a_host_ends_the_assessment(texts: RuleTexts) -> None:
    found = judge_filters(texts, [])

    assert found.untranslated
    assert all(each.why for each in found.untranslated)


@pytest.mark.parametrize(
    ("left", "right", "op", "first"),
    [
        (None, "syn", "in", True),
        (None, "syn", "==", True),
        (None, "syn", "!=", False),
        (None, ["fin", "rst"], "in", False),
        (None, ["fin", "syn", "rst", "psh", "ack", "urg"], "!", False),
        (None, {"set": ["syn", "ack"]}, "==", True),
        (["syn", "ack"], "syn", "==", True),
        (["fin", "syn"], ["fin", "syn"], "==", False),
        ({"|": ["fin", "syn"]}, {"|": ["fin", "syn"]}, "==", False),
        ("syn", "syn", "!=", False),
        (["fin", "rst"], 0, "==", True),
    ],
)
def test_flags_are_those_of_the_first_packet(left: Any, right: Any, op: str, first: bool) -> None:
    flags: dict[str, Any] = {"payload": {"protocol": "tcp", "field": "flags"}}
    shown = flags if left is None else {"&": [flags, left]}
    reading = listed([{"match": {"op": op, "left": shown, "right": right}}, ACCEPT])

    assert reading.untranslated == ()
    assert passes(reading, "tcp", 80) is first
    assert not passes(reading, "udp", 80)


@pytest.mark.parametrize(
    ("rule", "ipv4", "ipv6"),
    [
        (match("meta", "", "protocol", "ip"), True, False),
        (match("payload", "ether", "type", "ip6"), False, True),
        (match("payload", "ip", "version", 4), True, False),
        (match("meta", "", "nfproto", "ipv6", "!="), True, False),
    ],
)
def test_families_are_known_however_they_are_said(rule: dict[str, Any], ipv4: bool, ipv6: bool) -> None:
    reading = listed([rule, ACCEPT])

    assert reading.untranslated == ()
    assert passes(reading, "tcp", 80) is ipv4
    assert passes(reading, "tcp", 80, source="2001:db8::1", target="2001:db8::2") is ipv6


def test_neighbour_discovery_has_its_hop_limit_and_nothing_else_is_said_to() -> None:
    types = {"set": ["nd-neighbor-solicit", "nd-router-advert"]}
    hops = match("payload", "ip6", "hoplimit", 255)
    reading = listed([match("payload", "icmpv6", "type", types), hops, ACCEPT], [hops, ACCEPT])

    assert [each.line for each in reading.untranslated] == [11]
    assert passes(reading, "icmpv6", kind=135, source="fe80::1", target="fe80::2")
