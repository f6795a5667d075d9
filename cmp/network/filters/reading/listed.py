"""Reads what `nft -j list ruleset` prints."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network, summarize_address_range
from types import MappingProxyType
from typing import Any, Final

from cmp.errors import Invalid
from cmp.model.json_texts import parsed
from cmp.model.network import Prefix
from cmp.network.filters.reading.rules import Action, Chain, Reading, Rule, Untranslated, common, read
from cmp.network.filters.terms import (
    ANYWHERE_IPV4,
    ANYWHERE_IPV6,
    Endpoint,
    Message,
    Ports,
    Term,
    Verdict,
    place,
)

NOTHING: Final[Mapping[str, Endpoint]] = MappingProxyType({})
FIRST: Final = frozenset({"new", "untracked"})
FAMILIES: Final = frozenset({"ip", "ip6", "inet"})
JUDGING: Final = "filter"
KINDS: Final = {
    "icmp": {"echo-reply": 0, "destination-unreachable": 3, "redirect": 5, "echo-request": 8}
    | {"router-advertisement": 9, "router-solicitation": 10, "time-exceeded": 11, "parameter-problem": 12},
    "icmpv6": {"destination-unreachable": 1, "packet-too-big": 2, "time-exceeded": 3, "parameter-problem": 4}
    | {"echo-request": 128, "echo-reply": 129, "nd-router-solicit": 133, "nd-router-advert": 134}
    | {"nd-neighbor-solicit": 135, "nd-neighbor-advert": 136, "nd-redirect": 137},
}
CODES: Final = {
    "icmp": {"net-unreachable": 0, "host-unreachable": 1, "prot-unreachable": 2, "port-unreachable": 3}
    | {"frag-needed": 4},
    "icmpv6": {"no-route": 0, "admin-prohibited": 1, "addr-unreachable": 3, "port-unreachable": 4},
}
SILENT: Final = frozenset({"log", "counter", "comment"})
TELLING: Final = SILENT | {"match", "limit"}
"""Statements of a rule that judges nothing."""
PROTOCOLS: Final = {"ipv6-icmp": "icmpv6", 6: "tcp", 17: "udp", 132: "sctp", 1: "icmp", 58: "icmpv6"}


@dataclass(slots=True)
class _Draft:
    """A rule while its statements are read."""

    sets: Mapping[str, list[Any]]
    interfaces: Mapping[str, Endpoint]
    match: Term
    action: Action = Action.NOTHING
    chain: str = ""
    why: list[str] = field(default_factory=list)
    later: bool = False
    kind: int | None = None

    def narrow(self, side: str, mine: Endpoint) -> None:
        """Keep what lies in the place too; both sides take its family."""
        families = {prefix.version for prefix in mine.prefixes}
        both = {"source": self.match.source, "target": self.match.target}
        both[side] = common(both[side], mine)
        other = "target" if side == "source" else "source"
        kept = [prefix for prefix in both[other].prefixes if prefix.version in families]
        both[other] = place(both[other].name, kept)
        self.match = replace(self.match, source=both["source"], target=both["target"])


def read_listed(text: str, interfaces: Mapping[str, Endpoint] = NOTHING) -> Reading:
    """The chains of all tables of the families ip, ip6 and inet that judge packets, in our terms.

    A policy is named `family table chain`. `interfaces` says what lives behind each interface.

    Raises:
        Invalid: the text is no listing of nft in JSON.
    """
    try:
        items = parsed(text)["nftables"]
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid("this is no listing of `nft -j list ruleset`", hint=str(error)) from error
    sets = {_name(each["set"], "name"): each["set"].get("elem", []) for each in items if "set" in each}
    chains: dict[str, Chain] = {}
    strangers: list[Untranslated] = []
    for each in items:
        if "chain" in each:
            chains[_name(each["chain"], "name")] = _chain(each["chain"])
    for each in items:
        if "rule" in each:
            _place_rule(each["rule"], chains, strangers, _Around(sets, interfaces))
    return read(chains, strangers)


@dataclass(frozen=True, slots=True)
class _Around:
    sets: Mapping[str, list[Any]]
    interfaces: Mapping[str, Endpoint]


def _name(item: Mapping[str, Any], key: str) -> str:
    return f"{item['family']} {item['table']} {item[key]}"


def _chain(item: Mapping[str, Any]) -> Chain:
    judges = item.get("type") == JUDGING and item["family"] in FAMILIES
    default = Verdict(item.get("policy", "accept")) if judges else None
    return Chain(_name(item, "name"), (), default)


def _place_rule(
    item: Mapping[str, Any], chains: dict[str, Chain], strangers: list[Untranslated], around: _Around
) -> None:
    name = _name(item, "chain")
    if item["family"] not in FAMILIES:
        text = json.dumps(item["expr"], sort_keys=True)
        why = f"stands in family {item['family']}, below IP"
        strangers.append(Untranslated(text, int(item["handle"]), why))
    else:
        chain = chains[name]
        chains[name] = replace(chain, rules=(*chain.rules, _rule(item, around)))


def _rule(item: Mapping[str, Any], around: _Around) -> Rule:
    text = json.dumps(item["expr"], sort_keys=True)
    everywhere = {"ip": ANYWHERE_IPV4, "ip6": ANYWHERE_IPV6}.get(item["family"], Term(Verdict.ACCEPT).source)
    origin = f"{_name(item, 'chain')}, handle {item['handle']}"
    purpose = item.get("comment", "")
    match = Term(Verdict.ACCEPT, everywhere, everywhere, purpose=purpose, origin=origin)
    table = f"{item['family']} {item['table']} "
    sets = {
        name.removeprefix(table): elements for name, elements in around.sets.items() if name.startswith(table)
    }
    draft = _Draft(sets, around.interfaces, match)
    for statement in item["expr"]:
        [(word, value)] = statement.items()
        _take(draft, word, value, table)
    tells = all(next(iter(statement)) in TELLING for statement in item["expr"])
    why = () if tells else tuple(draft.why)
    return Rule(text, int(item["handle"]), draft.match, draft.action, draft.chain, why, draft.later)


def _take(draft: _Draft, word: str, value: Any, table: str) -> None:
    if word == "match":
        _match(draft, value)
    elif word == "counter" and isinstance(value, dict):
        draft.match = replace(draft.match, packets=int(value["packets"]))
    elif word in {"accept", "drop", "reject", "return"}:
        draft.action = Action(word)
    elif word == "jump":
        draft.action, draft.chain = Action.JUMP, table + value["target"]
    elif word == "limit" and value.get("per") == "second" and not value.get("inv"):
        draft.match = replace(draft.match, per_second=int(value["rate"]))
    elif word not in SILENT:
        draft.why.append(f"{word}: nothing in our terms says this")


def _match(draft: _Draft, value: Mapping[str, Any]) -> None:
    left, right = value["left"], value["right"]
    [(kind, what)] = left.items() if isinstance(left, dict) else [("", {})]
    key = (
        f"{kind} {what.get('protocol', '')} {what.get('field') or what.get('key') or ''}"
        if isinstance(what, dict)
        else ""
    )
    reader = READERS.get(" ".join(key.split()))
    if reader is None or (value["op"] != "==" and not (value["op"] == "in" and kind == "ct")):
        draft.why.append(
            f"{json.dumps(left, sort_keys=True)} {value['op']} …: nothing in our terms says this"
        )
        return
    try:
        reader(draft, list(_elements(draft, right)))
    except ValueError as error:
        draft.why.append(str(error))


def _elements(draft: _Draft, right: Any) -> Iterator[Any]:
    """The values of a set, a list or one by itself."""
    if isinstance(right, str) and right.startswith("@"):
        right = draft.sets.get(right[1:], [])
    elif isinstance(right, dict) and "set" in right:
        right = right["set"]
    for each in right if isinstance(right, list) else [right]:
        yield each["elem"]["val"] if isinstance(each, dict) and "elem" in each else each


def _prefixes(values: list[Any]) -> Endpoint:
    found: list[Prefix] = []
    for each in values:
        if isinstance(each, str):
            found.append(ip_network(each))
        elif "prefix" in each:
            found.append(ip_network(f"{each['prefix']['addr']}/{each['prefix']['len']}"))
        elif "range" in each:
            found += _range(*(ip_address(end) for end in each["range"]))
    return place(", ".join(str(prefix) for prefix in found), found)


def _range(first: IPv4Address | IPv6Address, last: IPv4Address | IPv6Address) -> Iterator[Prefix]:
    yield from summarize_address_range(first, last)


def _source(draft: _Draft, values: list[Any]) -> None:
    draft.narrow("source", _prefixes(values))


def _target(draft: _Draft, values: list[Any]) -> None:
    draft.narrow("target", _prefixes(values))


def _ports(protocol: str | None) -> Callable[[_Draft, list[Any]], None]:
    def reader(draft: _Draft, values: list[Any]) -> None:
        found = [
            Ports(*each["range"]) if isinstance(each, dict) else Ports(int(each), int(each))
            for each in values
        ]
        draft.match = replace(draft.match, protocol=protocol or draft.match.protocol, ports=tuple(found))

    return reader


def _protocol(draft: _Draft, values: list[Any]) -> None:
    if len(values) != 1:
        raise ValueError(f"{', '.join(map(str, values))}: several protocols in one rule")
    draft.match = replace(draft.match, protocol=str(PROTOCOLS.get(values[0], values[0])))


def _kind(protocol: str) -> Callable[[_Draft, list[Any]], None]:
    def reader(draft: _Draft, values: list[Any]) -> None:
        found = tuple(Message(int(KINDS[protocol].get(each, each))) for each in values)
        draft.narrow("source", ANYWHERE_IPV4 if protocol == "icmp" else ANYWHERE_IPV6)
        draft.match = replace(draft.match, protocol=protocol, messages=found)

    return reader


def _code(protocol: str) -> Callable[[_Draft, list[Any]], None]:
    def reader(draft: _Draft, values: list[Any]) -> None:
        kinds = [message.type for message in draft.match.messages]
        codes = [int(CODES[protocol].get(each, each)) for each in values]
        found = tuple(Message(kind, code) for kind in kinds for code in codes)
        draft.match = replace(draft.match, messages=found)

    return reader


def _family(draft: _Draft, values: list[Any]) -> None:
    draft.narrow("source", ANYWHERE_IPV4 if values == ["ipv4"] else ANYWHERE_IPV6)


def _state(draft: _Draft, values: list[Any]) -> None:
    draft.later = not FIRST & set(values)


def _interface(side: str) -> Callable[[_Draft, list[Any]], None]:
    def reader(draft: _Draft, values: list[Any]) -> None:
        if values == ["lo"]:
            draft.later = True
            return
        for name in values:
            if name not in draft.interfaces:
                raise ValueError(f"nothing says which prefixes live behind {name}")
        known = [draft.interfaces[name] for name in values]
        mine = place(", ".join(each.name for each in known), [one for each in known for one in each.prefixes])
        draft.narrow(side, mine)

    return reader


READERS: Final[Mapping[str, Callable[[_Draft, list[Any]], None]]] = {
    **{f"payload {ip} saddr": _source for ip in ("ip", "ip6")},
    **{f"payload {ip} daddr": _target for ip in ("ip", "ip6")},
    **{f"payload {name} dport": _ports(name) for name in ("tcp", "udp", "sctp")},
    "payload th dport": _ports(None),
    "payload ip protocol": _protocol,
    "payload ip6 nexthdr": _protocol,
    "meta l4proto": _protocol,
    "meta nfproto": _family,
    "meta iifname": _interface("source"),
    "meta iif": _interface("source"),
    "meta oifname": _interface("target"),
    "meta oif": _interface("target"),
    **{f"payload {name} type": _kind(name) for name in KINDS},
    **{f"payload {name} code": _code(name) for name in CODES},
    "ct state": _state,
}
