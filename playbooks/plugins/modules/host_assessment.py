#!/usr/bin/python
"""Looks at a host before it moves, in one task, and changes nothing."""

from __future__ import annotations

from ansible.module_utils import assessing
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: host_assessment
short_description: Facts that the move of a host's network has to know
description:
  - Interfaces, addresses, routes of all tables, rules, neighbours, listeners, sessions, names, filters, and
    where addresses of given prefixes are written in files. Changes nothing.
options:
  prefixes: {description: Prefixes to look for in files., type: list, elements: str, default: []}
author: Tricenter
"""

EXAMPLES = """
- name: Look at the host
  host_assessment:
    prefixes: [192.0.2.0/24]
"""

RETURN = """
assessment: {description: The facts., type: dict, returned: always}
"""


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={"prefixes": {"type": "list", "elements": "str", "default": []}},
        supports_check_mode=True,
    )
    module.exit_json(changed=False, assessment=assessing.assess(module.params["prefixes"]))


if __name__ == "__main__":
    main()
