"""Holds a filter as it was read: chains of rules, what they match and do, and what our terms cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice
from typing import Final

from cmp.model.network import Prefix
from cmp.network.addresses.space import inside
from cmp.network.filters.terms import Endpoint, Message, Policy, Ports, Term, Verdict, place

DEEPEST: Final = 16
"""Jumps inside jumps that are followed; kernels refuse loops, listings may be cut."""

MOST_TERMS: Final = 20_000
"""Terms of one chain that are laid out; a rule that leaves its chain early has those behind it told twice."""

ALL: Final = Term(Verdict.ACCEPT)

VERDICTS: Final = frozenset(verdict.value for verdict in Verdict)


class Action(StrEnum):
    """What a rule does with what it matches; `NOTHING` counts or logs."""

    ACCEPT = "accept"
    DROP = "drop"
    REJECT = "reject"
    JUMP = "jump"
    GOTO = "goto"
    RETURN = "return"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its text and line (from 1; a handle where there are none), the ways to match it, its action.

    Each of `ways` is a term, and one of them is enough; none is there where only packets of flows that were
    let in before match, which our policies always let pass. `chain` is where it jumps or goes to. `why` says
    what of it has no place in our terms.
    """

    text: str
    line: int
    ways: tuple[Term, ...]
    action: Action
    chain: str = ""
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """Rules in order; `default` is the verdict at the end of a chain that the kernel enters by itself."""

    name: str
    rules: tuple[Rule, ...]
    default: Verdict | None = None
    kind: str = ""
    """What the kernel enters it for, where it says so: `filter`, `nat`, `route`."""


@dataclass(frozen=True, slots=True)
class _Rest:
    """The rules from a place in a chain on, and where it goes on behind them; None: at the default."""

    chain: Chain
    index: int
    behind: _Rest | None
    default: Verdict


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
            found = list(islice(_flat(chains, _Rest(chain, 0, None, chain.default), ALL, 0), MOST_TERMS + 1))
            lost += [each for each in found if isinstance(each, Untranslated)]
            terms = tuple(each for each in found if isinstance(each, Term))
            if len(found) > MOST_TERMS:
                lost.append(Untranslated(name, 0, f"more than {MOST_TERMS} terms: the rest is not read"))
            policies[name] = Policy(name, terms, chain.default)
    return Reading(policies, tuple(dict.fromkeys(lost)))


def _flat(chains: Mapping[str, Chain], rest: _Rest, outer: Term, depth: int) -> Iterator[Term | Untranslated]:
    """The terms of a chain from a place on, for what `outer` matches; the rest goes on behind them."""
    for index in range(rest.index, len(rest.chain.rules)):
        rule = rest.chain.rules[index]
        if why := rule.why or tuple(_troubles(chains, rule, depth)):
            yield Untranslated(rule.text, rule.line, "; ".join(why))
            continue
        for way in rule.ways:
            if (term := narrowed(outer, way)) is not None:
                yield from _done(chains, replace(rest, index=index + 1), rule, term, depth)


def _done(
    chains: Mapping[str, Chain], rest: _Rest, rule: Rule, term: Term, depth: int
) -> Iterator[Term | Untranslated]:
    """What happens to what a rule matches; `rest` are the rules behind it."""
    if rule.action.value in VERDICTS:
        yield replace(term, verdict=Verdict(rule.action.value))
    elif rule.action is Action.JUMP:
        yield from _flat(chains, _Rest(chains[rule.chain], 0, rest, rest.default), term, depth + 1)
    elif rule.action is Action.GOTO:
        yield from _flat(chains, _Rest(chains[rule.chain], 0, rest.behind, rest.default), term, depth + 1)
        yield from _left(chains, rest, term, depth + 1)
    elif rule.action is Action.RETURN:
        yield from _left(chains, rest, term, depth + 1)


def _left(chains: Mapping[str, Chain], rest: _Rest, term: Term, depth: int) -> Iterator[Term | Untranslated]:
    """What happens to what leaves a chain early: the rules behind the jumps that led there, the default."""
    behind = rest.behind
    while behind is not None:
        yield from _flat(chains, behind, term, depth)
        behind = behind.behind
    yield replace(term, verdict=rest.default)


def _troubles(chains: Mapping[str, Chain], rule: Rule, depth: int) -> Iterator[str]:
    if rule.action in {Action.JUMP, Action.GOTO} and (rule.chain not in chains or depth >= DEEPEST):
        yield f"jumps to {rule.chain}, which is not listed or calls itself"


def narrowed(outer: Term, inner: Term) -> Term | None:
    """What both terms match, with the inner one's purpose and origin; None where that is nothing."""
    if None not in {outer.protocol, inner.protocol} and outer.protocol != inner.protocol:
        return None
    source, target = common(outer.source, inner.source), common(outer.target, inner.target)
    ports = _common_ports(outer.ports, inner.ports)
    messages = _common_messages(outer.messages, inner.messages)
    nothing = (outer.ports and inner.ports and not ports) or (
        outer.messages and inner.messages and not messages
    )
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


def _common_messages(one: tuple[Message, ...], other: tuple[Message, ...]) -> tuple[Message, ...]:
    if not one or not other:
        return one or other
    whole = [mine for mine in one if any(theirs.covers(mine) for theirs in other)]
    whole += [theirs for theirs in other if any(mine.covers(theirs) for mine in one)]
    return tuple(dict.fromkeys(whole))


def joined(ipv4: Policy, ipv6: Policy) -> Policy:
    """The policies of the two families as one: each keeps its own verdict for what no term matches."""
    everywhere = Term(ipv6.default)
    ends: tuple[Term, ...] = ()
    if ipv4.default is not ipv6.default:
        places = [place("anywhere in IPv6", [each]) for each in everywhere.source.of(6)]
        ends = tuple(replace(everywhere, source=each, target=each, purpose="default") for each in places)
    return Policy(ipv4.name, (*ipv4.terms, *ipv6.terms, *ends), ipv4.default)
