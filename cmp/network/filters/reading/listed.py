"""Reads what `nft -j list ruleset` prints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from cmp.errors import Invalid
from cmp.model.json_texts import parsed
from cmp.network.filters.icmp import ON_LINK_IPV6
from cmp.network.filters.reading import tcp_flags
from cmp.network.filters.reading.matches import (
    FAMILY,
    Alternatives,
    Around,
    Unsaid,
    alternatives,
    key_of,
    together,
)
from cmp.network.filters.reading.rules import ALL, Action, Chain, Reading, Rule, Untranslated, read
from cmp.network.filters.terms import Endpoint, Term, Verdict

NOTHING: Final[Mapping[str, Endpoint]] = MappingProxyType({})
FAMILIES: Final = frozenset({"ip", "ip6", "inet"})
JUDGING: Final = "filter"
SILENT: Final = frozenset({"log", "counter", "comment"})
TELLING: Final = SILENT | {"match", "limit"}
"""Statements of a rule that judges nothing."""
HOP_LIMIT: Final = "payload ip6 hoplimit"
ON_LINK: Final = 255
NEIGHBOURS: Final = frozenset(ON_LINK_IPV6)
BROKEN: Final = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What reading a listing of another shape than ours ends in: told with its rule, never more."""
SECONDS: Final = {"second": 1}


@dataclass(slots=True)
class _Draft:
    """A rule while its statements are read: the ways it is met, what it does, what could not be said."""

    around: Around
    table: str
    ways: Alternatives
    action: Action = Action.NOTHING
    chain: str = ""
    why: list[str] = field(default_factory=list)
    cases: list[tuple[Alternatives, Action, str]] = field(default_factory=list)
    """Of a map of verdicts: its elements, each with what it does."""

    def narrow(self, ways: Alternatives) -> None:
        """Keep what meets this too."""
        self.ways = together(self.ways, ways)


def read_listed(text: str, interfaces: Mapping[str, Endpoint] = NOTHING) -> Reading:
    """The chains of all tables of the families ip, ip6 and inet that judge packets, in our terms.

    A policy is named `family table chain`. `interfaces` says what lives behind each interface. What is not
    read is told with its handle and why.

    Raises:
        Invalid: the text is no listing of nft in JSON.
    """
    try:
        items = [each for each in parsed(text)["nftables"] if isinstance(each, dict)]
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid("this is no listing of `nft -j list ruleset`", hint=str(error)) from error
    sets: dict[str, dict[str, Mapping[str, Any]]] = {}
    chains: dict[str, Chain] = {}
    strangers: list[Untranslated] = []
    for each in items:
        if found := each.get("set") or each.get("map"):
            sets.setdefault(_table(found), {})[str(found.get("name"))] = found
    for each in items:
        if "chain" in each:
            _place_chain(each["chain"], chains, strangers)
    for each in items:
        if "rule" in each:
            _place_rule(each["rule"], chains, strangers, sets, interfaces)
    return read(chains, strangers)


def _table(item: Mapping[str, Any]) -> str:
    return f"{item.get('family')} {item.get('table')} "


def _name(item: Mapping[str, Any], key: str) -> str:
    return f"{_table(item)}{item.get(key)}"


def _place_chain(item: Mapping[str, Any], chains: dict[str, Chain], strangers: list[Untranslated]) -> None:
    judges = item.get("type") == JUDGING and item.get("family") in FAMILIES
    name, policy = _name(item, "name"), item.get("policy", "accept")
    if policy not in {Verdict.ACCEPT, Verdict.DROP}:
        strangers.append(Untranslated(f"chain {name}", _handle(item), f"{policy} is no verdict"))
        judges = False
    chains[name] = Chain(name, (), Verdict(policy) if judges else None, kind=str(item.get("type", "")))


def _handle(item: Mapping[str, Any]) -> int:
    handle = item.get("handle")
    return handle if isinstance(handle, int) else 0


def _place_rule(
    item: Mapping[str, Any],
    chains: dict[str, Chain],
    strangers: list[Untranslated],
    sets: Mapping[str, Mapping[str, Mapping[str, Any]]],
    interfaces: Mapping[str, Endpoint],
) -> None:
    name = _name(item, "chain")
    text = json.dumps(item.get("expr", []), sort_keys=True)
    if item.get("family") not in FAMILIES:
        why = f"stands in family {item.get('family')}, below IP"
        strangers.append(Untranslated(text, _handle(item), why))
    elif name not in chains:
        strangers.append(Untranslated(text, _handle(item), f"its chain {name} is not listed"))
    elif chains[name].kind not in {"", JUDGING}:
        why = f"stands in a chain of type {chains[name].kind}, which judges nothing"
        strangers.append(Untranslated(text, _handle(item), why))
    else:
        around = Around(sets.get(_table(item), {}), interfaces)
        rules = tuple(_rules(item, text, around))
        chains[name] = replace(chains[name], rules=(*chains[name].rules, *rules))


def _rules(item: Mapping[str, Any], text: str, around: Around) -> Iterator[Rule]:
    """The rules that one of nft is: one, or one for each element of a map of verdicts."""
    everywhere = FAMILY.get(item["family"], ALL.source)
    origin = f"{_name(item, 'chain')}, handle {_handle(item)}"
    match = Term(Verdict.ACCEPT, everywhere, everywhere, purpose=str(item.get("comment", "")), origin=origin)
    draft = _Draft(around, _table(item), (match,))
    try:
        for statement in item["expr"]:
            [(word, value)] = statement.items()
            _take(draft, word, value)
        tells = all(next(iter(statement)) in TELLING for statement in item["expr"])
    except Unsaid as unsaid:
        draft.why.append(str(unsaid))
        tells = False
    except BROKEN as broken:
        draft.why.append(f"it has a form that is not known here ({type(broken).__name__})")
        tells = False
    why = () if tells else tuple(draft.why)
    handle, packets = _handle(item), _packets(item)
    for ways, action, chain in draft.cases or [(draft.ways, draft.action, draft.chain)]:
        told = tuple(replace(way, packets=packets, origin=origin) for way in ways)
        yield Rule(text, handle, told, action, chain, why)


def _packets(item: Mapping[str, Any]) -> int | None:
    """What an anonymous counter of a rule has counted."""
    found = (each.get("counter") for each in item.get("expr", ()) if isinstance(each, dict))
    return next(
        (int(each["packets"]) for each in found if isinstance(each, dict) and "packets" in each), None
    )


def _take(draft: _Draft, word: str, value: Any) -> None:
    if word == "match":
        _match(draft, value)
    elif word == "vmap":
        _verdicts(draft, value)
    elif (
        word == "limit" and not value.get("inv") and value.get("per") in SECONDS and "rate_unit" not in value
    ):
        draft.ways = tuple(replace(way, per_second=int(value["rate"])) for way in draft.ways)
    elif found := _action(word, value, draft.table):
        draft.action, draft.chain = found
    elif word not in SILENT:
        draft.why.append(f"{word}: nothing in our terms says this")


def _action(word: str, value: Any, table: str) -> tuple[Action, str] | None:
    if word in {"accept", "drop", "reject", "return"}:
        return Action(word), ""
    if word in {"jump", "goto"}:
        return Action(word), table + value["target"]
    if word == "continue":
        return Action.NOTHING, ""
    return None


def _match(draft: _Draft, value: Mapping[str, Any]) -> None:
    left, right, how = value["left"], value["right"], value["op"]
    if (started := tcp_flags.listed(left, right, how)) is not None:
        draft.narrow((replace(ALL, protocol="tcp"),) if started else ())
    elif key_of(left) == HOP_LIMIT and (how, right) == ("==", ON_LINK) and _is_of_the_link(draft.ways):
        return  # RFC 4861: whatever has another hop limit is none of these messages
    elif how in {"==", "in", "!="}:
        draft.narrow(alternatives(left, right, draft.around, negated=how == "!="))
    else:
        shown = key_of(left) or json.dumps(left, sort_keys=True)
        draft.why.append(f"{shown} {how} …: nothing in our terms says this")


def _is_of_the_link(ways: Alternatives) -> bool:
    """True where all that matches is neighbour discovery."""
    return bool(ways) and all(way.messages and set(way.messages) <= NEIGHBOURS for way in ways)


def _verdicts(draft: _Draft, value: Mapping[str, Any]) -> None:
    """A map of verdicts: its elements exclude each other, so that each is a rule of its own."""
    for key, verdict in _pairs(draft.around, value["data"]):
        [(word, what)] = verdict.items()
        found = _action(word, what, draft.table)
        if found is None:
            raise Unsaid(f"{word}: nothing in our terms says this")
        ways = alternatives(value["key"], key, draft.around, negated=False)
        draft.cases.append((together(draft.ways, ways), *found))


def _pairs(around: Around, data: Any) -> Sequence[tuple[Any, Mapping[str, Any]]]:
    elements = around.elements(data)
    return [({"set": [key]}, verdict) for key, verdict in elements]
