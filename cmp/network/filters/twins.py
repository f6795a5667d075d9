"""Tests filters for twins: the same flow gets the same verdict in IPv4 and in IPv6."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Final, Literal

from cmp.model.network import Prefix
from cmp.network.filters.atlas import IPV4, Atlas, Pair, opposite
from cmp.network.filters.icmp import TWINS
from cmp.network.filters.terms import WITH_PORTS, Address, Message, Packet, Policy, Ports, Term

MOST_FLOWS: Final = 8192
"""Flows tried for a term; one that needs more is tried on the first ones and said to be."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A term without its twin: its family, why the other family has none, and a flow that shows it."""

    term: Term
    family: int
    why: str
    flow: str = ""


@dataclass(frozen=True, slots=True)
class Twins:
    """What the test found; `partly` are terms that were tried on some of their flows only."""

    missing: tuple[Missing, ...]
    partly: tuple[Term, ...] = ()


def compare_families(policy: Policy, pairs: Iterable[Pair]) -> Twins:
    """Try every term's flows in the other family, and list the terms for which a verdict differs.

    `pairs` say which addresses are the same hosts; anywhere is the same in both without being named.
    Neighbour discovery is left aside: IPv4 does that by ARP. One policy for both is asked by RFC 9099 2.7.1.
    """
    atlas = Atlas(pairs)
    missing: list[Missing] = []
    partly: list[Term] = []
    for index, term in enumerate(policy.terms):
        for family in term.families:
            flows = list(islice(_flows(policy, term, family, atlas), MOST_FLOWS + 1))
            if len(flows) > MOST_FLOWS:
                partly.append(term)
            found = next(_differing(policy, index, flows[:MOST_FLOWS]), None) or _unknown(term, family, atlas)
            if found is not None:
                missing.append(Missing(term, family, *found))
    return Twins(tuple(missing), tuple(dict.fromkeys(partly)))


def _differing(
    policy: Policy, index: int, flows: Iterable[tuple[Packet, Packet]]
) -> Iterator[tuple[str, str]]:
    """Flows that this term decides and whose verdict is another one in the other family."""
    verdict = policy.terms[index].verdict
    for one, other in flows:
        opposite = policy.judge(other)
        if verdict.passes != opposite.passes and policy.deciding(one) == index:
            yield f"{verdict} in IPv{one.source.version}, {opposite} in IPv{other.source.version}", _said(one)


def _said(packet: Packet) -> str:
    what = packet.protocol if packet.port is None else f"{packet.protocol} {packet.port}"
    if packet.message is not None:
        what += f" type {packet.message.type} code {packet.message.code or 0}"
    return f"{what} from {packet.source} to {packet.target}"


def _unknown(term: Term, family: int, atlas: Atlas) -> tuple[str, str] | None:
    """The prefixes of a term of which nothing is known, so that nothing can be said of the other family."""
    prefixes = (*term.source.of(family), *term.target.of(family))
    strangers = dict.fromkeys(str(prefix) for prefix in prefixes if not atlas.knows(prefix))
    if not strangers:
        return None
    return f"nothing says what {', '.join(strangers)} is in IPv{opposite(family)}", ""


def _flows(policy: Policy, term: Term, family: int, atlas: Atlas) -> Iterator[tuple[Packet, Packet]]:
    """Flows of a term, each in its own family and in the other."""
    sources = _ends(_prefixes(policy, "source"), term.source.of(family), atlas)
    targets = _ends(_prefixes(policy, "target"), term.target.of(family), atlas)
    for (source, source2), (target, target2) in product(sources, targets):
        for protocol, port, message in _kinds(policy, term, family):
            other = _other_kind(protocol, message)
            if other is not None:
                yield (
                    Packet(source, target, protocol, port, message),
                    Packet(source2, target2, other[0], port, other[1]),
                )


def _prefixes(policy: Policy, side: Literal["source", "target"]) -> tuple[Prefix, ...]:
    """All prefixes that terms name on one side, each once."""
    places = {term.source if side == "source" else term.target for term in policy.terms}
    return tuple({prefix for each in places for prefix in each.prefixes})


def _ends(named: Sequence[Prefix], prefixes: Iterable[Prefix], atlas: Atlas) -> list[tuple[Address, Address]]:
    """Addresses in the prefixes with the same hosts' addresses in the other family.

    Of those that no term tells apart, as they lie in the same of all prefixes that are named, one is kept.
    """
    found: dict[tuple[bool, ...], tuple[Address, Address]] = {}
    for prefix in prefixes:
        for one, other in atlas.examples(prefix):
            found.setdefault(tuple(one in each or other in each for each in named), (one, other))
    return list(found.values())


def _kinds(policy: Policy, term: Term, family: int) -> Iterator[tuple[str, int | None, Message | None]]:
    """Protocols, ports and messages that stand for all that a term matches."""
    icmp = "icmp" if family == IPV4 else "icmpv6"
    protocols = [term.protocol] if term.protocol else ["tcp", "udp", icmp]
    for protocol in protocols:
        if protocol in {"icmp", "icmpv6"}:
            for message in _messages(term, family):
                yield protocol, None, message
        elif protocol in WITH_PORTS:
            for port in _ports(policy, term):
                yield protocol, port, None
        else:
            yield protocol, None, None


def _messages(term: Term, family: int) -> Iterator[Message]:
    for pair in TWINS:
        mine = pair[0] if family == IPV4 else pair[1]
        if not term.messages or any(message.covers(mine) for message in term.messages):
            yield mine


def _other_kind(protocol: str, message: Message | None) -> tuple[str, Message | None] | None:
    """The same in the other family; None where it has no twin."""
    if message is None:
        return protocol, None
    for ipv4, ipv6 in TWINS:
        if protocol == "icmp" and message == ipv4:
            return "icmpv6", ipv6
        if protocol == "icmpv6" and message == ipv6:
            return "icmp", ipv4
    return None


def _ports(policy: Policy, term: Term) -> list[int]:
    """Every port at which some term begins or has just ended, within this one's."""
    mine = term.ports or (Ports(0, 65535),)
    edges = {ports.first for ports in mine}
    for other in policy.terms:
        for ports in other.ports:
            edges |= {ports.first, ports.last + 1}
    return sorted(port for port in edges if any(port in ports for ports in mine))
