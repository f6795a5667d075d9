"""Reads what `iptables-save` and `ip6tables-save` print, with counters where `-c` was given."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network
from itertools import takewhile
from types import MappingProxyType
from typing import Final

from cmp.errors import Invalid
from cmp.model.network import Prefix
from cmp.network.filters.reading import tcp_flags
from cmp.network.filters.reading.matches import left_over, span
from cmp.network.filters.reading.names import protocol, saved_message
from cmp.network.filters.reading.rules import ALL, Action, Chain, Reading, Rule, Untranslated, common, read
from cmp.network.filters.terms import (
    ANYWHERE_IPV4,
    ANYWHERE_IPV6,
    LAST_PORT,
    Endpoint,
    Ports,
    Term,
    Verdict,
    place,
)
from cmp.sentences import Sentence

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
HARMLESS_MATCHES: Final = HARMLESS | {"multiport", "limit", "iprange"}
IPV4: Final = 4
FIRST: Final = frozenset({"NEW", "UNTRACKED"})
FLAGS: Final = frozenset(
    {"--syn", "--log-uid", "--log-tcp-options", "--log-tcp-sequence", "--log-ip-options"}
)
"""Options that take no value."""
OPTIONS_OF_TARGETS: Final = frozenset(
    {"--reject-with", "--log-prefix", "--log-level", "--nflog-prefix", "--nflog-group", "--limit-burst"}
    | {"--nflog-size", "--nflog-range", "--nflog-threshold", "--ulog-prefix", "--ulog-nlgroup"}
) | (FLAGS - {"--syn"})
PAIRED: Final = frozenset({"--tcp-flags", "--match-set", "--set-mark"})
"""Options that take two words."""


@dataclass(slots=True)
class _Draft:
    """A rule while its words are read."""

    family: int
    interfaces: Mapping[str, Endpoint]
    chains: Collection[str]
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

    What is not read is told with its line and why.

    Raises:
        Invalid: the text is no saved rule set at all.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1)]
    told = [(number, COUNTERS.sub("", line)) for number, line in lines]
    if not any(words.startswith("*") for _, words in told) and any(words for _, words in told):
        raise Invalid(
            Sentence("line 1 is nothing that iptables-save prints: {told}", told=f"{told[0][1]:.60}")
        )
    declared = {found[1] for _, words in told if (found := CHAIN.match(words))}
    chains: dict[str, tuple[Verdict | None, list[Rule]]] = {}
    strangers: list[Untranslated] = []
    table = ""
    for (number, line), (_, words) in zip(lines, told, strict=True):
        if words.startswith("*"):
            table = words[1:]
        elif table != "filter" and words.startswith(("-A ", "--append ")):
            strangers.append(Untranslated(words, number, f"stands in table {table}, which judges nothing"))
        elif table == "filter" and (found := CHAIN.match(words)):
            if (default := _default(found[2])) is None and found[2] != "-":
                strangers.append(Untranslated(words, number, f"{found[2]} is no policy of a chain"))
            chains[found[1]] = (default, [])
        elif words.startswith(("-A ", "--append ")):
            name, rule = _rule(line, number, _Draft(family, interfaces, declared, ALL))
            chains.setdefault(name, (None, []))[1].append(rule)
        elif words and not words.startswith(("#", ":")) and words != "COMMIT":
            strangers.append(Untranslated(words, number, "is none of iptables-save"))
    return read({name: Chain(name, tuple(found[1]), found[0]) for name, found in chains.items()}, strangers)


def _default(word: str) -> Verdict | None:
    """The verdict at a chain's end; None for a chain that others jump to."""
    return Verdict(word.lower()) if word in {"ACCEPT", "DROP"} else None


def _rule(line: str, number: int, draft: _Draft) -> tuple[str, Rule]:
    counted = COUNTERS.match(line)
    text = COUNTERS.sub("", line)
    everywhere = ANYWHERE_IPV4 if draft.family == IPV4 else ANYWHERE_IPV6
    packets = int(counted[1]) if counted else None
    draft.match = Term(
        Verdict.ACCEPT, everywhere, everywhere, packets=packets, origin=f"line {number}: {text}"
    )
    try:
        words = shlex.split(text)
        for option, value, negated in _options(words[2:]):
            _take(draft, option, value, negated=negated)
    except ValueError as error:
        words = text.split()
        draft.why.append(str(error))
    why = () if draft.only_tells else tuple(draft.why)
    ways = () if draft.later else (draft.match,)
    return words[1], Rule(text, number, ways, draft.action, draft.chain, why)


def _options(words: list[str]) -> Iterator[tuple[str, str, bool]]:
    """Each option with its value, and whether a `!` stood before it; a value may look like an option."""
    position, negated = 0, False
    while position < len(words):
        option, position = words[position], position + 1
        if option == "!":
            negated = True
            continue
        many = 0 if option in FLAGS else 2 if option in PAIRED else 1
        values = words[position : position + many] if option in TAKING or option in PAIRED else []
        if option not in TAKING and option not in PAIRED and option not in FLAGS:
            values = list(takewhile(lambda word: word != "!" and not word.startswith("-"), words[position:]))
        elif values[:1] == ["!"]:  # as older releases write it
            negated, position = True, position + 1
            values = words[position : position + many]
        yield option, " ".join(values), negated
        position += len(values)
        negated = False


def _take(draft: _Draft, option: str, value: str, *, negated: bool) -> None:
    if negated and option not in NEGATED:
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
    whole = ip_network("0.0.0.0/0" if draft.family == IPV4 else "::/0")
    return place(f"all but {value}", whole.address_exclude(prefixes[0]))  # type: ignore[arg-type]


def _source(draft: _Draft, value: str, negated: bool) -> None:
    draft.change(source=common(draft.match.source, _prefixes(draft, value, negated)))


def _target(draft: _Draft, value: str, negated: bool) -> None:
    draft.change(target=common(draft.match.target, _prefixes(draft, value, negated)))


def _protocol(draft: _Draft, value: str, _: bool) -> None:
    if value not in {"all", "0"}:
        draft.change(protocol=protocol(value))


def _ports(draft: _Draft, value: str, negated: bool) -> None:
    found = []
    for each in value.split(","):
        first, colon, last = each.partition(":")
        if not all(part.isdecimal() for part in (first, last) if part) or each in {"", ":"}:
            raise ValueError(f"{each or 'nothing'} is no port")
        found.append(Ports(int(first or 0), int(last or (LAST_PORT if colon else first))))
    spans = [(ports.first, ports.last) for ports in found]
    kept = left_over(spans, LAST_PORT) if negated else spans
    draft.change(ports=tuple(Ports(*span) for span in kept))
    draft.later |= not kept


def _addresses(side: str) -> Callable[[_Draft, str, bool], None]:
    def reader(draft: _Draft, value: str, _: bool) -> None:
        first, _hyphen, last = value.partition("-")
        found = tuple(span(ip_address(first), ip_address(last or first)))
        before = draft.match.source if side == "source" else draft.match.target
        draft.change(**{side: common(before, place(value, found))})

    return reader


def _module(draft: _Draft, value: str, _: bool) -> None:
    if value not in HARMLESS_MATCHES:
        draft.why.append(f"-m {value}: nothing in our terms says this")


def _state(draft: _Draft, value: str, negated: bool) -> None:
    states = set(value.split(","))
    draft.later |= "NEW" in states if negated else not FIRST & states


def _flags(draft: _Draft, value: str, negated: bool) -> None:
    draft.later |= tcp_flags.saved(value) == negated


def _comment(draft: _Draft, value: str, _: bool) -> None:
    draft.change(purpose=value)


def _jump(draft: _Draft, value: str, _: bool) -> None:
    if value in draft.chains:
        draft.action, draft.chain = Action.JUMP, value
    elif value in ACTIONS:
        draft.action = ACTIONS[value]
        draft.only_tells = draft.action is Action.NOTHING
    else:
        draft.why.append(f"-j {value}: changes packets, hands them on, or leads to a chain that is not there")


def _goto(draft: _Draft, value: str, _: bool) -> None:
    draft.action, draft.chain = Action.GOTO, value


def _limit(draft: _Draft, value: str, _: bool) -> None:
    number, _slash, unit = value.partition("/")
    if not unit.startswith("s") or not number.isdecimal():
        raise ValueError("a limit that is not by the second")
    draft.change(per_second=int(number))


def _entering(draft: _Draft, value: str, negated: bool) -> None:
    _interface(draft, value, "source", negated=negated)


def _leaving(draft: _Draft, value: str, negated: bool) -> None:
    _interface(draft, value, "target", negated=negated)


def _interface(draft: _Draft, value: str, side: str, *, negated: bool) -> None:
    if value == "lo":
        draft.later |= not negated  # all packets between hosts come by another
        return
    if negated:
        raise ValueError("everything but one thing")
    if not value:
        raise ValueError("no interface is named")
    known = draft.interfaces.get(value)
    if known is None:
        raise ValueError("nothing says which prefixes live behind it")
    mine = place(known.name, known.of(draft.family))
    before = draft.match.source if side == "source" else draft.match.target
    draft.change(**{side: common(before, mine)})


def _message(draft: _Draft, value: str, _: bool) -> None:
    if value != "any":
        draft.change(messages=(saved_message(value, draft.family),))


def _syn(draft: _Draft, _: str, negated: bool) -> None:
    draft.later |= negated  # our terms speak of first packets alone, and these have it


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
    "--tcp-flags": _flags,
    "--src-range": _addresses("source"),
    "--dst-range": _addresses("target"),
    "-j": _jump,
    "--jump": _jump,
    "-g": _goto,
    "--goto": _goto,
    "--in-interface": _entering,
    "--out-interface": _leaving,
    "--match": _module,
    "--destination-ports": _ports,
    "--limit": _limit,
    "-i": _entering,
    "-o": _leaving,
    "--icmp-type": _message,
    "--icmpv6-type": _message,
    "--syn": _syn,
}

NEGATED: Final = frozenset({"-s", "-d", "--source", "--destination", "--state", "--ctstate"}) | {
    option for option, reader in READERS.items() if reader in {_ports, _flags, _syn, _entering, _leaving}
}
"""Options that are read with a `!` before them too."""
TAKING: Final = (READERS.keys() | OPTIONS_OF_TARGETS) - FLAGS
"""Options that take one word, whatever it looks like."""
