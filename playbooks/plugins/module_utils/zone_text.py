"""Adds records to a zone's data and takes others out, in a zone file (RFC 1035) or as unbound's local data.

Runs with Python >= 3.8 alone.
"""

from __future__ import annotations

import ipaddress
import re

LOCAL = re.compile(r'^\s*local-data:\s*"(.*)"\s*$')
SERIAL = re.compile(r"(\bSOA\s+\S+\s+\S+\s*\(?\s*(?:;[^\n]*\n\s*)?)(\d+)")
NAME = re.compile(r"[A-Za-z0-9_*@][A-Za-z0-9_.*-]*\Z")
KIND = re.compile(r"[A-Za-z0-9]+\Z")
TTL = re.compile(r"^\d+[smhdwSMHDW]?$")
ADDRESSES = ("A", "AAAA")


class Refused(Exception):
    """The change is not made; the sentence says why."""


def changed(text, zone, publish, retire, ttl):
    """The text with some records more and others less, and what was added and removed.

    `publish` and `retire` hold (name, kind, value). The serial number grows where anything changed.
    """
    for record in [*publish, *retire]:
        _refuse_more_than_a_record(*record)
    present = records(text, zone)
    wanted = [_key(*record, zone=zone) for record in publish]
    unwanted = {_key(*record, zone=zone) for record in retire} - set(wanted)
    added = [key for key in dict.fromkeys(wanted) if key not in set(present.values())]
    gone = {number: key for number, key in present.items() if key in unwanted}
    _keep_everybody_found({*present.values()}, {*present.values(), *added} - set(gone.values()))
    if not added and not gone:
        return text, [], []
    lines = text.splitlines()
    for number in gone:
        below = number + 1
        if below in present and below not in gone and lines[below][:1] in {" ", "\t"}:
            raise Refused(f"line {below}: a record below takes its name from this one")
    lines = [line for number, line in enumerate(lines) if number not in gone]
    local = any(LOCAL.match(line) for line in lines) or lines[:1] == ["server:"]
    lines += [_written(key, ttl, local) for key in added]
    return _counted("\n".join(lines) + "\n"), added, sorted(gone.values())


def _refuse_more_than_a_record(name, kind, value):
    """Refuse what would be another line, a directive or the end of a quoted text in the zone."""
    if not NAME.match(name) or not KIND.match(kind) or not value.isprintable() or '"' in value:
        raise Refused(f"{name!r} {kind!r} {value!r} is no record: names and kinds are words, values one line")


def records(text, zone):
    """The records that stand on one line, by the number of the line, from 0."""
    found, owner, origin, depth = {}, zone, zone, 0
    for number, raw in enumerate(text.splitlines()):
        local = LOCAL.match(raw)
        line = (local.group(1) if local else raw).split(";")[0]
        inside, depth = depth, depth + line.count("(") - line.count(")")
        words = line.split()
        if words[:1] == ["$ORIGIN"]:
            origin = words[1]
        if inside or depth or not words or words[0].startswith("$") or (words[0].endswith(":") and not local):
            owner = words[0] if words and depth and not inside and not line[0].isspace() else owner
            continue
        if not line[0].isspace():
            owner = words.pop(0)
        while words and (TTL.match(words[0]) or words[0].upper() == "IN"):
            words.pop(0)
        if len(words) > 1:
            found[number] = _key(owner, words[0], " ".join(words[1:]), zone=origin)
    return found


def _key(name, kind, value, zone):
    """A record as it is compared: names whole and small, addresses in their shortest form."""
    whole = zone if name == "@" else name if name.endswith(".") else _within(name, zone)
    kind = kind.upper()
    told = str(ipaddress.ip_address(value)) if kind in ADDRESSES else value
    return (whole.lower().rstrip(".") + ".", kind, told)


def _within(name, zone):
    zone = zone.rstrip(".")
    return name if name == zone or name.endswith("." + zone) else f"{name}.{zone}"


def _keep_everybody_found(before, after):
    """Refuse to leave a name without any address."""
    for name in sorted({name for name, kind, _value in before if kind in ADDRESSES}):
        if not any(other == name and kind in ADDRESSES for other, kind, _value in after):
            raise Refused(f"{name} would have no address left")


def _written(key, ttl, local):
    line = "{} {} IN {} {}".format(key[0], ttl, *key[1:])
    return f'    local-data: "{line}"' if local else line


def _counted(text):
    """The text with a serial number one higher (RFC 1982), where it has one."""
    return SERIAL.sub(lambda found: found.group(1) + str((int(found.group(2)) + 1) % 2**32), text, count=1)
