"""A declared flow goes to each kind of cloud and comes back as it was declared."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cmp.clouds.aws import security_groups as aws
from cmp.clouds.openstack import security_groups as openstack
from stacks.provider.rules import rules

prefixes = st.sampled_from(
    ["0.0.0.0/0", "::/0", "192.0.2.0/24", "198.51.100.7/32", "2001:db8::/32", "2001:db8::1/128"]
)
ports = st.integers(1, 65535)
reasons = st.text("abc 民政", max_size=8)
directions = st.sampled_from(["ingress", "egress"])
with_ports = st.builds(
    lambda direction, protocol, prefix, why, ends: {
        "direction": direction,
        "protocol": protocol,
        "prefix": prefix,
        "why": why,
        "port": min(ends),
        "port_end": max(ends),
    },
    directions,
    st.sampled_from(["tcp", "udp", "sctp"]),
    prefixes,
    reasons,
    st.tuples(ports, ports),
)
without_ports = st.builds(
    lambda direction, prefix, why: {
        "direction": direction,
        "protocol": "icmpv6" if ":" in prefix else "icmp",
        "prefix": prefix,
        "why": why,
    },
    directions,
    prefixes,
    reasons,
)
anything = st.builds(
    lambda direction, prefix, why: {"direction": direction, "protocol": "any", "prefix": prefix, "why": why},
    directions,
    prefixes,
    reasons,
)
flows = (with_ports | without_ports | anything).map(lambda flow: rules([flow])[0])


@given(flows)
def test_through_neutron(flow: dict[str, Any]) -> None:
    kept = {**openstack._asked("g-1", flow), "id": "r-1", "remote_group_id": None}

    (back,) = openstack.rules_of(SimpleNamespace(security_group_rules=[kept]))

    assert back == flow


@given(flows)
def test_through_ec2(flow: dict[str, Any]) -> None:
    key = {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}[flow["direction"]]

    (back,) = aws.rules_of({key: [aws._permission(flow)]})

    assert back == flow


def test_neutrons_rule_without_a_prefix_is_open_to_its_whole_family() -> None:
    kept = {
        "id": "r-1",
        "direction": "egress",
        "ethertype": "IPv6",
        "protocol": None,
        "port_range_min": None,
        "port_range_max": None,
        "remote_ip_prefix": None,
        "remote_group_id": None,
        "description": None,
    }

    (back,) = openstack.rules_of(SimpleNamespace(security_group_rules=[kept]))

    assert back == {"direction": "egress", "protocol": "any", "prefix": "::/0", "why": ""}


def test_a_rule_that_names_a_group_is_none_of_ours() -> None:
    permission = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-2"}]}

    (back,) = aws.rules_of({"IpPermissions": [permission]})

    assert back["prefix"] == "group sg-2"
    assert aws._permission(back)["UserIdGroupPairs"] == [{"GroupId": "sg-2"}]
