#!/usr/bin/python
"""Adds lines to a running FRR, or takes what was added away again; never reloads it."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import tempfile
from pathlib import Path

from ansible.module_utils import frr_text, placing
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: router_lines
short_description: Lines that a running FRR is to have, added without a reload
description:
  - Has C(vtysh -C -f) read the text first; adds only the lines that are missing, by C(vtysh -f); compares the
    running configuration before and after, and keeps the text that takes the difference away again.
  - A text that would remove or change a line that is there is refused, and nothing of it stays.
  - Blocks are told by their indentation, as FRR writes them.
options:
  name: {description: What the lines are called; names their files., required: true, type: str}
  text: {description: The lines., type: str, default: ""}
  state: {description: Whether they are to be there., choices: [present, absent], default: present, type: str}
  folder:
    description: Where texts and their inverses are kept.
    type: path
    default: /var/lib/tricenter/routers
  lasting: {description: Also keep them for the next start of FRR., type: bool, default: true}
author: Tricenter
"""

EXAMPLES = """
- name: Lead the new prefix to its edge
  router_lines:
    name: new-prefix
    text: |
      interface lan
       ip ospf area 0
       ipv6 ospf6 area 0
      exit
"""

RETURN = """
needed: {description: "True where lines are, or were, not as wanted.", type: bool, returned: always}
added: {description: "The lines that were missing, without secrets.", type: list, returned: always}
inverse: {description: The file with the text that takes them away again., type: str, returned: always}
"""


class Refused(Exception):
    """FRR, or the rule of adding only, does not take a text; the sentence says why."""


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "text": {"type": "str", "default": ""},
            "state": {"choices": ["present", "absent"], "default": "present"},
            "folder": {"type": "path", "default": "/var/lib/tricenter/routers"},
            "lasting": {"type": "bool", "default": True},
        },
        required_if=[("state", "present", ["text"])],
        supports_check_mode=True,
    )
    given = dict(module.params)
    module.params["text"] = frr_text.hidden(given["text"])  # what is told of the call shows it
    text_file = Path(given["folder"]) / "{}.conf".format(given["name"])
    back_file = text_file.with_suffix(".back.conf")
    act = add if given["state"] == "present" else remove
    try:
        told = act(given, text_file, back_file, module.check_mode)
    except (Refused, placing.InTheWay) as refusal:
        module.fail_json(msg="{}: {}".format(given["name"], refusal))
    for line in told.pop("unseen", []):
        module.warn(f"FRR took `{line}` and shows it otherwise, or not at all")
    module.exit_json(inverse=str(back_file), needed=told["changed"], **told)


def add(given, text_file, back_file, check_mode):
    """Add what is missing; keeps the inverse before anything changes."""
    dry_run(given["text"])
    before, wanted = frr_text.paths(running()), frr_text.paths(given["text"])
    removals = frr_text.takes_away(wanted, before)
    if removals:
        raise Refused("lines are only added here: {}".format("; ".join(frr_text.said(removals))))
    otherwise_file = text_file.with_suffix(".otherwise.json")
    otherwise = shown_otherwise(given["text"], text_file, otherwise_file)
    missing = [path for path in frr_text.lacking(wanted, before) if path not in otherwise]
    told = {
        "added": frr_text.said(missing),
        "diff": {"before": "", "after": frr_text.hidden(frr_text.written(missing))},
    }
    unsaved = given["lasting"] and is_unsaved(wanted, before)
    if check_mode or not missing:
        if unsaved and not check_mode:
            save()
        return dict(told, changed=bool(missing or unsaved))
    earlier = placing.read(back_file)
    placing.place(back_file, frr_text.inverse(before, before + missing) + earlier, 0o600)
    try:
        after = change(frr_text.written(missing), before)
    except Refused:
        placing.place(back_file, earlier, 0o600)
        raise
    placing.place(back_file, frr_text.inverse(before, after) + earlier, 0o600)
    placing.place(text_file, given["text"], 0o600)
    unseen = frr_text.lacking(wanted, after)
    placing.place(otherwise_file, json.dumps(unseen) + "\n", 0o600)
    if given["lasting"]:
        save()
    return dict(told, changed=after != before, unseen=frr_text.said(unseen))


def shown_otherwise(text, text_file, otherwise_file):
    """The lines of this same text that FRR took and shows otherwise, or not at all: defaults."""
    otherwise = placing.read(otherwise_file)
    if placing.read(text_file) != text or not otherwise:
        return set()
    return {tuple(path) for path in json.loads(otherwise)}


def remove(given, text_file, back_file, check_mode):
    """Take away what was added under this name, as far as it is still there."""
    inverse = placing.read(back_file)
    if not inverse:
        return {"changed": False, "added": []}
    dry_run(inverse)
    if not check_mode:
        enter(inverse)
        if given["lasting"]:
            save()
        for file in (text_file, text_file.with_suffix(".otherwise.json"), back_file):
            placing.place(file, "", 0o600)
    return {"changed": True, "added": []}


def change(text, before):
    """Enter a text and return the configuration that results; what is no addition is taken back at once."""
    complaint = enter(text)
    after = frr_text.paths(running())
    replaced = frr_text.lacking(before, after)
    if complaint or replaced:
        enter(frr_text.inverse(before, after))
        raise Refused(complaint or "it would replace {}".format(", ".join(frr_text.said(replaced))))
    return after


def dry_run(text):
    """Have vtysh read a text without telling any daemon."""
    with _file_of(text) as name:
        done = _run("vtysh", "-C", "-f", name)
    if done.returncode:
        raise Refused(f"vtysh does not take the text: {_said(done)}")


def enter(text):
    """Have the daemons take a text; returns what they complain of."""
    with _file_of(text) as name:
        done = _run("vtysh", "-f", name)
    complaints = [line for line in _said(done).splitlines() if re.search(r"(^|: )% ", line)]
    return "; ".join(complaints) or (_said(done) if done.returncode else "")


def running():
    """The running configuration."""
    done = _run("vtysh", "-c", "show running-config")
    if done.returncode:
        raise Refused(f"FRR does not answer: {_said(done)}")
    return done.stdout


def is_unsaved(wanted, present):
    """True where a line runs that the next start of FRR would not know."""
    saved = frr_text.paths(placing.read(Path("/etc/frr/frr.conf"), guest=True))
    return bool(frr_text.lacking([path for path in wanted if path in set(present)], saved))


def save():
    """Keep the running configuration for the next start."""
    done = _run("vtysh", "-c", "write memory")
    if done.returncode or "[OK]" not in done.stdout:
        raise Refused(f"it runs, but is not kept for the next start: {_said(done)}")


@contextlib.contextmanager
def _file_of(text):
    """The name of a file with a text, of root's own, that goes away after the block."""
    with tempfile.NamedTemporaryFile("w", prefix="tricenter-", suffix=".conf") as file:
        file.write(text)
        file.flush()
        yield file.name


def _run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _said(done):
    """What a program said, without the secrets of the lines that it repeats."""
    return frr_text.hidden("\n".join(part.strip() for part in (done.stdout, done.stderr) if part.strip()))


if __name__ == "__main__":
    main()
