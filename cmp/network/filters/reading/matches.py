"""Reads what a rule of `nft -j` matches: as alternatives, each a term that says one way to match."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network, summarize_address_range
from typing import Any, Final

from cmp.model.network import Prefix
from cmp.network.filters.reading.names import CODES, LAST_OCTET, TYPES, protocol
from cmp.network.filters.reading.rules import ALL, narrowed
from cmp.network.filters.terms import (
    ANYWHERE_IPV4,
    ANYWHERE_IPV6,
    EVERYWHERE,
    LAST_PORT,
    Address,
    Endpoint,
    Message,
    Ports,
    Term,
    Verdict,
    place,
)

FIRST: Final = frozenset({"new", "untracked"})
"""States of the first packet of a flow, the only one that our terms speak of."""
NEVER: Final[tuple[Term, ...]] = ()
CHANGING: Final = frozenset({"dynamic", "timeout"})
FAMILY: Final = {"ip": ANYWHERE_IPV4, "ip6": ANYWHERE_IPV6}
Alternatives = tuple[Term, ...]


FAMILIES: Final[Mapping[Any, str]] = {"ip": "ipv4", "ip6": "ipv6", 4: "ipv4", 6: "ipv6"}
"""Families by what else says them: the type of a frame, the version in a header."""


class Unsaid(ValueError):
    """Our terms cannot say it; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Around:
    """The named sets and maps of a rule's table, by name, and what lives behind each interface."""

    sets: Mapping[str, Mapping[str, Any]]
    interfaces: Mapping[str, Endpoint]

    def elements(self, right: Any) -> list[Any]:
        """The values of a set, named or not, of a list, or one by itself.

        Raises:
            Unsaid: the set is not listed, or changes by itself.
        """
        if isinstance(right, str) and right.startswith("@"):
            right = self.named(right[1:])
        elif isinstance(right, dict) and "set" in right:
            right = right["set"]
        return [_plain(each) for each in (right if isinstance(right, list) else [right])]

    def named(self, name: str) -> list[Any]:
        """The elements of a named set or map."""
        found = self.sets.get(name)
        if found is None:
            raise Unsaid(f"@{name} is not listed")
        flags = found.get("flags", ())
        if CHANGING & set([flags] if isinstance(flags, str) else flags) or "timeout" in found:
            raise Unsaid(f"@{name} changes by itself")
        elements = found.get("elem", [])
        return list(elements)


def _plain(each: Any) -> Any:
    """An element without its comment, counter or lifetime."""
    return each["elem"]["val"] if isinstance(each, dict) and "elem" in each else each


def alternatives(left: Any, right: Any, around: Around, *, negated: bool) -> Alternatives:
    """The ways in which a match of nft is met.

    Raises:
        Unsaid: nothing in our terms says this.
    """
    if isinstance(left, dict) and "concat" in left:
        if negated:
            raise Unsaid("everything but some of several values together")
        keys = left["concat"]
        return tuple(
            both
            for element in around.elements(right)
            for both in _together(
                _part(key, [value], around) for key, value in zip(keys, _values(element), strict=True)
            )
        )
    return _part(left, around.elements(right), around, negated=negated)


def together(some: Iterable[Term], others: Iterable[Term]) -> Alternatives:
    """The ways in which both are met."""
    found = (narrowed(one, other) for one, other in itertools.product(some, others))
    return tuple(each for each in found if each is not None)


def _together(parts: Iterable[Alternatives]) -> Alternatives:
    found: Alternatives = (ALL,)
    for part in parts:
        found = together(found, part)
    return found


def _values(element: Any) -> list[Any]:
    return list(element["concat"]) if isinstance(element, dict) and "concat" in element else [element]


def _part(left: Any, values: Sequence[Any], around: Around, *, negated: bool = False) -> Alternatives:
    """The ways in which one key is one of these values."""
    key = key_of(left)
    reader = READERS.get(key)
    if reader is None:
        raise Unsaid(f"{key or json.dumps(left, sort_keys=True)}: nothing in our terms says this")
    return reader(list(values), around, negated)


def key_of(left: Any) -> str:
    """A key of nft in words, such as `payload tcp dport`; empty for anything else."""
    if not isinstance(left, dict) or len(left) != 1:
        return ""
    [(kind, what)] = left.items()
    if not isinstance(what, dict):
        return ""
    return " ".join(
        str(word) for word in (kind, what.get("protocol"), what.get("field") or what.get("key")) if word
    )


def _side(side: str, family: str) -> Callable[[list[Any], Around, bool], Alternatives]:
    def reader(values: list[Any], _: Around, negated: bool) -> Alternatives:
        found = list(_prefixes(values))
        where = place(", ".join(str(prefix) for prefix in found), found)
        if negated:
            where = place(f"all but {where.name}", _others(found, FAMILY[family].prefixes[0]))
        both = {"source": FAMILY[family], "target": FAMILY[family]} | {side: where}
        return (Term(Verdict.ACCEPT, both["source"], both["target"]),)

    return reader


def _prefixes(values: Iterable[Any]) -> Iterator[Prefix]:
    for each in values:
        if isinstance(each, str):
            yield ip_network(each)
        elif "prefix" in each:
            yield ip_network(f"{each['prefix']['addr']}/{each['prefix']['len']}", strict=False)
        elif "range" in each:
            yield from span(*(ip_address(end) for end in each["range"]))
        else:
            raise Unsaid(f"{json.dumps(each, sort_keys=True)} is no address")


def span(first: Address, last: Address) -> Iterator[Prefix]:
    """The prefixes that a range of addresses is made of.

    Raises:
        ValueError: the ends are of two families, or in the wrong order.
    """
    match first, last:
        case IPv4Address(), IPv4Address():
            yield from summarize_address_range(first, last)
        case IPv6Address(), IPv6Address():
            yield from summarize_address_range(first, last)
        case _:
            raise Unsaid(f"{first}-{last} are of two families")


def _others(prefixes: Iterable[Prefix], whole: Prefix) -> list[Prefix]:
    """The addresses of a family that lie in none of these prefixes."""
    left = [whole]
    for prefix in prefixes:
        left = [part for each in left for part in _without(each, prefix)]
    return left


def _without(whole: Prefix, gone: Prefix) -> Iterator[Prefix]:
    if gone.version != whole.version or not whole.overlaps(gone):
        yield whole
    elif gone.prefixlen > whole.prefixlen:
        yield from whole.address_exclude(gone)  # type: ignore[arg-type]


def _spans(values: Iterable[Any], last: int, names: Mapping[str, int]) -> list[tuple[int, int]]:
    """Numbers, names of numbers and ranges, as first and last."""
    found = []
    for each in values:
        if isinstance(each, dict) and "range" in each:
            first, end = (_number(one, names) for one in each["range"])
        elif isinstance(each, dict) and "prefix" in each:
            raise Unsaid("a prefix of numbers")
        else:
            first = end = _number(each, names)
        if not 0 <= first <= end <= last:
            raise Unsaid(f"{first}-{end} is no range here")
        found.append((first, end))
    return found


def _number(value: Any, names: Mapping[str, int]) -> int:
    if isinstance(value, str) and value in names:
        return names[value]
    if isinstance(value, int | str) and str(value).isdecimal():
        return int(value)
    raise Unsaid(f"{value} is no name that is known here")


def left_over(spans: Iterable[tuple[int, int]], last: int) -> list[tuple[int, int]]:
    """The numbers up to the last one that lie in none of these ranges."""
    found, begin = [], 0
    for first, end in sorted(spans):
        if begin < first:
            found.append((begin, first - 1))
        begin = max(begin, end + 1)
    return [*found, (begin, last)] if begin <= last else found


def _ports(name: str | None) -> Callable[[list[Any], Around, bool], Alternatives]:
    def reader(values: list[Any], _: Around, negated: bool) -> Alternatives:
        spans = _spans(values, LAST_PORT, {})
        spans = left_over(spans, LAST_PORT) if negated else spans
        return (
            (Term(Verdict.ACCEPT, protocol=name, ports=tuple(Ports(*span) for span in spans)),)
            if spans
            else NEVER
        )

    return reader


def _protocol(family: str | None) -> Callable[[list[Any], Around, bool], Alternatives]:
    def reader(values: list[Any], _: Around, negated: bool) -> Alternatives:
        if negated:
            raise Unsaid("every protocol but some")
        named = [each for each in values if isinstance(each, str)]
        spans = _spans((each for each in values if each not in named), LAST_OCTET, {})
        words: list[str | int] = [*named, *(one for first, end in spans for one in range(first, end + 1))]
        where = FAMILY[family] if family else ALL.source
        return tuple(Term(Verdict.ACCEPT, where, where, protocol(word)) for word in words)

    return reader


def _type(name: str) -> Callable[[list[Any], Around, bool], Alternatives]:
    def reader(values: list[Any], _: Around, negated: bool) -> Alternatives:
        kinds = _octets(values, TYPES[name], negated)
        return _messages(name, [Message(kind) for kind in kinds])

    return reader


def _code(name: str) -> Callable[[list[Any], Around, bool], Alternatives]:
    def reader(values: list[Any], _: Around, negated: bool) -> Alternatives:
        codes = _octets(values, CODES[name], negated)
        return _messages(name, [Message(kind, code) for kind in range(LAST_OCTET + 1) for code in codes])

    return reader


def _octets(values: Iterable[Any], names: Mapping[str, int], negated: bool) -> list[int]:
    spans = _spans(values, LAST_OCTET, names)
    spans = left_over(spans, LAST_OCTET) if negated else spans
    return [number for first, end in spans for number in range(first, end + 1)]


def _messages(name: str, messages: Sequence[Message]) -> Alternatives:
    where = ANYWHERE_IPV4 if name == "icmp" else ANYWHERE_IPV6
    return (Term(Verdict.ACCEPT, where, where, name, messages=tuple(messages)),) if messages else NEVER


def _family(values: list[Any], _: Around, negated: bool) -> Alternatives:
    families = {"ipv4": ANYWHERE_IPV4, "ipv6": ANYWHERE_IPV6}
    values = [FAMILIES.get(each, each) for each in values]
    if not set(values) <= families.keys():
        raise Unsaid(f"{values} are no families of IP")
    wanted = families.keys() - set(values) if negated else set(values)
    return tuple(Term(Verdict.ACCEPT, families[each], families[each]) for each in sorted(wanted))


def _state(values: list[Any], _: Around, negated: bool) -> Alternatives:
    """Packets of flows that were let in before are none of ours: only the first counts, which is new."""
    if any(not isinstance(each, str) for each in values):
        raise Unsaid("states of connections by number")
    first = "new" not in values if negated else bool(FIRST & set(values))
    return (ALL,) if first else NEVER


def _interface(side: str) -> Callable[[list[Any], Around, bool], Alternatives]:
    def reader(values: list[Any], around: Around, negated: bool) -> Alternatives:
        names = [str(each) for each in values if each != "lo"]
        if negated:
            if names:
                raise Unsaid("every interface but some")
            return (ALL,)
        for name in names:
            if name not in around.interfaces:
                raise Unsaid(f"nothing says which prefixes live behind {name}")
        known = [around.interfaces[name] for name in names]
        return tuple(_lives(side, each) for each in known)

    return reader


def _lives(side: str, mine: Endpoint) -> Term:
    """What goes to or comes from a place; the other side is of the families that it has."""
    families = {prefix.version for prefix in mine.prefixes}
    other = place("anywhere", [each for each in EVERYWHERE if each.version in families])
    both = {"source": other, "target": other} | {side: mine}
    return Term(Verdict.ACCEPT, both["source"], both["target"])


READERS: Final[Mapping[str, Callable[[list[Any], Around, bool], Alternatives]]] = {
    **{f"payload {ip} saddr": _side("source", ip) for ip in FAMILY},
    **{f"payload {ip} daddr": _side("target", ip) for ip in FAMILY},
    **{f"payload {name} dport": _ports(name) for name in ("tcp", "udp", "sctp", "dccp", "udplite")},
    "payload th dport": _ports(None),
    "payload ip protocol": _protocol("ip"),
    "payload ip6 nexthdr": _protocol("ip6"),
    "meta l4proto": _protocol(None),
    "meta nfproto": _family,
    "meta protocol": _family,
    "payload ether type": _family,
    "payload ip version": _family,
    "payload ip6 version": _family,
    "meta iifname": _interface("source"),
    "meta iif": _interface("source"),
    "meta oifname": _interface("target"),
    "meta oif": _interface("target"),
    **{f"payload {name} type": _type(name) for name in TYPES},
    **{f"payload {name} code": _code(name) for name in CODES},
    "ct state": _state,
}
