"""Writes what it is given to a file of the host, and answers with it."""

from __future__ import annotations

import json
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: take
short_description: Writes what it is given to a file, and answers with it
description: For tests.
options:
  path: {description: The file., type: path, required: true}
  given: {description: Anything., type: dict, required: true}
author: Tricenter
"""


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "given": {"type": "dict", "required": True},
        }
    )
    given = module.params["given"]
    Path(module.params["path"]).write_text(json.dumps(given))
    module.exit_json(changed=True, given=given)


if __name__ == "__main__":
    main()
