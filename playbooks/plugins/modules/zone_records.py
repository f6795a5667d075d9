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
short_description: Records of a zone that are there, and others that are not
description:
  - Changes a zone file, or a file of unbound's local data; the serial number grows when anything changed.
  - The rest of the file stays as it is written. What could not be kept ($INCLUDE, $GENERATE, signatures, a
    zone that the server changes itself) is refused, with its line.
  - A name never loses its last address.
  - The zone's folder may belong to the name server; no link in it is followed.
  - Keeps variables that take the change back, for C(ansible-playbook -e @FILE).
options:
  zone: {description: "The zone, with its last dot.", type: str, required: true}
  path: {description: Its file., type: path, required: true}
  publish: {description: "Records to have: name, kind, value.", type: list, elements: dict, default: []}
  retire: {description: "Records not to have: name, kind, value.", type: list, elements: dict, default: []}
  ttl: {description: Seconds for which new records may be kept by others., type: int, default: 300}
  back: {description: The file of variables that go back., type: path, required: true}
  seen:
    description: The SHA-256 of the text that was looked at before; another text by now is refused.
    type: str
    default: ""
  mode: {description: Permissions of the file in octal digits., type: str, default: "0644"}
  check: {description: As of service_file., type: list, elements: str, default: []}
  apply: {description: As of service_file., type: list, elements: str, default: []}
  look: {description: As of service_file., type: list, elements: str, default: []}
  patience: {description: As of service_file., type: float, default: 10}
author: Tricenter
"""

EXAMPLES = """
- name: Publish the new address
  zone_records:
    zone: office.example.
    path: /etc/unbound/zones/office.example
    publish: [{name: web-1, kind: AAAA, value: "2001:db8::1"}]
    back: /var/lib/tricenter/names/office.example.json
    apply: [unbound-control, auth_zone_reload, office.example]
"""

RETURN = """
needed: {description: "True where something is, or was, not as wanted.", type: bool, returned: always}
added: {description: The records that were missing., type: list, returned: always}
removed: {description: The records that were there., type: list, returned: always}
seen: {description: The SHA-256 of the text before., type: str, returned: always}
local: {description: True for local data of unbound., type: bool, returned: always}
"""


def main():
    """Run the module."""
    records = {"type": "list", "elements": "dict", "default": []}
    module = AnsibleModule(
        argument_spec=dict(
            taking_up.ARGUMENTS,
            zone={"type": "str", "required": True},
            publish=records,
            retire=records,
            ttl={"type": "int", "default": 300},
            back={"type": "path", "required": True},
            seen={"type": "str", "default": ""},
        ),
        supports_check_mode=True,
    )
    try:
        module.exit_json(**change(module.params, module.check_mode))
    except (taking_up.Refused, zone_text.Refused, OSError, ValueError, KeyError) as refusal:
        module.fail_json(msg="{}: {}".format(module.params["path"], refusal))


def change(given, check_mode):
    """Make the change, with what goes back kept first."""
    path, back = Path(given["path"]), Path(given["back"])
    publish, retire = (_keys(given[what]) for what in ("publish", "retire"))
    before = placing.read(path, guest=True)
    if not before:
        raise taking_up.Refused("there is no such zone file, or it is empty")
    seen = hashlib.sha256(before.encode(errors="surrogateescape")).hexdigest()
    if given["seen"] not in {"", seen}:
        raise taking_up.Refused("somebody changed the file meanwhile: run it again")
    if Path(f"{path}.jnl").exists():
        raise taking_up.Refused("the server changes this zone itself (a journal lies beside it): use updates")
    text, added, removed = zone_text.changed(before, given["zone"], publish, retire, given["ttl"])
    kept = placing.read(back)
    if (added or removed) and not check_mode:
        placing.place(back, json.dumps(going_back(added, removed, kept), indent=2) + "\n", 0o600)
    try:
        told = taking_up.give(path, text, dict(given, guest=True), check_mode)
    except taking_up.Refused:
        if not check_mode:
            placing.place(back, kept, 0o600)
        raise
    lines = ([" ".join(key) for key in keys] for keys in (added, removed))
    return dict(told, seen=seen, local=zone_text.is_local(before), **dict(zip(("added", "removed"), lines)))


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
