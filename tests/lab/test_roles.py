"""Roles by hand in a small host lab: each changes something once, then nothing, and a wrong text nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from support.host_labs import Nodes
from support.host_site import a_site
from support.needs import skip_without_host_lab

from cmp.network.measurement.naming import Question
from cmp.plays.runner import Host, PlayOutcome, play
from cmp.probes.names import answers
from lab.hosts.lab import HostLab
from lab.hosts.places import CONTROLLER
from lab.processes import wait_until

pytestmark = [pytest.mark.lab, pytest.mark.hosts, pytest.mark.timeout(300)]

ADDRESSES = {
    "edge-new": "198.18.2.2",
    "edge-old": "198.18.1.2",
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
ip prefix-list of-the-move permit 198.18.77.0/24
interface core
 no ip ospf bfd
exit
"""
"""The last two are shown otherwise by FRR, or not at all."""


@dataclass(frozen=True)
class Hand:
    """Runs plays as somebody at the controller does."""

    nodes: Nodes

    def run(self, playbook: str, node: str, variables: Mapping[str, Any], **allowed: bool) -> PlayOutcome:
        """Run a play on one node; `allowed` says what somebody agreed to."""
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
    skip_without_host_lab()
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
        (
            "interface core\n ip ospf hello-interval 9\nexit\n",
            "it would replace interface core / ip ospf hello-interval 1",
        ),
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


RESOLVER = {
    "extranet_duties": ["resolvers"],
    "resolver_path": "/etc/unbound/unbound.conf",
    "resolver_listen": ["0.0.0.0", "::0"],
    "resolver_allow": ["0.0.0.0/0", "::/0"],
    "resolver_reload": "control",
    "resolver_extra": """\
server:
    interface-automatic: yes
    username: ""
    chroot: ""
    pidfile: "/run/unbound.pid"
    use-syslog: no
    logfile: "/var/log/unbound.log"
    local-zone: "." static
    local-zone: "office.example." transparent
remote-control:
    control-enable: yes
    control-interface: "/run/unbound.ctl"
    control-use-cert: no
auth-zone:
    name: "office.example"
    zonefile: "/etc/unbound/zones/office.example"
    for-upstream: yes
    for-downstream: no
    fallback-enabled: no
""",
}


def addresses(hand: Hand, name: str) -> tuple[str, ...]:
    """The AAAA records that the station tells of a name."""
    asked = Question("2001:db8:100::10", f"{name}.office.example", "AAAA")
    return answers([asked], hand.nodes.lab.door(CONTROLLER))[asked].values


def test_addresses_are_made_up_only_where_none_exists_and_only_with_a_prefix(hand: Hand) -> None:
    plain, with_prefix = RESOLVER, RESOLVER | {"resolver_dns64_prefix": "3fff:100:64::/96"}

    assert hand.twice("24-services.yml", "station", plain, services=True) == [1, 0]
    assert wait_until(lambda: addresses(hand, "station") == ("2001:db8:100::10",), 20, pause=0.2)
    assert addresses(hand, "scanner-1") == ()

    assert hand.twice("24-services.yml", "station", with_prefix, services=True) == [1, 0]
    assert wait_until(lambda: addresses(hand, "scanner-1") == ("3fff:100:64::c000:20d",), 20, pause=0.2)
    assert addresses(hand, "station") == ("2001:db8:100::10",)


def test_a_wrong_text_reaches_no_resolver(hand: Hand) -> None:
    wrong = RESOLVER | {"resolver_extra": "server:\n    nonsense: yes\n"}
    file = hand.nodes.lab.disk("station", "/etc/unbound/unbound.conf")
    before = file.read_text()

    told = hand.run("24-services.yml", "station", wrong, services=True).failed["station"]

    assert "refused, nothing changed" in told
    assert file.read_text() == before


def test_a_translator_takes_another_pool_and_goes_on(hand: Hand) -> None:
    wanted = {
        "extranet_duties": ["translators"],
        "translator_program": "tayga",
        "translator_prefix": "3fff:100:64::/96",
        "translator_pool": "198.51.100.0/25",
        "translator_own_ipv6": "2001:db8:103::1",
        "translator_data": "/run/tayga",
        "translator_start": "direct",
    }

    assert hand.twice("24-services.yml", "nat64", wanted, services=True) == [1, 0]

    assert hand.nodes.reaches(CONTROLLER, "3fff:100:64::c000:20d")
    wrong = hand.run(
        "24-services.yml", "nat64", wanted | {"translator_prefix": "64:ff9b::/96"}, services=True
    )
    assert "RFC 6052 section 3.1" in wrong.failed["nat64"]


def test_a_router_advertises_a_prefix_that_hosts_do_not_take_addresses_of(hand: Hand) -> None:
    wanted = {
        "extranet_duties": ["announcers"],
        "announcer_interface": "lan",
        "announcer_interval": [3, 4],
        "announcer_prefixes": [{"prefix": "3fff:100:a:1::/64"}],
        "announcer_start": "direct",
    }

    assert hand.twice("24-services.yml", "edge-new", wanted, services=True) == [1, 0]

    seen = ("ip", "-6", "route", "show", "dev", "eth0")
    assert wait_until(lambda: "3fff:100:a:1::/64" in hand.nodes.said("web-1", *seen), 20, pause=0.2)
    assert "3fff:" not in hand.nodes.said("web-1", "ip", "-6", "address")


def rebooted(hand: Hand, node: str) -> None:
    """Reboot a router and wait until its routes lead back."""
    hand.nodes.lab.reboot(node)
    assert wait_until(lambda: hand.nodes.reaches(CONTROLLER, ADDRESSES[node]), 60, pause=0.2)


FILTER = """\
table inet tricenter_test
delete table inet tricenter_test
table inet tricenter_test {
  chain cross {
    type filter hook forward priority filter; policy accept;
    tcp dport 443 drop
  }
}
"""


def test_a_filter_holds_in_both_families_and_over_a_reboot(hand: Hand) -> None:
    wanted = {
        "edge_filter_name": "test",
        "edge_filter_text": FILTER,
        "edge_filter_look": ["nft", "list", "table", "inet", "tricenter_test"],
    }
    assert hand.nodes.echoes(CONTROLLER, "192.0.2.11", 443, "tcp")

    assert hand.twice("22-filters.yml", "edge-old", wanted, filters=True) == [2, 0]
    assert not hand.nodes.echoes(CONTROLLER, "192.0.2.11", 443, "tcp")
    rebooted(hand, "edge-old")
    assert "443 drop" in hand.nodes.said("edge-old", "nft", "list", "ruleset")

    wrong = hand.run("22-filters.yml", "edge-old", wanted | {"edge_filter_text": "table {"}, filters=True)
    assert "refused, nothing changed" in wrong.failed["edge-old"]
    gone = wanted | {"edge_filter_text": "\n".join(FILTER.splitlines()[:2]) + "\n", "edge_filter_look": []}
    assert hand.twice("22-filters.yml", "edge-old", gone, filters=True) == [1, 0]
    assert "tricenter_test" not in hand.nodes.said("edge-old", "nft", "list", "ruleset")


def test_an_edge_shares_its_line_and_does_so_again_after_a_reboot(hand: Hand) -> None:
    classes = [
        {"id": "voice", "dscp": "ef", "guaranteed_mbps": 20, "ceiling_mbps": 100},
        {"id": "rest", "dscp": "be", "guaranteed_mbps": 30, "ceiling_mbps": 100},
    ]
    wanted = {"shaper_interface": "core", "shaper_line_mbps": 100, "shaper_classes": classes}
    show = ("tc", "class", "show", "dev", "core")

    assert hand.twice("26-classes.yml", "edge-new", wanted, classes=True) == [3, 0]
    before = sorted(hand.nodes.said("edge-new", *show).splitlines())
    assert len(before) == 3
    changed = wanted | {"shaper_line_mbps": 90}
    assert hand.twice("26-classes.yml", "edge-new", changed, classes=True) == [1, 0]
    assert "rate 90Mbit" in hand.nodes.said("edge-new", *show)

    rebooted(hand, "edge-new")
    assert "rate 90Mbit" in hand.nodes.said("edge-new", *show)
    assert "tricenter_classes" in hand.nodes.said("edge-new", "nft", "list", "ruleset")


def test_an_address_is_published_only_where_every_port_answers(hand: Hand) -> None:
    new = "ip addr add 3fff:100:a:1::b/64 dev eth0 nodad; ip -6 route replace default via 3fff:100:a:1::1"
    hand.nodes.shell("web-1", new)
    hand.nodes.shell("dns-1", new.replace("::b", "::c"))
    record = {"name": "web-1", "kind": "AAAA", "value": "3fff:100:a:1::b"}
    wanted = {
        "names_zone": "office.example",
        "names_path": "/etc/unbound/zones/office.example",
        "names_publish": [record, {"name": "dns-1", "kind": "AAAA", "value": "3fff:100:a:1::c"}],
        "names_ports": {"web-1": ["tcp/443"], "dns-1": ["tcp/53", "tcp/8053"]},
        "names_ttl": 5,
    }

    told = hand.run("70-names.yml", "station", wanted, names=True).failed["station"]
    assert told == "Not published: dns-1 3fff:100:a:1::c does not answer on tcp/8053"
    assert wait_until(lambda: addresses(hand, "web-1") == ("3fff:100:a:1::b",), 20, pause=0.2)
    assert "3fff:100:a:1::c" not in addresses(hand, "dns-1")

    wanted["names_publish"] = [record]
    assert hand.twice("70-names.yml", "station", wanted, names=True) == [0, 0]
    back = hand.nodes.lab.disk("station", "/var/lib/tricenter/names/office.example.json")
    gone = wanted | json.loads(back.read_text())
    assert hand.twice("70-names.yml", "station", gone, names=True) == [1, 0]
    assert wait_until(lambda: "3fff:100:a:1::b" not in addresses(hand, "web-1"), 20, pause=0.2)


def test_the_last_address_of_a_name_stays(hand: Hand) -> None:
    wanted = {
        "names_zone": "office.example",
        "names_path": "/etc/unbound/zones/office.example",
        "names_retire": [{"name": "scanner-1", "kind": "A", "value": "192.0.2.13"}],
    }

    told = hand.run("70-names.yml", "station", wanted, names=True).failed["station"]

    assert "scanner-1.office.example. would have no address left" in told
