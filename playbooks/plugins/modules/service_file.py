#!/usr/bin/python
"""Gives a service its file: checked before it is written, taken up at once, put back if that fails."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils import placing, taking_up
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


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec=dict(taking_up.ARGUMENTS, text={"type": "str", "required": True}),
        supports_check_mode=True,
    )
    given = module.params
    try:
        told = taking_up.give(Path(given["path"]), given["text"], given, module.check_mode)
    except (taking_up.Refused, placing.InTheWay) as refusal:
        module.fail_json(msg="{}: {}".format(given["path"], refusal), needed=True)
    module.exit_json(**told)


if __name__ == "__main__":
    main()
