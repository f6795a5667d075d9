#!/usr/bin/python
"""Tells which addresses may be published: those at which every port of the name answers, asked from here."""

from __future__ import annotations

import asyncio

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

try:
    from cmp.network.measurement.naming import unready
    from cmp.network.measurement.reachability import Pair
    from cmp.probes import reach
except ImportError:
    reach = None

DOCUMENTATION = """
module: answering_names
short_description: Which IPv6 addresses may be published
description:
  - An AAAA record may be published once every port of its name answers at that address over IPv6, a new
    connection each (RFC 7381 section 4.4). Records of other kinds are not asked about.
  - Runs where Tricenter is installed, so delegate it to where clients are.
options:
  zones:
    description: "Zones, each with C(publish), its records: name, kind, value."
    type: list
    elements: dict
    required: true
  ports:
    description: Ports by name, as C(tcp/443), C(udp/7) for an echo service, C(dns/53).
    type: dict
    required: true
  timeout: {description: Seconds for one of two attempts., type: float, default: 1.0}
author: Tricenter
"""

EXAMPLES = """
- name: See which names may get their address
  answering_names:
    zones: [{zone: office.example, publish: [{name: web-1, kind: AAAA, value: "2001:db8::1"}]}]
    ports: {web-1: [tcp/443]}
  delegate_to: localhost
"""

RETURN = """
zones: {description: "The zones, with what may be published alone.", type: list, returned: always}
held_back: {description: "Sentences: which ones may not, and why.", type: list, returned: always}
"""


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "zones": {"type": "list", "elements": "dict", "required": True},
            "ports": {"type": "dict", "required": True},
            "timeout": {"type": "float", "default": 1.0},
        },
        supports_check_mode=True,
    )
    if reach is None:
        module.fail_json(msg=missing_required_lib("tricenter"))
    given = module.params
    try:
        zones, held_back = narrowed(given["zones"], given["ports"], given["timeout"])
    except (KeyError, TypeError, ValueError) as problem:
        module.fail_json(msg=f"a record or a port cannot be read: {problem}")
    module.exit_json(changed=False, zones=zones, held_back=held_back)


def narrowed(zones, ports, timeout):
    """The zones with those records alone that may be published, and sentences about the others."""
    left, sentences = [], []
    for zone in zones:
        ready, held_back = sorted_out(zone.get("publish", []), ports, timeout)
        left.append(dict(zone, publish=ready))
        sentences += held_back
    return left, sentences


def sorted_out(records, ports, timeout):
    """Records that may be published, and sentences about those that may not."""
    wanted = [each for each in records if each["kind"].upper() == "AAAA"]
    named = {name: [_port(port) for port in given] for name, given in ports.items()}
    matrix = asked(wanted, named, timeout)
    held_back, silent = [], []
    for each in wanted:
        own = named.get(each["name"], [])
        left = unready([each["value"]], own, ["here"], matrix)
        if left or not own:
            silent.append(each)
            why = ", ".join(f"{pair.protocol}/{pair.port}" for pair in left)
            why = "does not answer on " + why if own else "has no ports named that could answer"
            held_back.append("{} {} {}".format(each["name"], each["value"], why))
    return [each for each in records if each not in silent], held_back


def asked(records, named, timeout):
    """Which pairs answer, each over a fresh socket from here."""
    pairs = [
        Pair("here", each["value"], 6, protocol, port)
        for each in records
        for protocol, port in named.get(each["name"], [])
    ]
    ways = [reach.TriedWay(pair.target, 6, pair.protocol, pair.port) for pair in pairs]
    found = asyncio.run(reach.answers(ways, timeout, 2, 64))
    return {pair: answer.answered for pair, answer in zip(pairs, found)}


def _port(text):
    protocol, _, number = text.partition("/")
    if protocol not in {"tcp", "udp", "dns"}:
        raise ValueError(f"{text}: a port is tcp/N, udp/N (an echo service) or dns/N")
    return protocol, int(number)


if __name__ == "__main__":
    main()
