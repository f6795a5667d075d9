#!/usr/bin/python
"""Gives a service its file: checked before it is written, taken up at once, put back if that fails."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import time
from pathlib import Path

from ansible.module_utils import applying
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: service_file
short_description: A file of a service, checked, written and taken up in one go
description:
  - The service's own program checks the text before anything is written, also in check mode.
  - Where the service does not take the file up, the file is as it was before and the service has that.
  - Remembers which text was taken up last, so that a run that was cut off in between is made good.
options:
  path: {description: The file., type: path, required: true}
  text: {description: All of it., type: str, required: true}
  mode: {description: Its permissions in octal digits., type: str, default: "0644"}
  check:
    description: A command that refuses a wrong text; C(@path) in it stands for the file that is tried.
    type: list
    elements: str
    default: []
  apply:
    description: A command that has the service take the file up.
    type: list
    elements: str
    default: []
  look:
    description: A command that ends well only while what the file says is in force.
    type: list
    elements: str
    default: []
  patience: {description: Seconds until C(look) has to end well., type: float, default: 10}
author: Tricenter
"""

EXAMPLES = """
- name: Filter what crosses the edge
  service_file:
    path: /etc/nftables.d/edge.nft
    text: "{{ policy }}"
    check: [nft, -c, -f, "@path"]
    apply: [nft, -f, "@path"]
    look: [nft, list, table, inet, edge]
"""

RETURN = """
needed: {description: "True where something is, or was, not as wanted.", type: bool, returned: always}
"""

TAKEN_UP = Path("/var/lib/tricenter/services")


class Refused(Exception):
    """The text is wrong, or the service does not take it up; the sentence says what was said."""


def main():
    """Run the module."""
    command = {"type": "list", "elements": "str", "default": []}
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "text": {"type": "str", "required": True},
            "mode": {"type": "str", "default": "0644"},
            "check": command,
            "apply": command,
            "look": command,
            "patience": {"type": "float", "default": 10.0},
        },
        supports_check_mode=True,
    )
    given = module.params
    path = Path(given["path"])
    before = path.read_text() if path.exists() else ""
    needed = before != given["text"] or not is_taken_up(path, given)
    told = {"needed": needed, "changed": needed, "diff": {"before": before, "after": given["text"]}}
    try:
        if needed:
            check(path, given)
        if needed and not module.check_mode:
            take_up(path, before, given)
    except Refused as refusal:
        module.fail_json(msg=f"{path}: {refusal}", needed=needed)
    module.exit_json(**told)


def is_taken_up(path, given):
    """True where the service has this text, as far as anybody knows, and it is in force."""
    mark = _mark(path)
    if given["apply"] and (not mark.exists() or mark.read_text() != _digest(given["text"])):
        return False
    return not given["look"] or not _complaint(given["look"], path)


def check(path, given):
    """Have the service's program read the text before anything is written."""
    if not given["check"]:
        return
    with tempfile.NamedTemporaryFile("w", prefix="tricenter-", suffix=path.suffix) as file:
        file.write(given["text"])
        file.flush()
        complaint = _complaint(given["check"], file.name)
    if complaint:
        raise Refused(f"refused, nothing changed: {complaint}")


def take_up(path, before, given):
    """Write the file and have it taken up; else it is as before, and so is the service."""
    mode = int(given["mode"], 8)
    applying.place(path, given["text"], mode)
    os.chmod(path, mode)
    complaint = _applied(path, given)
    if complaint:
        applying.place(path, before, mode)
        if before:
            _complaint(given["apply"], path)
        raise Refused(f"not taken up, the file is as it was: {complaint}")
    applying.place(_mark(path), _digest(given["text"]), 0o644)


def _applied(path, given):
    """Apply and wait until it is in force; returns what is wrong."""
    complaint = _complaint(given["apply"], path)
    end = time.monotonic() + given["patience"]
    while not complaint:
        complaint = _complaint(given["look"], path)
        if not complaint or time.monotonic() > end:
            return complaint
        complaint = ""
        time.sleep(0.1)
    return complaint


def _complaint(command, path):
    """What a command says when it ends badly; nothing where it ends well, or there is none."""
    words = [word.replace("@path", str(path)) for word in command]
    if not words:
        return ""
    with tempfile.TemporaryFile("w+") as heard:
        # a service that stays keeps what it was given: a pipe would never end
        try:
            code = subprocess.call(words, stdin=subprocess.DEVNULL, stdout=heard, stderr=heard)
        except OSError as error:
            return str(error)
        heard.seek(0)
        said = " ".join(heard.read().split())
    return "" if not code else said or f"{words[0]} ended with {code}"


def _mark(path):
    return TAKEN_UP / str(path).strip("/").replace("/", "_")


def _digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


if __name__ == "__main__":
    main()
