#!/usr/bin/python
"""Reads a zone file before and after an edit with dnspython: exactly what was asked for has to change."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

try:
    import dns.exception
    import dns.rdata
    import dns.rdataclass
    import dns.rdatatype
    import dns.zone
except ImportError:
    dns = None

DOCUMENTATION = """
module: zone_proof
short_description: A second reader's word on an edited zone file
description:
  - The file is edited by C(zone_records), whose reader needs nothing but Python. Before anything is written,
    this module reads both texts with dnspython and compares them, record by record.
  - Changes nothing. Runs where Tricenter is installed, so delegate it there.
options:
  edits: {description: What C(zone_records) tells of each zone., type: list, elements: dict, required: true}
author: Tricenter
"""

EXAMPLES = """
- name: Have a second reader look at the edit
  zone_proof:
    edits: "{{ seen.edits }}"
  delegate_to: localhost
"""

RETURN = """
zones: {description: How many zones were read., type: int, returned: success}
"""


def main():
    """Run the module."""
    module = AnsibleModule(
        argument_spec={"edits": {"type": "list", "elements": "dict", "required": True}},
        supports_check_mode=True,
    )
    if dns is None:
        module.fail_json(msg=missing_required_lib("dnspython"))
    edited = [
        each for each in module.params["edits"] if not each["local"] and each["before"] != each["after"]
    ]
    for each in edited:
        wrong = difference(*(each[name] for name in ("zone", "before", "after", "added", "removed")))
        if wrong:
            module.fail_json(msg="nothing was changed, {}: {}".format(each["zone"], wrong))
    module.exit_json(changed=False, zones=len(edited))


def difference(zone, before, after, added, removed):
    """What would become otherwise than asked for, in a sentence; nothing where all is right."""
    try:
        old, serial = read(zone, before)
        new, later = read(zone, after)
        more, less = ({_record(line) for line in lines} for lines in (added, removed))
    except (dns.exception.DNSException, ValueError) as problem:
        return f"dnspython cannot read the zone: {problem}"
    if before != after and not 0 < (later - serial) % 2**32 < 2**31:
        return f"the serial number would go from {serial} to {later}, which is not up (RFC 1982)"
    wanted = (old | more) - less
    if wrong := sorted(new ^ wanted):
        name, kind, value = wrong[0]
        return f"dnspython reads {name} {kind} {value} otherwise ({len(wrong)} records differ)"
    return ""


def read(zone, text):
    """All records of a zone file but the SOA, and its serial number."""
    found = dns.zone.from_text(text, origin=zone, relativize=False, allow_include=False)
    soa = found.get_rdataset(found.origin, "SOA")
    every = {
        (str(name).lower(), dns.rdatatype.to_text(data.rdtype), data.to_text())
        for name, _, data in found.iterate_rdatas()
        if data.rdtype != dns.rdatatype.SOA
    }
    return every, soa[0].serial


def _record(line):
    """A record as it is told by `zone_records`, in dnspython's own writing."""
    name, kind, value = line.split(" ", 2)
    data = dns.rdata.from_text(dns.rdataclass.IN, kind, value)
    return name, kind, data.to_text()


if __name__ == "__main__":
    main()
