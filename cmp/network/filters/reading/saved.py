"""Reads what `iptables-save` and `ip6tables-save` print, with counters where `-c` was given."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from types import MappingProxyType
from typing import Final

from cmp.errors import Invalid
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

COUNTERS: Final = re.compile(r"^\[(\d+):\d+\]\s+")
CHAIN: Final = re.compile(r"^:(\S+)\s+(\S+)")
NOTHING: Final[Mapping[str, Endpoint]] = MappingProxyType({})
ACTIONS: Final = {
    "ACCEPT": Action.ACCEPT,
    "DROP": Action.DROP,
    "REJECT": Action.REJECT,
    "RETURN": Action.RETURN,
    "LOG": Action.NOTHING,
    "NFLOG": Action.NOTHING,
    "ULOG": Action.NOTHING,
}
HARMLESS: Final = frozenset(
    {"tcp", "udp", "sctp", "icmp", "icmp6", "icmpv6", "comment", "state", "conntrack"}
)
HARMLESS_MATCHES: Final = HARMLESS | {"multiport", "limit"}
FIRST: Final = frozenset({"NEW", "UNTRACKED"})
OPTIONS_OF_TARGETS: Final = frozenset(
    {"--reject-with", "--log-prefix", "--log-level", "--nflog-prefix", "--nflog-group", "--limit-burst"}
)
PROTOCOLS: Final = {
    "ipv6-icmp": "icmpv6",
    "icmp6": "icmpv6",
    "6": "tcp",
    "17": "udp",
    "132": "sctp",
    "1": "icmp",
    "58": "icmpv6",
}
MESSAGES: Final = {
    "echo-request": (8, 128),
    "echo-reply": (0, 129),
    "destination-unreachable": (3, 1),
    "packet-too-big": (None, 2),
    "time-exceeded": (11, 3),
    "ttl-exceeded": (11, 3),
    "parameter-problem": (12, 4),
    "router-solicitation": (10, 133),
    "router-advertisement": (9, 134),
    "neighbour-solicitation": (None, 135),
    "neighbor-solicitation": (None, 135),
    "neighbour-advertisement": (None, 136),
    "neighbor-advertisement": (None, 136),
    "redirect": (5, 137),
    "fragmentation-needed": ((3, 4), None),
    "port-unreachable": ((3, 3), (1, 4)),
}


@dataclass(slots=True)
class _Draft:
    """A rule while its words are read."""

    family: int
    interfaces: Mapping[str, Endpoint]
    match: Term
    action: Action = Action.NOTHING
    chain: str = ""
    why: list[str] = field(default_factory=list)
    later: bool = False
    only_tells: bool = False

    def change(self, **changes: object) -> None:
        self.match = replace(self.match, **changes)  # type: ignore[arg-type]


def read_saved(text: str, family: int, interfaces: Mapping[str, Endpoint] = NOTHING) -> Reading:
    """The filter table of a saved rule set of one family (4 or 6), in our terms.

    `interfaces` says what lives behind each interface; a rule that names another one is not translated.
    Tables that change packets instead of judging them are listed rule by rule.

    Raises:
        Invalid: the text is no saved rule set.
    """
    chains: dict[str, tuple[Verdict | None, list[Rule]]] = {}
    strangers: list[Untranslated] = []
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        words = COUNTERS.sub("", line.strip())
        if words.startswith("*"):
            table = words[1:]
        elif found := CHAIN.match(words):
            if table == "filter":
                chains[found[1]] = (_default(found[2], number), [])
        elif words.startswith("-A ") and table == "filter":
            name, rule = _rule(line.strip(), number, family, interfaces)
            chains.setdefault(name, (None, []))[1].append(rule)
        elif words.startswith("-A "):
            strangers.append(Untranslated(words, number, f"stands in table {table}, which judges nothing"))
        elif words and not words.startswith("#") and words != "COMMIT":
            raise Invalid(f"line {number} is none of iptables-save: {words:.60}")
    return read({name: Chain(name, tuple(found[1]), found[0]) for name, found in chains.items()}, strangers)


def _default(word: str, number: int) -> Verdict | None:
    """The verdict at a chain's end; None for a chain that others jump to."""
    if word not in {"-", "ACCEPT", "DROP"}:
        raise Invalid(f"line {number}: {word} is no policy of a chain")
    return None if word == "-" else Verdict(word.lower())


def _rule(line: str, number: int, family: int, interfaces: Mapping[str, Endpoint]) -> tuple[str, Rule]:
    counted = COUNTERS.match(line)
    text = COUNTERS.sub("", line)
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise Invalid(f"line {number} cannot be read: {error}") from error
    everywhere = ANYWHERE_IPV4 if family == 4 else ANYWHERE_IPV6  # noqa: PLR2004 - a family
    packets = int(counted[1]) if counted else None
    match = Term(Verdict.ACCEPT, everywhere, everywhere, packets=packets, origin=f"line {number}: {text}")
    draft = _Draft(family, interfaces, match)
    for option, value, negated in _options(words[2:]):
        _take(draft, option, value, negated=negated)
    why = () if draft.only_tells else tuple(draft.why)
    rule = Rule(text, number, draft.match, draft.action, draft.chain, why, draft.later)
    return words[1], rule


def _options(words: list[str]) -> Iterator[tuple[str, str, bool]]:
    """Each option with its value, and whether a `!` stood before it."""
    position, negated = 0, False
    while position < len(words):
        if words[position] == "!":
            negated = True
            position += 1
            continue
        values = []
        option = words[position]
        position += 1
        while position < len(words) and words[position] != "!" and not words[position].startswith("-"):
            values.append(words[position])
            position += 1
        yield option, " ".join(values), negated
        negated = False


def _take(draft: _Draft, option: str, value: str, *, negated: bool) -> None:
    if negated and option not in {"-s", "-d", "--source", "--destination"}:
        draft.why.append(f"! {option} {value}: everything but one thing")
    elif option in READERS:
        try:
            READERS[option](draft, value, negated)
        except ValueError as error:
            draft.why.append(f"{option} {value}: {error}")
    elif option not in OPTIONS_OF_TARGETS:
        draft.why.append(f"{option} {value}".strip() + ": nothing in our terms says this")


def _prefixes(draft: _Draft, value: str, negated: bool) -> Endpoint:
    prefixes: list[Prefix] = [ip_network(each, strict=False) for each in value.split(",")]
    if not negated:
        return place(value, prefixes)
    if len(prefixes) != 1:
        raise ValueError("everything but several prefixes")
    whole = ip_network("0.0.0.0/0" if draft.family == 4 else "::/0")  # noqa: PLR2004 - a family
    return place(f"all but {value}", whole.address_exclude(prefixes[0]))  # type: ignore[arg-type]


def _source(draft: _Draft, value: str, negated: bool) -> None:
    draft.change(source=common(draft.match.source, _prefixes(draft, value, negated)))


def _target(draft: _Draft, value: str, negated: bool) -> None:
    draft.change(target=common(draft.match.target, _prefixes(draft, value, negated)))


def _protocol(draft: _Draft, value: str, _: bool) -> None:
    if value not in {"all", "0"}:
        draft.change(protocol=PROTOCOLS.get(value, value))


def _ports(draft: _Draft, value: str, _: bool) -> None:
    found = []
    for each in value.split(","):
        first, _colon, last = each.partition(":")
        found.append(Ports(int(first or 0), int(last or first) if last or ":" not in each else 65535))
    draft.change(ports=tuple(found))


def _module(draft: _Draft, value: str, _: bool) -> None:
    if value not in HARMLESS_MATCHES:
        draft.why.append(f"-m {value}: nothing in our terms says this")


def _state(draft: _Draft, value: str, _: bool) -> None:
    draft.later = not FIRST & set(value.split(","))


def _comment(draft: _Draft, value: str, _: bool) -> None:
    draft.change(purpose=value)


def _jump(draft: _Draft, value: str, _: bool) -> None:
    if value in ACTIONS:
        draft.action = ACTIONS[value]
        draft.only_tells = draft.action is Action.NOTHING
    elif value.isupper():
        draft.why.append(f"-j {value}: changes packets or hands them on")
    else:
        draft.action, draft.chain = Action.JUMP, value


def _goto(draft: _Draft, value: str, _: bool) -> None:
    draft.why.append(f"-g {value}: goes to a chain without coming back")


def _limit(draft: _Draft, value: str, _: bool) -> None:
    number, _slash, unit = value.partition("/")
    if not unit.startswith("s"):
        raise ValueError("a limit that is not by the second")
    draft.change(per_second=int(number))


def _entering(draft: _Draft, value: str, _: bool) -> None:
    _interface(draft, value, "source")


def _leaving(draft: _Draft, value: str, _: bool) -> None:
    _interface(draft, value, "target")


def _interface(draft: _Draft, value: str, side: str) -> None:
    if value == "lo":
        draft.later = True
        return
    known = draft.interfaces.get(value)
    if known is None:
        raise ValueError("nothing says which prefixes live behind it")
    mine = place(known.name, known.of(draft.family))
    before = draft.match.source if side == "source" else draft.match.target
    draft.change(**{side: common(before, mine)})


def _message(draft: _Draft, value: str, _: bool) -> None:
    if value == "any":
        return
    index = 0 if draft.family == 4 else 1  # noqa: PLR2004 - a family
    if value in MESSAGES:
        number = MESSAGES[value][index]
        if number is None:
            raise ValueError("no such message in this family")
        draft.change(messages=(Message(*number) if isinstance(number, tuple) else Message(number),))
        return
    kind, _slash, code = value.partition("/")
    draft.change(messages=(Message(int(kind), int(code) if code else None),))


def _syn(_: _Draft, __: str, ___: bool) -> None:
    """The first packet of a flow: our terms speak of nothing else."""


READERS: Final[Mapping[str, Callable[[_Draft, str, bool], None]]] = {
    "-s": _source,
    "--source": _source,
    "-d": _target,
    "--destination": _target,
    "-p": _protocol,
    "--protocol": _protocol,
    "--dport": _ports,
    "--destination-port": _ports,
    "--dports": _ports,
    "-m": _module,
    "--state": _state,
    "--ctstate": _state,
    "--comment": _comment,
    "-j": _jump,
    "--jump": _jump,
    "-g": _goto,
    "--limit": _limit,
    "-i": _entering,
    "-o": _leaving,
    "--icmp-type": _message,
    "--icmpv6-type": _message,
    "--syn": _syn,
}
