"""Judges what name servers answer: alike over both families, new addresses when they serve, no old ones.

Every server is asked over each family by itself: a client that races both (RFC 8305) would hide a dead one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, NamedTuple

from cmp.network.measurement.reachability import Matrix, Pair

PREF64_LENGTHS: Final = (32, 40, 48, 56, 64, 96)
_BETWEEN: Final = re.compile(r"[\s\"',;=()\[\]]+(?:[+?~-]?ip[46]:)?")
"""What stands before an address within a text; `ip4:` is of mail policies (RFC 7208 5.6)."""
_OCTETS: Final = 4
_NIBBLES: Final = 32


class Question(NamedTuple):
    """What is asked of a server, by its address: records of a kind (A, AAAA, PTR …) at a name."""

    server: str
    name: str
    kind: str
    port: int = 53

    @property
    def over(self) -> str:
        """The server and the family it was asked over."""
        return f"{self.server} (IPv{6 if ':' in self.server else 4})"


@dataclass(frozen=True, slots=True)
class Told:
    """What a server told: a code (NOERROR … or SILENT), the values sorted, and their TTL in seconds."""

    code: str
    values: tuple[str, ...] = ()
    ttl: int | None = None

    def __str__(self) -> str:
        """The values, or the code where there are none."""
        return ", ".join(self.values) or ("nothing" if self.code == "NOERROR" else self.code)


Answers = Mapping[Question, Told]


class Record(NamedTuple):
    """A record of a zone's data; names are written whole, without the last dot."""

    name: str
    kind: str
    value: str


def disagreements(answers: Answers) -> Iterator[str]:
    """The servers that answer nothing, or otherwise than most do, over a family."""
    asked: dict[tuple[str, str], list[Question]] = defaultdict(list)
    for question, told in answers.items():
        if told.code == "SILENT":
            yield f"{question.over} does not answer for {question.name} {question.kind}"
        else:
            asked[question.name, question.kind].append(question)
    for (name, kind), questions in sorted(asked.items()):
        said = [(answers[question].code, answers[question].values) for question in questions]
        usual = max(sorted(set(said)), key=said.count)
        for question, what in zip(questions, said, strict=True):
            if what != usual:
                others = Told(*usual)
                yield f"{question.over} tells {answers[question]} for {name} {kind}, others tell {others}"


def lasting(answers: Answers, most: int) -> Iterator[str]:
    """The answers that resolvers would still keep for longer than `most` seconds (RFC 4192 2.2.1).

    A resolver tells the time that is left: after the TTL was lowered, the old one has to run out there too.
    """
    for question, told in sorted(answers.items()):
        if told.ttl is not None and told.ttl > most:
            what = f"{question.name} {question.kind}"
            yield f"{question.over} keeps {what} for {told.ttl} s, at most {most} s wanted"


def unready(
    addresses: Iterable[str],
    ports: Iterable[tuple[str, int]],
    sources: Iterable[str],
    matrix: Matrix,
) -> tuple[Pair, ...]:
    """The pairs that keep a name from getting an AAAA record: every port of it must answer over IPv6.

    `ports` are (protocol, port) of the name's services, `sources` the places they must answer to; a pair that
    was not asked counts as one that does not answer (RFC 7381 4.4).
    """
    wanted = [
        Pair(source, address, 6, protocol, port)
        for source in sorted(sources)
        for address in sorted(addresses)
        for protocol, port in sorted(ports)
    ]
    return tuple(pair for pair in wanted if not matrix.get(pair, False))


def premature(
    answers: Answers, ports: Mapping[str, Iterable[tuple[str, int]]], sources: Iterable[str], matrix: Matrix
) -> Iterator[str]:
    """The AAAA records that are published although a port of their name does not answer over IPv6.

    For the verification of moves of real hosts, whose zones others keep.
    """
    places = tuple(sources)
    published: dict[str, set[str]] = defaultdict(set)
    for question, told in answers.items():
        if question.kind == "AAAA":
            published[question.name] |= set(told.values)
    for name, addresses in sorted(published.items()):
        for pair in unready(addresses, tuple(ports.get(name, ())), places, matrix):
            yield f"{name} has an AAAA record, and {pair} does not answer"


def embedded(address: IPv6Address, prefix: IPv6Network) -> IPv4Address | None:
    """The IPv4 address within one that was made with a translation prefix (RFC 6052 2.2); None without it.

    Raises:
        ValueError: no translation prefix has this length.
    """
    if prefix.prefixlen not in PREF64_LENGTHS:
        raise ValueError(f"{prefix}: a translation prefix has a length of 32, 40, 48, 56, 64 or 96")
    if address not in prefix:
        return None
    octets = address.packed[:8] + address.packed[9:]  # the ninth octet is kept zero
    begin = 11 if prefix.prefixlen == 96 else prefix.prefixlen // 8  # noqa: PLR2004 - behind the ninth octet
    return IPv4Address(octets[begin : begin + _OCTETS])


def missynthesised(resolver: Answers, authority: Answers, prefix: IPv6Network) -> Iterator[str]:
    """Where a DNS64 resolver breaks RFC 6147: it makes an AAAA record where none exists, from the A records.

    `authority` holds what exists. A name with AAAA records of its own gets those and no others (5.1.1).
    For the verification of moves of real hosts, whose resolvers are others'.
    """
    exists = {(question.name, question.kind): told.values for question, told in authority.items()}
    for question, told in sorted(resolver.items()):
        if question.kind != "AAAA":
            continue
        own, ipv4 = exists.get((question.name, "AAAA"), ()), exists.get((question.name, "A"), ())
        made = {str(found) for value in told.values if (found := embedded(IPv6Address(value), prefix))}
        if own and set(told.values) != set(own):
            yield f"{question.over} tells {told} for {question.name}, which has {', '.join(own)} itself"
        elif not own and made != set(ipv4):
            theirs = ", ".join(ipv4) or "none"
            yield f"{question.over} tells {told} for {question.name}, whose A records are {theirs}"


def remaining(records: Iterable[Record], old: Iterable[IPv4Network | IPv6Network]) -> Iterator[str]:
    """The records of a zone that still speak of an old prefix: as address, reverse name, or within a text.

    For the last step of moves of real hosts, before old addresses are given to others.
    """
    prefixes = tuple(old)
    for record in sorted(records):
        for address in mentioned(record):
            for prefix in prefixes:
                if address.version == prefix.version and address in prefix:
                    yield f"{record.name} {record.kind} {record.value} still speaks of {prefix}"


def mentioned(record: Record) -> set[IPv4Address | IPv6Address]:
    """The addresses that a record is about."""
    found = {reversed_name(record.name)} if record.kind == "PTR" else set()
    for word in _BETWEEN.split(record.value):
        found.add(_address(word.partition("/")[0]))
    return {address for address in found if address is not None}


def reversed_name(name: str) -> IPv4Address | IPv6Address | None:
    """The address whose reverse name this is; None where it is none, or that of a whole zone."""
    labels = name.lower().rstrip(".").split(".")
    if labels[-2:] == ["in-addr", "arpa"] and len(labels) == _OCTETS + 2:
        return _address(".".join(reversed(labels[:-2])))
    if labels[-2:] == ["ip6", "arpa"] and len(labels) == _NIBBLES + 2:
        digits = "".join(reversed(labels[:-2]))
        return _address(":".join(digits[place : place + 4] for place in range(0, _NIBBLES, 4)))
    return None


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
