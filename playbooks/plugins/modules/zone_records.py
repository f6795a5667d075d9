#!/usr/bin/python
"""Publishes records in a zone's data and retires others, and keeps what goes back."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from ansible.module_utils import placing, taking_up, zone_text
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: zone_records
short_description: Records of zones that are there, and others that are not
description:
  - Changes zone files, or files of unbound's local data; the serial number of each that changed grows.
  - Every zone is read and its change made out before the first one is written.
  - The rest of the file stays as it is written. What could not be kept ($INCLUDE, $GENERATE, signatures, a
    zone that the server changes itself) is refused, with its line.
  - A name never loses its last address.
  - The zone's folder may belong to the name server; no link in it is followed.
  - Keeps variables that take the change back, for C(ansible-playbook -e @FILE).
options:
  zones:
    description: The zones of one name server, in the order in which they change.
    type: list
    elements: dict
    required: true
    suboptions:
      zone: {description: The zone., type: str, required: true}
      path: {description: Its file., type: path, required: true}
      publish: {description: "Records to have: name, kind, value.", type: list, elements: dict, default: []}
      retire: {description: "Records not to have: the same.", type: list, elements: dict, default: []}
  ttl: {description: Seconds for which new records may be kept by others., type: int, default: 300}
  back: {description: "The folder of what goes back, a file ZONE.json each.", type: path, required: true}
  seen:
    description: The SHA-256 of the texts that were looked at before, by path; another text by now is refused.
    type: dict
    default: {}
  mode: {description: Permissions of the file in octal digits., type: str, default: "0644"}
  check: {description: As of service_file., type: list, elements: str, default: []}
  apply:
    description: As of service_file, once for each zone; C(@zone) stands for its name.
    type: list
    elements: str
    default: []
  look: {description: As of service_file., type: list, elements: str, default: []}
  patience: {description: As of service_file., type: float, default: 10}
author: Tricenter
"""

EXAMPLES = """
- name: Publish the new address
  zone_records:
    zones:
      - zone: office.example.
        path: /etc/unbound/zones/office.example
        publish: [{name: web-1, kind: AAAA, value: "2001:db8::1"}]
    back: /var/lib/tricenter/names
    apply: [unbound-control, auth_zone_reload, "@zone"]
"""

RETURN = """
needed: {description: "True where something is, or was, not as wanted.", type: bool, returned: always}
seen: {description: "The SHA-256 of each text before, by path.", type: dict, returned: always}
edits:
  description: >-
    Of each zone its name, its text before and after, whether that is local data of unbound, and the records
    that were missing (added) and that were there (removed).
  type: list
  returned: always
"""


def main():
    """Run the module."""
    records = {"type": "list", "elements": "dict", "default": []}
    zone = {
        "zone": {"type": "str", "required": True},
        "path": {"type": "path", "required": True},
        "publish": records,
        "retire": records,
    }
    common = {name: spec for name, spec in taking_up.ARGUMENTS.items() if name != "path"}
    module = AnsibleModule(
        argument_spec=dict(
            common,
            zones={"type": "list", "elements": "dict", "required": True, "options": zone},
            ttl={"type": "int", "default": 300},
            back={"type": "path", "required": True},
            seen={"type": "dict", "default": {}},
        ),
        supports_check_mode=True,
    )
    try:
        module.exit_json(**change(module.params, module.check_mode))
    except Wrong as refusal:
        module.fail_json(msg=str(refusal))


class Wrong(Exception):
    """A zone cannot be changed; the sentence names its file and what has changed already."""


def change(given, check_mode):
    """Make the changes of all zones, with what goes back kept first. Raises Wrong."""
    asked = [_asked(zone, given) for zone in given["zones"]]
    edits = [_edit_of(one) for one in asked]
    told = []
    for one, edit in zip(asked, edits):
        told.append(_given(one, edit, check_mode, told))
    return {
        "needed": any(each["needed"] for each in told),
        "changed": any(each["changed"] for each in told),
        "seen": {one["path"]: edit["seen"] for one, edit in zip(asked, edits)},
        "edits": [{key: edit[key] for key in _TOLD} for edit in edits],
        "diff": [dict(each["diff"], before_header=one["path"]) for one, each in zip(asked, told)],
    }


REFUSALS = (taking_up.Refused, zone_text.Refused, OSError, ValueError, KeyError)
_TOLD = ("zone", "before", "after", "local", "added", "removed")


def _asked(zone, given):
    """What one zone is asked to be, with what holds for all."""
    apply = [word.replace("@zone", zone["zone"]) for word in given["apply"]]
    back = "{}/{}.json".format(given["back"], zone["zone"])
    return dict(given, **dict(zone, apply=apply, back=back, guest=True))


def _edit_of(one):
    """The edit of one zone. Raises Wrong."""
    try:
        return edit_of(one)
    except REFUSALS as refusal:
        raise Wrong("{}: {}".format(one["path"], refusal)) from refusal


def _given(one, edit, check_mode, done):
    """One zone written, after others. Raises Wrong."""
    try:
        return _give(one, edit, check_mode)
    except REFUSALS as refusal:
        changed = [each["zone"] for each in done if each["changed"]]
        before = " (changed before it: {})".format(", ".join(changed)) if changed else ""
        raise Wrong("{}: {}{}".format(one["path"], refusal, before)) from refusal


def edit_of(one):
    """The text of a zone as it is and as it is to be, and the records by which these differ."""
    before = placing.read(Path(one["path"]), guest=True)
    if not before:
        raise taking_up.Refused("there is no such zone file, or it is empty")
    seen = hashlib.sha256(before.encode(errors="surrogateescape")).hexdigest()
    if one["seen"].get(one["path"], seen) != seen:
        raise taking_up.Refused("somebody changed the file meanwhile: run it again")
    if Path("{}.jnl".format(one["path"])).exists():
        raise taking_up.Refused("the server changes this zone itself (a journal lies beside it): use updates")
    publish, retire = (_keys(one[what]) for what in ("publish", "retire"))
    after, added, removed = zone_text.changed(before, one["zone"], publish, retire, one["ttl"])
    told = {"added": [" ".join(key) for key in added], "removed": [" ".join(key) for key in removed]}
    local = zone_text.is_local(before)
    return dict(
        told, zone=one["zone"], before=before, after=after, seen=seen, local=local, keys=(added, removed)
    )


def _give(one, edit, check_mode):
    """Write one zone and have it taken up; what goes back is kept first, and forgotten where that fails."""
    back, (added, removed) = Path(one["back"]), edit["keys"]
    kept = placing.read(back)
    if (added or removed) and not check_mode:
        placing.place(back, json.dumps(going_back(added, removed, kept), indent=2) + "\n", 0o600)
    try:
        told = taking_up.give(Path(one["path"]), edit["after"], one, check_mode)
    except taking_up.Refused:
        if not check_mode:
            placing.place(back, kept, 0o600)
        raise
    return dict(told, zone=edit["zone"])


def going_back(added, removed, kept):
    """Variables of the role `names` that undo this change and the kept ones before it."""
    earlier = json.loads(kept) if kept else {"names_publish": [], "names_retire": []}
    publish = [each for each in earlier["names_publish"] if _key(each) not in added]
    retire = [each for each in earlier["names_retire"] if _key(each) not in removed]
    return {
        "names_publish": publish + [_record(key) for key in removed if _record(key) not in publish],
        "names_retire": retire + [_record(key) for key in added if _record(key) not in retire],
    }


def _record(key):
    return {"name": key[0], "kind": key[1], "value": key[2]}


def _keys(records):
    return [_key(each) for each in records]


def _key(record):
    return (record["name"], record["kind"], record["value"])


if __name__ == "__main__":
    main()
