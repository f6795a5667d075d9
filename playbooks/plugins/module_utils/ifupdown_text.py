"""Takes old addresses, and the default route of the old line, out of interfaces(5), and nothing else.

A stanza keeps its bridge, bond, VLAN, mtu, hwaddress, names and commands: one that loses its last address
becomes `manual`, which brings the link up all the same. Runs with Python >= 3.8 alone.
"""

from __future__ import annotations

import re

OPENERS = ("iface", "auto", "source", "source-directory", "mapping", "rename", "template", "no-scripts")
COMMANDS = ("up", "pre-up", "post-up", "down", "pre-down", "post-down")
SERVES = ("netmask", "broadcast", "network", "pointopoint", "scope", "preferred-lifetime", "dad-attempts")
"""Options that are about the one address of their stanza."""
SETS = re.compile(r"(\bip\s+(-\S+\s+)*a(d(d(r(ess)?)?)?)?\b|\bifconfig\b)")
ROUTES = re.compile(r"(\bip\s+(-\S+\s+)*r(o(u(te?)?)?)?\b|\broute\b).*\bdefault\b")


class Kept(Exception):
    """Something sets the address that cannot be taken out without losing more; the sentence says what."""


def without(text, addresses, gateways, _instead=None):
    """The text without what sets these addresses or leads the default route by these gateways.

    Raises:
        Kept: a command or an option of a stanza would have to be understood first.
    """
    lines = _logical(text)
    gone, changed, emptied = set(), {}, set()
    for stanza in _stanzas(lines):
        _forget(lines, stanza, (addresses, gateways), (gone, changed, emptied))
    for number, line in enumerate(lines):
        words = line.split()
        if words and (words[0] == "auto" or words[0].startswith("allow-")):
            left = [word for word in words[1:] if word not in emptied]
            if len(left) < len(words) - 1:
                changed[number] = " ".join([words[0], *left]) + "\n"
                gone |= set() if left else {number}
    return "".join(changed.get(number, line) for number, line in enumerate(lines) if number not in gone)


def sources(text):
    """The patterns of the files that this one has read too, as they are written."""
    for line in _logical(text):
        words = line.split()
        if len(words) > 1 and words[0] in ("source", "source-directory"):
            yield from (word + "/*" if words[0] == "source-directory" else word for word in words[1:])


def _forget(lines, stanza, what, found):
    addresses, gateways = what
    gone, changed, emptied = found
    head, options = stanza[0], [(number, lines[number].split()) for number in stanza[1:]]
    options = [(number, words) for number, words in options if words and not words[0].startswith("#")]
    mine = {number for number, words in options if words[0] == "address" and _ip(words[1:]) in addresses}
    others = {number for number, words in options if words[0] == "address"} - mine
    leads = {
        number
        for number, words in options
        if words[0] == "gateway" and words[1:2][0:1] and words[1] in gateways
    }
    if leads:
        leads |= {number for number, words in options if words[0] == "metric"}
    commands = {
        number for number, words in options if words[0] in COMMANDS and _is_about(lines[number], what)
    }
    gone |= mine | leads | commands
    for number, words in options:
        if words[0] in COMMANDS and number not in gone and _names(lines[number], addresses):
            raise Kept(f"`{' '.join(words)}` names an address that is to go: put it right by hand")
    if not mine or others:
        return
    serving = {number for number, words in options if words[0] in SERVES}
    left = [words for number, words in options if number not in gone | serving]
    stranded = [words for words in left if words[0] in ("gateway", "metric")]
    if stranded:
        raise Kept(
            f"`{' '.join(stranded[0])}` stands in the stanza of an address that is to go: move it first"
        )
    gone |= serving
    name = lines[head].split()[1]
    if ":" in name and not left:
        gone.add(head)
        emptied.add(name)
    else:
        changed[head] = re.sub(r"(\sinet6?\s+)static\b", r"\1manual", lines[head], count=1)


def _is_about(line, what):
    """True for a command of a stanza that sets an address or leads the default route by a gateway."""
    addresses, gateways = what
    return (bool(SETS.search(line)) and _names(line, addresses)) or (
        bool(ROUTES.search(line)) and _names(line, gateways)
    )


def _names(line, addresses):
    return any(re.search(rf"(?<![\d.]){re.escape(each)}(?![\d.])", line) for each in addresses)


def _ip(words):
    return words[0].split("/")[0] if words else ""


def _logical(text):
    """Lines with their ends, a line that ends in a backslash together with the next (interfaces(5))."""
    lines, open_ = [], ""
    for line in text.splitlines(keepends=True):
        open_ += line
        if not line.rstrip("\r\n").endswith("\\"):
            lines.append(open_)
            open_ = ""
    return [*lines, open_] if open_ else lines


def _stanzas(lines):
    """The numbers of the lines of each `iface` stanza."""
    stanza = []
    for number, line in enumerate(lines):
        words = line.split()
        if words and (words[0] in OPENERS or words[0].startswith("allow-")):
            if stanza:
                yield stanza
            stanza = [number] if words[0] == "iface" and len(words) > 1 else []
        elif stanza:
            stanza.append(number)
    if stanza:
        yield stanza
