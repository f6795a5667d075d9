"""Reads a zone file (RFC 1035 section 5) and remembers where everything stands, so that it can be edited.

Runs with Python >= 3.8 alone.
"""

from __future__ import annotations

import ipaddress
import re

DURATION = re.compile(r"(?:\d+|(?:\d+[wdhms])+)\Z", re.IGNORECASE)
PART = re.compile(r"(\d+)([wdhms]?)", re.IGNORECASE)
SECONDS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1, "": 1}
TOKEN = re.compile(r'[^\S\n]+|;[^\n]*|\n|[()]|"(?:\\.|[^"\\\n])*"|(?:\\.|[^\s;()"\\])+')
"""What a zone file is made of: blanks, comments, line ends, parentheses, quoted and plain words."""
ESCAPED = re.compile(r"\\(\d{3}|.)", re.DOTALL)
NUMBERS = {"TYPE1": "A", "TYPE28": "AAAA", "TYPE5": "CNAME", "TYPE6": "SOA", "TYPE12": "PTR", "TYPE2": "NS"}
"""Kinds that are edited or looked for, by their numbers (RFC 3597 section 5)."""
NAMED = ("CNAME", "DNAME", "NS", "PTR")
"""Kinds whose value is one name."""
ADDRESSES = ("A", "AAAA")
UNKEPT = ("$INCLUDE", "$GENERATE")
SIGNED = ("RRSIG", "NSEC", "NSEC3", "ZONEMD")


class Refused(Exception):
    """The change is not made; the sentence says why."""


class Word:
    """A word of a zone file, and where it begins and ends in the text."""

    def __init__(self, text, start, end):
        self.text, self.start, self.end = text, start, end


class Entry:
    """A record as it is written: its lines from `first` to `last` (from 0), and what it means."""

    def __init__(self, first, last, key, words, blank):
        self.first, self.last, self.key, self.words, self.blank = first, last, key, words, blank
        self.stated = None
        """The seconds that it names itself; None where others above it do."""
        self.kept = None
        """The seconds for which it may be kept; None where only the SOA says."""
        self.inherits = False
        """True where it is kept as long as the last record above that says for how long."""
        self.data = ()
        """The words behind its kind."""


def entries(text, zone):
    """All records of a zone file, in their order.

    Raises:
        Refused: a line cannot be read, or is one that this reader could not keep.
    """
    found, owner, origin, default, stated = [], None, labels(zone, ()), None, None
    for first, last, blank, words in _logical(text):
        told = words[0].text.upper()
        if not blank and told.startswith("$"):
            origin, default = _directed(told, words, first, origin, default)
            continue
        if not blank:
            owner = labels(_plain(words[0], first), origin)
        if owner is None:
            raise Refused(f"line {first + 1}: no name stands above that this record could take")
        entry = _record(first, last, blank, words, owner, origin)
        stated = stated if entry.stated is None else entry.stated
        entry.inherits = entry.stated is None and default is None and stated is not None
        entry.kept = stated if entry.stated is not None or default is None else default
        found.append(entry)
    return found


def _directed(told, words, number, origin, default):
    """Origin and usual lifetime behind a directive."""
    where = f"line {number + 1}"
    if told in UNKEPT:
        raise Refused(
            f"{where}: {told} stands for records that are not in this file: edit it by hand, or use updates"
        )
    if told not in {"$ORIGIN", "$TTL"} or len(words) != 2:  # noqa: PLR2004 - a directive and what it says
        raise Refused(f"{where}: {told} cannot be read")
    if told == "$ORIGIN":
        return labels(_plain(words[1], number), origin), default
    if not DURATION.match(words[1].text):
        raise Refused(f"{where}: {words[1].text!r} is no time")
    return origin, duration(words[1].text)


def _record(first, last, blank, words, owner, origin):
    """One record; lifetime and class stand in either order."""
    where = f"line {first + 1}"
    rest, stated = list(words if blank else words[1:]), None
    while rest and (DURATION.match(rest[0].text) or rest[0].text.upper() in {"IN", "CLASS1"}):
        word = rest.pop(0).text
        stated = duration(word) if DURATION.match(word) else stated
    if not rest or rest[0].text.upper() in {"CH", "HS", "CS"}:
        raise Refused(f"{where}: no record of the Internet can be read here")
    kind = NUMBERS.get(rest[0].text.upper(), rest[0].text.upper())
    data = rest[1:]
    if kind in SIGNED:
        raise Refused(
            f"{where}: {kind} shows that the zone is signed: edit what it is signed from, or use updates"
        )
    try:
        value = value_of(kind, [word.text for word in data], origin)
    except ValueError as error:
        raise Refused(f"{where}: {error}") from error
    made = Entry(first, last, (written(owner), kind, value), words, blank)
    made.stated, made.data = stated, data
    return made


def value_of(kind, words, origin):
    """A value as it is compared: addresses in their shortest form, names whole and small.

    Raises:
        ValueError: it is none.
    """
    if kind in ADDRESSES:
        family = ipaddress.IPv4Address if kind == "A" else ipaddress.IPv6Address
        return str(family(_unknown(words) if words[:1] == ["\\#"] else " ".join(words)))
    if kind in NAMED and len(words) == 1:
        return written(labels(words[0], origin))
    return " ".join(words)


def _unknown(words):
    """The octets of a value that is written by RFC 3597."""
    octets = bytes.fromhex("".join(words[2:]))
    if words[1:2] != [str(len(octets))]:
        raise ValueError("a value has another length than it says")
    return octets


def labels(name, origin):
    """The labels of a name, small and without escapes; the first first."""
    if name == "@":
        return origin
    found, label = [], b""
    for piece in re.findall(r"\\\d{3}|\\.|.", name, re.DOTALL):
        if piece == ".":
            found.append(label)
            label = b""
        else:
            label += _octets(piece)
    whole = name.endswith(".") and not label
    found = [each.lower() for each in (found if whole else [*found, label])]
    if name == ".":
        return ()
    if not all(found):
        raise Refused(f"{name!r} is no name")
    return tuple(found) if whole else (*found, *origin)


def written(name):
    """A name as text, whole, with its last dot."""
    return ".".join(_shown(label) for label in name) + "."


def duration(text):
    """The seconds of a time such as 300, 1h30m or 2W."""
    return sum(int(number) * SECONDS[unit.lower()] for number, unit in PART.findall(text))


def _octets(piece):
    if not piece.startswith("\\"):
        return piece.encode(errors="surrogateescape")
    number = int(piece[1:]) if piece[1:].isdigit() and len(piece) == 4 else None  # noqa: PLR2004 - \DDD
    if number is not None and number > 255:  # noqa: PLR2004 - an octet
        raise Refused(f"{piece} is no octet")
    return bytes([number]) if number is not None else piece[1:].encode(errors="surrogateescape")


def _shown(label):
    plain = b"abcdefghijklmnopqrstuvwxyz0123456789-_*/+=~%!#&':,<>?[]^`{|}"
    return "".join(chr(octet) if octet in plain else f"\\{octet:03}" for octet in label)


def _plain(word, number):
    if word.text.startswith('"'):
        raise Refused(f"line {number + 1}: a name in quotes cannot be read")
    return word.text


def _logical(text):
    """First and last line of each thing told, whether it begins with a blank, and its words."""
    words, depth, number, first, blank, at, begun = [], 0, 0, 0, False, 0, True
    while at < len(text):
        token = TOKEN.match(text, at)
        if token is None:
            raise Refused(
                f"line {number + 1}: {text[at : at + 12]!r} cannot be read: is a quoted text not closed?"
            )
        told = token.group()
        if begun:
            first, blank, begun = number, told.isspace(), False
        if told == "\n":
            if not depth and words:
                yield first, number, blank, words
            words, begun = ([], True) if not depth else (words, False)
            number += 1
        elif told in {"(", ")"}:
            depth += 1 if told == "(" else -1
        elif not told.isspace() and not told.startswith(";"):
            words.append(Word(told, at, token.end()))
        if depth < 0:
            raise Refused(f"line {number + 1}: a parenthesis is closed that was not opened")
        at = token.end()
    if depth:
        raise Refused(f"line {first + 1}: a parenthesis is not closed")
    if words:
        yield first, number, blank, words
