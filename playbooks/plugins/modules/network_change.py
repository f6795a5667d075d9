#!/usr/bin/python
"""Makes one armed change of a host's network, confirms it, takes it back, or tells where it stands."""

from __future__ import annotations

import sys

from ansible.module_utils import (
    applying,
    deadman,
    floating,
    forgetting,
    held_addresses,
    ifupdown_text,
    installing,
    keyfile_text,
    netplan_text,
    network_state,
    networkd_text,
    placing,
    reaching,
    resolving,
)
from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: network_change
short_description: Changes the network of a host so that it goes back by itself unless confirmed
description:
  - C(switch) arms a timer on the host and makes the change; C(confirm) keeps it, after the host has reached
    every witness from each of its addresses; C(fire) takes it back at once; C(look) tells where it stands.
  - Runs again with the same token without changing anything.
options:
  action: {description: What to do., choices: [switch, confirm, fire, look], required: true, type: str}
  token: {description: Names one change of one host., required: true, type: str, no_log: false}
  name: {description: What the change is called in messages., type: str, default: change}
  seconds: {description: How long the host waits for its confirmation., type: float, default: 60}
  transaction: {description: "What to change: sysctls, commands, nft, files.", type: dict}
  reach:
    description: Pairs of source and target address that must answer before the change is confirmed.
    type: list
    elements: dict
    default: []
author: Tricenter
"""

EXAMPLES = """
- name: Take the new addresses beside the old ones
  network_change:
    action: switch
    token: "{{ extranet_tokens[inventory_hostname] }}"
    seconds: 60
    transaction: "{{ extranet_transaction }}"
"""

RETURN = """
state: {description: "armed, confirmed, reverted, or unknown.", type: str, returned: always}
unreached: {description: The pairs that did not answer., type: list, returned: action is confirm}
"""


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "action": {"choices": ["switch", "confirm", "fire", "look"], "required": True},
            "token": {"type": "str", "required": True, "no_log": False},
            "name": {"type": "str", "default": "change"},
            "seconds": {"type": "float", "default": 60.0},
            "transaction": {"type": "dict"},
            "reach": {"type": "list", "elements": "dict", "default": []},
        },
        required_if=[("action", "switch", ["transaction"])],
    )
    given = module.params
    try:
        told = ACTIONS[given["action"]](module, given)
    except deadman.Refusal as refusal:
        module.fail_json(msg=str(refusal), state=refusal.state, token=given["token"])
    except (applying.Failed, resolving.Unresolved, forgetting.Kept) as failure:
        module.fail_json(msg=str(failure), state="untouched", token=given["token"])
    except placing.InTheWay as problem:
        known = deadman.look(given["token"]) or {"state": "untouched"}
        module.fail_json(msg=str(problem), state=known["state"], token=given["token"])
    module.exit_json(**told)


def switch(module, given):
    """Install the program if it is new, arm the timer and make the change."""
    known = deadman.look(given["token"])
    if not known:
        installing.install(sources())
        known = None
    told = deadman.switch(given["token"], given["name"], given["seconds"], given["transaction"])
    if told["state"] == "reverted":
        module.fail_json(msg="the change was taken back: {}".format(told.get("why")), **told)
    return dict(told, changed=known is None)


def confirm(module, given):
    """Confirm once every pair answers; where one does not, the host goes back when its time is up."""
    before = deadman.look(given["token"])
    unreached = reaching.unreached(given["reach"])
    if unreached:
        module.fail_json(
            msg="not confirmed: {}".format("; ".join(unreached)), unreached=unreached, **(before or {})
        )
    told = deadman.confirm(given["token"])
    return dict(told, unreached=[], changed=not before or before["state"] != "confirmed")


def fire(module, given):
    """Take the change back now."""
    told = deadman.fire(given["token"], "asked for") or {"state": "unknown"}
    if told.get("exact") is False:
        differences = "; ".join(told.get("differences", [])[:5])
        module.fail_json(msg=f"the way back is not whole: {differences}", **told)
    return dict(told, changed=told["state"] == "reverted")


def look(_module, given):
    """Tell where the change stands."""
    return dict(deadman.look(given["token"]) or {"state": "unknown"}, changed=False)


def sources():
    """The text of the parts that stay on the host, by file name."""
    parts = (
        deadman,
        installing,
        applying,
        resolving,
        forgetting,
        network_state,
        held_addresses,
        floating,
        placing,
        *TEXTS,
    )
    return {
        "{}.py".format(part.__name__.rsplit(".", 1)[-1]): part.__loader__.get_source(part.__name__)
        for part in parts
    }


TEXTS = (ifupdown_text, keyfile_text, netplan_text, networkd_text)
ACTIONS = {"switch": switch, "confirm": confirm, "fire": fire, "look": look}

if __name__ == "__main__":
    main()
    sys.exit(0)
