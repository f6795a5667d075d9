"""Adds records to a zone's data and takes others out, in a zone file (RFC 1035) or as unbound's local data.

All that is not asked for stays as it is written. Runs with Python >= 3.8 alone.
"""

from __future__ import annotations

import itertools
import re

try:
    from ansible.module_utils.zone_reading import (
        ADDRESSES,
        NAMED,
        Refused,
        entries,
        labels,
        value_of,
        written,
    )
except ImportError:  # beside this file, where nothing of Ansible is
    from zone_reading import ADDRESSES, NAMED, Refused, entries, labels, value_of, written

__all__ = ["Refused", "changed", "is_local", "records"]

LOCAL = re.compile(r'^\s*local-data:\s*"(.*)"\s*$')
NAME = re.compile(r"[A-Za-z0-9_*@][A-Za-z0-9_.*/-]*\Z")
KIND = re.compile(r"[A-Za-z0-9]+\Z")
SERIALS = 2**32


def changed(text, zone, publish, retire, ttl):
    """The text with some records more and others less, and what was added and removed.

    `publish` and `retire` hold (name, kind, value). The serial number goes up (RFC 1982).

    Raises:
        Refused: a record is none or cannot stand there, or the file holds what could not be kept.
    """
    for record in [*publish, *retire]:
        _refuse_more_than_a_record(*record)
    present = _present(text, zone)
    wanted = [_key(*record, zone=zone) for record in publish]
    unwanted = {_key(*record, zone=zone) for record in retire} - set(wanted)
    before = [entry.key for entry in present]
    added = [key for key in dict.fromkeys(wanted) if key not in set(before)]
    gone = [entry for entry in present if entry.key in unwanted]
    removed = {entry.key for entry in gone}
    if not added and not gone:
        return text, [], []
    after = ({*before} | {*added}) - removed
    _keep_everybody_found({*before}, after)
    _refuse_where_it_cannot_stand(added, {*before}, after, zone)
    if is_local(text):
        return _local_changed(text, gone, added, ttl), added, sorted(removed)
    return _zone_changed(text, present, gone, added, ttl), added, sorted(removed)


def records(text, zone):
    """All records of a zone's data as (name, kind, value): names whole, addresses in their shortest form.

    Raises:
        Refused: a line cannot be read.
    """
    return [entry.key for entry in _present(text, zone)]


def _refuse_more_than_a_record(name, kind, value):
    """Refuse what would be another line, a directive or the end of a quoted text in the zone."""
    parts = set("();") & set(value)
    if not NAME.match(name) or not KIND.match(kind) or not value.isprintable() or '"' in value or parts:
        told = f"{name!r} {kind!r} {value!r}"
        raise Refused(f"{told} is no record: names and kinds are words, values one line")


def _key(name, kind, value, zone):
    """A record as it is compared; a name that ends with the zone's is whole, with or without its last dot."""
    apex = labels(zone, ())
    owner = _within(name, apex)
    if owner[len(owner) - len(apex) :] != apex:
        raise Refused(f"{name} does not lie in {written(apex)}")
    kind = kind.upper()
    if kind in NAMED:
        return (written(owner), kind, written(_within(value, apex)))
    try:
        return (written(owner), kind, value_of(kind, value.split(), apex))
    except ValueError as error:
        raise Refused(f"{name} {kind}: {error}") from error


def _within(name, apex):
    alone = labels(name, ()) if name != "@" else apex
    return alone if name.endswith(".") or alone[-len(apex) :] == apex else (*alone, *apex)


def _present(text, zone):
    """The records of a zone file, or of the lines of unbound's local data, by their lines."""
    if not is_local(text):
        return entries(text, zone)
    found = []
    for number, line in enumerate(text.split("\n")):
        local = LOCAL.match(line)
        for entry in entries(local.group(1), zone) if local else ():
            entry.first = entry.last = number
            found.append(entry)
    return found


def is_local(text):
    """True for a file of unbound's local data, which is no zone file."""
    lines = text.split("\n")
    return lines[0].strip() == "server:" or any(LOCAL.match(line) for line in lines)


def _keep_everybody_found(before, after):
    """Refuse to leave a name without any address."""
    for name in sorted({name for name, kind, _value in before if kind in ADDRESSES}):
        if not any(other == name and kind in ADDRESSES for other, kind, _value in after):
            raise Refused(f"{name} would have no address left")


def _refuse_where_it_cannot_stand(added, before, after, zone):
    """Refuse what servers would not load, would never tell, or what would cover a wildcard's answer."""
    apex = labels(zone, ())
    for name, kind, _value in added:
        kinds = [other for owner, other, _value in after if owner == name]
        if "CNAME" in kinds and len(kinds) > 1:
            raise Refused(f"{name} is another name for something else (CNAME): no {kind} can stand beside it")
        owner = labels(name, ())
        above = [owner[step:] for step in range(1, len(owner) - len(apex))]
        for parent in above:
            if any(other == written(parent) and cut in {"NS", "DNAME"} for other, cut, _value in before):
                raise Refused(f"{name} lies below {written(parent)}, which this zone leaves to others")
        own = any(other == name or other.endswith("." + name) for other, _kind, _value in before)
        star = next((each for each in _stars(owner, apex, before)), None)
        if star and not own and kind in ADDRESSES:
            raise Refused(f"{name} has no record of its own: {star} answers for it, and would no more")


def _stars(owner, apex, before):
    """The wildcard that answers for a name without records, if there is one (RFC 4592 section 3.3)."""
    owners = {name for name, _kind, _value in before}
    for step in range(1, len(owner) - len(apex) + 1):
        parent = written(owner[step:])
        if "*." + parent in owners:
            yield "*." + parent
        if any(name == parent or name.endswith("." + parent) for name in owners):
            return


def _local_changed(text, gone, added, ttl):
    left = {entry.first for entry in gone}
    lines = [line for number, line in enumerate(text.rstrip("\n").split("\n")) if number not in left]
    lines += [f'    local-data: "{_line(key, ttl)}"' for key in added]
    return "\n".join(lines) + "\n"


def _line(key, ttl):
    return "{} {} IN {} {}".format(key[0], ttl, *key[1:])


def _zone_changed(text, present, gone, added, ttl):
    """The zone file: whole lines go, new ones come last, and the serial number is put where it stands."""
    edits = [_serial(present)]
    lines = text.split("\n")
    starts = [0, *itertools.accumulate(len(line) + 1 for line in lines)]
    edits += [(starts[entry.first], min(starts[entry.last + 1], len(text)), "") for entry in gone]
    edits += _told_again(present, gone, starts)
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    end = "\r\n" if "\r\n" in text else "\n"
    if text and not text.endswith("\n"):
        text += end
    return text + "".join(_line(key, ttl) + end for key in added)


def _serial(present):
    """The edit that makes the serial number the next one (RFC 1982); BIND never takes 0."""
    starts = [entry for entry in present if entry.key[1] == "SOA"]
    if len(starts) != 1 or len(starts[0].data) != 7:  # noqa: PLR2004 - RFC 1035 section 3.3.13
        raise Refused("a zone file has one SOA record of seven values, and this one has not")
    word = starts[0].data[2]
    if not word.text.isdigit() or int(word.text) >= SERIALS:
        raise Refused(f"the serial number {word.text!r} is no number of 32 bits")
    told = str((int(word.text) + 1) % SERIALS or 1)
    return word.start, word.end, told.zfill(len(word.text))


def _told_again(present, gone, starts):
    """Edits that tell name and lifetime where the record goes that told them for those below."""
    left, owner, lifetime, edits = {id(entry) for entry in gone}, None, False, []
    for entry in present:
        if id(entry) in left:
            owner = entry.key[0] if not entry.blank or owner else None
            lifetime = lifetime or entry.stated is not None
            continue
        if entry.blank and owner:
            edits.append((starts[entry.first], starts[entry.first], owner))
        if lifetime and entry.inherits:
            first = entry.words[0 if entry.blank else 1].start
            edits.append((first, first, f"{entry.kept} "))
        owner, lifetime = None, lifetime and entry.stated is None and not entry.inherits
    return edits
