"""Roles by hand in a small host lab: each changes something once, then nothing, and a wrong text nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from host_labs import Nodes, skip_where_it_cannot_run
from host_site import a_site

from cmp.network.runner import Host, Outcome, play
from lab.hosts.lab import HostLab
from lab.hosts.places import CONTROLLER
from lab.processes import wait_until

pytestmark = [pytest.mark.lab, pytest.mark.hosts, pytest.mark.timeout(300)]

ADDRESSES = {
    "edge-new": "198.18.2.2",
    "core": "198.18.101.1",
    "station": "198.18.100.10",
    "nat64": "198.18.102.10",
    "web-1": "192.0.2.11",
}
LINES = """\
interface lan
 ip ospf cost 20
 ipv6 ospf6 cost 20
exit
ip route 198.18.77.0/24 blackhole
ipv6 route 2001:db8:77::/64 blackhole
"""


@dataclass(frozen=True)
class Hand:
    """Runs plays as somebody at the controller does."""

    nodes: Nodes

    def run(self, playbook: str, node: str, variables: Mapping[str, Any], **allowed: bool) -> Outcome:
        given = {**variables, **{f"extranet_allow_{what}": yes for what, yes in allowed.items()}}
        return play(f"extranet/{playbook}", [self._host(node)], given, door=self.nodes.lab.door(CONTROLLER))

    def twice(self, playbook: str, node: str, variables: Mapping[str, Any], **allowed: bool) -> list[int]:
        """How many tasks changed something in each of two runs, both of which have to end well."""
        changes = []
        for _ in range(2):
            outcome = self.run(playbook, node, variables, **allowed)
            assert not outcome.trouble([node]), outcome
            changes.append(outcome.changed.get(node, 0))
        return changes

    def _host(self, node: str) -> Host:
        options = f"-o HostKeyAlias={node} -o UserKnownHostsFile={self.nodes.lab.known_hosts}"
        variables = {
            "ansible_host": ADDRESSES[node],
            "ansible_user": "netops",
            "ansible_become": False,
            "ansible_ssh_private_key_file": str(self.nodes.lab.key),
            "ansible_ssh_common_args": options,
        }
        return Host(node, variables)


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hand]:
    skip_where_it_cannot_run()
    lab = HostLab(a_site(), tmp_path_factory.mktemp("roles"))
    try:
        lab.up(print)
        yield Hand(Nodes(lab))
    finally:
        lab.down(print)


def knows(hand: Hand, prefix: str) -> bool:
    """True when the core has a prefix by OSPF."""
    words = ("ipv6 route ospf6", "ip route ospf")[":" not in prefix]
    return prefix in json.loads(hand.nodes.said("core", "vtysh", "-c", f"show {words} json"))


def running(hand: Hand) -> str:
    return hand.nodes.said("edge-new", "vtysh", "-c", "show running-config")


def test_lines_that_a_router_gets_are_heard_of_by_the_other_and_can_be_taken_back(hand: Hand) -> None:
    before = running(hand)
    wanted = {"router_name": "new-prefix", "router_text": LINES}

    refused = hand.run("20-routers.yml", "edge-new", wanted)
    assert "Agree: extranet_allow_routing=true" in refused.failed["edge-new"]
    assert running(hand) == before
    assert hand.twice("20-routers.yml", "edge-new", wanted, routing=True) == [1, 0]
    for prefix in ("198.18.77.0/24", "2001:db8:77::/64"):
        assert wait_until(lambda prefix=prefix: knows(hand, prefix), 30, pause=0.2), prefix
    assert "2001:db8:77::/64" in hand.nodes.lab.disk("edge-new", "/etc/frr/frr.conf").read_text()

    assert hand.twice("20-routers.yml", "edge-new", wanted | {"router_state": "absent"}, routing=True) == [
        1,
        0,
    ]
    assert running(hand) == before
    for prefix in ("198.18.77.0/24", "2001:db8:77::/64"):
        assert wait_until(lambda prefix=prefix: not knows(hand, prefix), 30, pause=0.2), prefix


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("router ospf\n nonsense here\nexit\n", "vtysh does not take the text"),
        ("no router ospf\n", "lines are only added here: no router ospf"),
        ("interface core\n ip ospf hello-interval 9\nexit\n", "it would replace ip ospf hello-interval 1"),
    ],
    ids=["wrong", "removes", "replaces"],
)
def test_a_text_that_is_wrong_or_does_not_only_add_leaves_the_router_as_it_was(
    hand: Hand, text: str, why: str
) -> None:
    before = running(hand)

    told = hand.run(
        "20-routers.yml", "edge-new", {"router_name": "bad", "router_text": text}, routing=True
    ).failed["edge-new"]

    assert why in told
    assert running(hand) == before
