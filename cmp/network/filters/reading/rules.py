"""Holds a filter as it was read: chains of rules, what they match and do, and what our terms cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from cmp.model.network import Prefix
from cmp.network.addresses.space import inside
from cmp.network.filters.terms import Endpoint, Policy, Ports, Term, Verdict, place

DEEPEST: Final = 16
"""Jumps inside jumps that are followed; kernels refuse loops, listings may be cut."""

VERDICTS: Final = frozenset(verdict.value for verdict in Verdict)


class Action(StrEnum):
    """What a rule does with what it matches; `NOTHING` counts or logs."""

    ACCEPT = "accept"
    DROP = "drop"
    REJECT = "reject"
    JUMP = "jump"
    RETURN = "return"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its text and line (from 1; a handle where there are none), its match as a term, its action.

    `chain` is where it jumps to. `why` says what of it has no place in our terms. `later` is set where only
    packets of flows that were let in before match, which our policies always let pass.
    """

    text: str
    line: int
    match: Term
    action: Action
    chain: str = ""
    why: tuple[str, ...] = ()
    later: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """Rules in order; `default` is the verdict at the end of a chain that the kernel enters by itself."""

    name: str
    rules: tuple[Rule, ...]
    default: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Untranslated:
    """A rule that our terms cannot say: its text, line and every reason."""

    text: str
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: a policy for each chain that the kernel enters, by name, and what could not be said."""

    policies: Mapping[str, Policy]
    untranslated: tuple[Untranslated, ...] = field(default=())


def read(chains: Mapping[str, Chain], strangers: Sequence[Untranslated] = ()) -> Reading:
    """Lay the chains that the kernel enters out flat, with those they jump to in their places."""
    policies: dict[str, Policy] = {}
    lost: list[Untranslated] = list(strangers)
    for name, chain in chains.items():
        if chain.default is not None:
            found = list(_flat(chains, chain, Term(Verdict.ACCEPT), 0))
            lost += [each for each in found if isinstance(each, Untranslated)]
            terms = tuple(each for each in found if isinstance(each, Term))
            policies[name] = Policy(name, terms, chain.default)
    return Reading(policies, tuple(dict.fromkeys(lost)))


def _flat(
    chains: Mapping[str, Chain], chain: Chain, outer: Term, depth: int
) -> Iterator[Term | Untranslated]:
    for index, rule in enumerate(chain.rules):
        why = rule.why or tuple(_troubles(chains, chain, index, depth))
        if why:
            yield Untranslated(rule.text, rule.line, "; ".join(why))
        elif not rule.later and (term := narrowed(outer, rule.match)) is not None:
            if rule.action is Action.JUMP:
                yield from _flat(chains, chains[rule.chain], term, depth + 1)
            elif rule.action.value in VERDICTS:
                yield replace(term, verdict=Verdict(rule.action.value))


def _troubles(chains: Mapping[str, Chain], chain: Chain, index: int, depth: int) -> Iterator[str]:
    rule = chain.rules[index]
    if rule.action is Action.RETURN and any(
        later.action is not Action.NOTHING for later in chain.rules[index + 1 :]
    ):
        yield "leaves its chain before the end"
    if rule.action is Action.JUMP and (rule.chain not in chains or depth >= DEEPEST):
        yield f"jumps to {rule.chain}, which is not listed or calls itself"


def narrowed(outer: Term, inner: Term) -> Term | None:
    """What both terms match, with the inner one's purpose and origin; None where that is nothing."""
    if None not in {outer.protocol, inner.protocol} and outer.protocol != inner.protocol:
        return None
    source, target = common(outer.source, inner.source), common(outer.target, inner.target)
    ports = _common_ports(outer.ports, inner.ports)
    messages = inner.messages or outer.messages
    if outer.messages and inner.messages:
        messages = tuple(each for each in inner.messages if any(one.covers(each) for one in outer.messages))
    nothing = (outer.ports and inner.ports and not ports) or (inner.messages and not messages)
    if not source.prefixes or not target.prefixes or nothing:
        return None
    return replace(
        inner,
        source=source,
        target=target,
        protocol=inner.protocol or outer.protocol,
        ports=ports,
        messages=messages,
        purpose=inner.purpose or outer.purpose,
        per_second=inner.per_second or outer.per_second,
    )


def common(one: Endpoint, other: Endpoint) -> Endpoint:
    """The addresses of both places, under the name of the one that says more."""
    if one.is_everywhere or one == other:
        return other
    if other.is_everywhere:
        return one
    shared: list[Prefix] = [
        mine for mine in one.prefixes for theirs in other.prefixes if inside(mine, theirs)
    ]
    shared += [theirs for theirs in other.prefixes for mine in one.prefixes if inside(theirs, mine)]
    return place(other.name if set(shared) == set(other.prefixes) else one.name, shared)


def _common_ports(one: tuple[Ports, ...], other: tuple[Ports, ...]) -> tuple[Ports, ...]:
    if not one or not other:
        return one or other
    return tuple(
        Ports(max(mine.first, theirs.first), min(mine.last, theirs.last))
        for mine in one
        for theirs in other
        if max(mine.first, theirs.first) <= min(mine.last, theirs.last)
    )


def joined(ipv4: Policy, ipv6: Policy) -> Policy:
    """The policies of the two families as one: each keeps its own verdict for what no term matches."""
    everywhere = Term(ipv6.default)
    ends: tuple[Term, ...] = ()
    if ipv4.default is not ipv6.default:
        places = [place("anywhere in IPv6", [each]) for each in everywhere.source.of(6)]
        ends = tuple(replace(everywhere, source=each, target=each, purpose="default") for each in places)
    return Policy(ipv4.name, (*ipv4.terms, *ipv6.terms, *ends), ipv4.default)
