"""Readiness is judged from what a host tells, and everything to do is named."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from support.builders import a_network_host

from cmp.model.network import HostKind, HostService, Manager
from cmp.network.moving.readiness import Capability, judge, not_looked_at, not_managed

OLD = IPv4Network("192.0.2.0/24")


def an_address(local: str = "192.0.2.10", **changes: Any) -> dict[str, Any]:
    return {"family": "inet", "local": local, "prefixlen": 24} | changes


def a_link(*addresses: dict[str, Any], name: str = "eth0") -> dict[str, Any]:
    return {"ifname": name, "flags": ["UP"], "addr_info": list(addresses or (an_address(),))}


def facts(**changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "system": {"python": "3.11.2", "iproute2": True, "manager": "ifupdown"},
        "links": [a_link()],
        "routes": {"-4": [], "-6": []},
        "configured": {
            "addresses": {"192.0.2.10": {"files": ["/etc/network/interfaces"], "problem": ""}},
            "gateways": {},
            "read": True,
            "cloud_init": False,
            "ifcfg": [],
            "network_files": {},
        },
        "listeners": [{"protocol": "tcp", "port": 22, "families": [4, 6], "address": "*"}],
        "sessions": [],
        "ipv6": {"available": True, "disabled": False, "forwards": False},
        "literals": [],
        "gaps": [],
    }
    return usual | changes


def test_a_host_that_answers_both_families_is_ready() -> None:
    assert judge(a_network_host(), facts(), OLD).capability is Capability.READY


def test_a_listener_of_ipv4_alone_is_to_be_upgraded_by_its_port() -> None:
    listeners = [
        {"protocol": "tcp", "port": 443, "families": [4], "address": "*"},
        {"protocol": "tcp", "port": 22, "families": [4], "address": "*"},
        {"protocol": "tcp", "port": 22, "families": [6], "address": "::"},
    ]

    found = judge(a_network_host(), facts(listeners=listeners), OLD)

    assert found.capability is Capability.UPGRADE
    assert found.upgrades == ("tcp/443 answers IPv4 alone",)


def test_ipv6_that_is_switched_off_is_named_with_its_setting() -> None:
    found = judge(a_network_host(), facts(ipv6={"available": True, "disabled": True, "forwards": False}), OLD)

    assert found.upgrades == ("IPv6 is switched off: net.ipv6.conf.all.disable_ipv6=1",)


def test_a_host_list_that_is_wrong_blocks_the_move() -> None:
    host = a_network_host(manager=Manager.NETWORKD)

    found = judge(host, facts(links=[a_link(an_address("192.0.2.77"))]), OLD)

    assert any("does not hold it" in block for block in found.blocks)
    assert any("but ifupdown does" in block for block in found.blocks)


def test_an_old_python_or_no_iproute2_blocks_the_move() -> None:
    system = {"python": "3.6.8", "iproute2": False, "manager": "ifupdown"}

    assert len(judge(a_network_host(), facts(system=system), OLD).blocks) == 2


def test_long_sessions_count_only_on_the_old_prefix() -> None:
    sessions = [
        {"local": "192.0.2.10", "idle": 300.0},
        {"local": "::ffff:192.0.2.10", "idle": 300.0},
        {"local": "192.0.2.10", "idle": 1.0},
        {"local": "198.51.100.1", "idle": 300.0},
    ]

    assert judge(a_network_host(), facts(sessions=sessions), OLD).long_sessions == 2


def test_ports_that_the_host_list_does_not_name_are_noted() -> None:
    listeners = [
        {"protocol": "tcp", "port": port, "families": [4, 6], "address": "*"} for port in (22, 443, 8080)
    ]
    host = a_network_host(services=(HostService(port=443),))

    assert any(
        "8080" in note and "443" not in note for note in judge(host, facts(listeners=listeners), OLD).notes
    )


def test_who_could_not_be_looked_at_is_unknown_and_a_device_moves_behind_the_edge() -> None:
    assert not_looked_at(a_network_host(), "unreachable").capability is Capability.UNKNOWN
    device = a_network_host(kind=HostKind.APPLIANCE, ipv6_capable=False)
    assert not_managed(device).capability is Capability.IPV4_ONLY


def configured(**changes: Any) -> dict[str, Any]:
    return facts()["configured"] | changes


DEFAULT = {"dst": "default", "gateway": "192.0.2.1", "dev": "eth0"}
HINDRANCES = {
    "mask": ({"links": [a_link(an_address(prefixlen=25))]}, "it holds 192.0.2.10/25, and the host list says"),
    "lifetime": ({"links": [a_link(an_address(dynamic=True, valid_life_time=600))]}, "DHCP"),
    "second": (
        {"links": [a_link(an_address(), an_address("192.0.2.99", secondary=True))]},
        "192.0.2.99 is second to 192.0.2.10, which goes",
    ),
    "virtual": (
        {"links": [a_link(an_address(), an_address("192.0.2.99", prefixlen=32))]},
        "it holds 192.0.2.99 of the old network, which the host list does not name",
    ),
    "virtual on lo": (
        {"links": [a_link(an_address()), a_link(an_address("192.0.2.99", prefixlen=32), name="lo")]},
        "it holds 192.0.2.99 of the old network, which the host list does not name",
    ),
    "settings of the default": (
        {
            "routes": {
                "-4": [DEFAULT | {"metrics": [{"mtu": 1400, "initcwnd": 20}]}],
                "-6": [],
            }
        },
        "its default has initcwnd 20, mtu 1400, which the new one would not have",
    ),
    "on lo": (
        {"links": [a_link(an_address(prefixlen=32), name="lo")]},
        "it holds 192.0.2.10 on lo, which no move gives back",
    ),
    "one metric": (
        {
            "routes": {
                "-4": [
                    {"dst": "default", "gateway": "198.51.100.1", "dev": "eth1", "metric": 100},
                    {"dst": "default", "gateway": "192.0.2.1", "dev": "eth0", "metric": 100},
                    {"dst": "default", "gateway": "203.0.113.1", "dev": "eth2", "metric": 101},
                ],
                "-6": [],
            }
        },
        "its default by 198.51.100.1 has the metric of the one by the old network (100)",
    ),
    "several next hops": (
        {
            "routes": {
                "-4": [
                    {"dst": "default", "nexthops": [{"gateway": "192.0.2.1"}, {"gateway": "203.0.113.1"}]}
                ],
                "-6": [],
            }
        },
        "several next hops (192.0.2.1, 203.0.113.1)",
    ),
    "static route": (
        {"routes": {"-4": [DEFAULT, DEFAULT | {"dst": "10.9.0.0/16"}], "-6": []}},
        "its route to 10.9.0.0/16 leads by 192.0.2.1 of the old network",
    ),
    "own table": (
        {"routes": {"-4": [DEFAULT | {"table": "100"}], "-6": []}},
        "its route of table 100 to default leads by 192.0.2.1",
    ),
    "ipv6 of an interface": (
        {"ipv6": {"available": True, "disabled": False, "forwards": False, "disabled_on": ["eth0"]}},
        "IPv6 is switched off on eth0",
    ),
    "down": ({"links": [a_link() | {"flags": []}]}, "eth0 is down"),
    "sshd": (
        {"listeners": [{"protocol": "tcp", "port": 22, "families": [4], "address": "192.0.2.10"}]},
        "sshd listens on 192.0.2.10 alone (ListenAddress)",
    ),
    "sshd of another line": (
        {
            "listeners": [
                {"protocol": "tcp", "port": 22, "families": [4], "address": address}
                for address in ("198.51.100.7", "192.0.2.10")
            ]
        },
        "sshd listens on 192.0.2.10, 198.51.100.7 alone (ListenAddress)",
    ),
    "cloud-init": ({"configured": configured(cloud_init=True)}, "cloud-init writes its network files"),
    "ifcfg": (
        {"configured": configured(ifcfg=["/etc/sysconfig/network-scripts/ifcfg-eth0"])},
        "ifcfg-eth0 sets",
    ),
    "nothing sets it": (
        {"configured": configured(addresses={"192.0.2.10": {"files": [], "problem": ""}})},
        "nothing that is known sets 192.0.2.10 at boot",
    ),
    "nothing leads by it": (
        {"configured": configured(gateways={"192.0.2.1": {"files": [], "problem": ""}})},
        "nothing that is known leads the default by 192.0.2.1",
    ),
    "not editable": (
        {"configured": configured(addresses={"192.0.2.10": {"files": [], "problem": "/etc/x: `up y`"}})},
        "/etc/x: `up y`",
    ),
}


@pytest.mark.parametrize("kind", sorted(HINDRANCES))
def test_what_a_move_could_not_give_back_blocks_it_with_a_sentence(kind: str) -> None:
    changed, sentence = HINDRANCES[kind]

    found = judge(a_network_host(), facts(**changed), OLD)

    assert any(sentence in block for block in found.blocks), found.blocks


def test_a_default_of_another_line_and_the_tables_of_a_move_block_nothing() -> None:
    routes = [
        DEFAULT,
        {"dst": "default", "gateway": "203.0.113.1", "dev": "eth1", "metric": 50},
        DEFAULT | {"table": "5010"},
    ]

    told = facts(routes={"-4": routes, "-6": []}, moving=True)

    assert judge(a_network_host(), told, OLD).blocks == ()


def test_a_new_interface_needs_the_folder_that_ifupdown_reads() -> None:
    told = facts(
        links=[a_link(), a_link(an_address("198.51.100.1"), name="eth1")], configured=configured(read=False)
    )

    found = judge(a_network_host(new_interface="eth1"), told, OLD)

    assert any("does not `source /etc/network/interfaces.d/*`" in block for block in found.blocks)
    assert judge(a_network_host(), told, OLD).blocks == ()


def a_rule(chain: str, *expressions: dict[str, Any], table: str = "nat") -> dict[str, Any]:
    return {"rule": {"family": "ip", "table": table, "chain": chain, "expr": list(expressions)}}


def listed(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"iptables": None, "nftables": json.dumps({"nftables": list(rules)})}


TO_OLD = {"match": {"op": "==", "left": {"payload": {"field": "daddr"}}, "right": "192.0.2.10"}}
KEPT = {
    "keepalived": (
        {"literals": [{"path": "/etc/keepalived/keepalived.conf", "line": 9, "address": "192.0.2.50"}]},
        "keepalived sets or names 192.0.2.50 (/etc/keepalived/keepalived.conf:9)",
    ),
    "DHCP reservations": (
        {"literals": [{"path": "/etc/dhcp/dhcpd.conf", "line": 3, "address": "192.0.2.77"}]},
        "/etc/dhcp/dhcpd.conf:3 gives out 192.0.2.77",
    ),
    "dnsmasq": (
        {"literals": [{"path": "/etc/dnsmasq.d/office.conf", "line": 1, "address": "192.0.2.77"}]},
        "end its pools and reservations",
    ),
    "a DHCP server of the manager's own": (
        {
            "listeners": [
                {"protocol": "udp", "port": 67, "families": [4], "address": "0.0.0.0", "device": "eth0"},
                {"protocol": "udp", "port": 67, "families": [4], "address": "0.0.0.0", "device": "virbr0"},
            ]
        },
        "it gives out addresses on eth0 by DHCP (udp/67)",
    ),
    "NetworkManager's dnsmasq": (
        {"literals": [{"path": "/etc/NetworkManager/dnsmasq-shared.d/x", "line": 2, "address": "192.0.2.7"}]},
        "/etc/NetworkManager/dnsmasq-shared.d/x:2 gives out 192.0.2.7",
    ),
    "libvirt's networks": (
        {"literals": [{"path": "/etc/libvirt/qemu/networks/office.xml", "line": 4, "address": "192.0.2.10"}]},
        "a network of libvirt names 192.0.2.10",
    ),
    "firewalld": (
        {"literals": [{"path": "/etc/firewalld/zones/public.xml", "line": 7, "address": "192.0.2.10"}]},
        "firewalld has a rule for 192.0.2.10 (/etc/firewalld/zones/public.xml:7)",
    ),
    "rc.local": (
        {"literals": [{"path": "/etc/rc.local", "line": 4, "address": "192.0.2.10"}]},
        "/etc/rc.local:4 names 192.0.2.10 and runs at boot or with an interface",
    ),
    "a unit": (
        {"literals": [{"path": "/etc/systemd/system/vip.service", "line": 6, "address": "192.0.2.10"}]},
        "/etc/systemd/system/vip.service:6 names 192.0.2.10",
    ),
    "a dispatcher": (
        {
            "literals": [
                {"path": "/etc/NetworkManager/dispatcher.d/30-vip", "line": 2, "address": "192.0.2.10"}
            ]
        },
        "/etc/NetworkManager/dispatcher.d/30-vip:2 names 192.0.2.10",
    ),
    "docker's bridge": (
        {"literals": [{"path": "/etc/docker/daemon.json", "line": 2, "address": "192.0.2.10"}]},
        "docker is told to use 192.0.2.10",
    ),
    "docker's published port": (
        {"filters": listed(a_rule("DOCKER", TO_OLD, {"dnat": {"addr": "172.17.0.2", "port": 80}}))},
        "a rule of docker in chain DOCKER translates from or to 192.0.2.10",
    ),
    "libvirt's table": (
        {"filters": listed(a_rule("guest_nat", {"snat": {"addr": "192.0.2.10"}}, table="libvirt_network"))},
        "a rule of libvirt in chain libvirt_network guest_nat",
    ),
    "iptables": (
        {
            "filters": {
                "iptables": "*nat\n[0:0] -A POSTROUTING -o eth0 -j SNAT --to-source 192.0.2.10\nCOMMIT\n",
                "nftables": None,
            }
        },
        "a rule in chain POSTROUTING translates from or to 192.0.2.10",
    ),
    "a source that goes": (
        {"routes": {"-4": [{"dst": "198.51.100.0/24", "dev": "eth1", "prefsrc": "192.0.2.10"}], "-6": []}},
        "its route to 198.51.100.0/24 sends from 192.0.2.10, which goes",
    ),
    "a table of moves": (
        {"routes": {"-4": [{"dst": "default", "dev": "eth1", "table": "5020"}], "-6": []}},
        "its routing table 5020 is in use",
    ),
    "two gateways of the old network": (
        {
            "routes": {
                "-4": [
                    {"dst": "default", "gateway": "192.0.2.1", "dev": "eth0"},
                    {"dst": "default", "gateway": "192.0.2.2", "dev": "eth0", "metric": 9},
                ],
                "-6": [],
            }
        },
        "its defaults lead by 192.0.2.1, 192.0.2.2 of the old network",
    ),
}


@pytest.mark.parametrize("kind", sorted(KEPT))
def test_what_would_keep_an_old_address_alive_is_named(kind: str) -> None:
    changed, sentence = KEPT[kind]

    found = judge(a_network_host(), facts(**changed), OLD)

    assert any(sentence in block for block in found.blocks), found.blocks


@pytest.mark.parametrize(
    "literal",
    [
        {"path": "/etc/rc.local", "line": 1, "address": "192.0.2.99"},
        {"path": "/etc/network/if-up.d/tricenter-office", "line": 1, "address": "192.0.2.10"},
        {"path": "/etc/hosts", "line": 1, "address": "192.0.2.10"},
        {"path": "/etc/firewalld/zones/public.xml", "line": 1, "address": "192.0.2.99"},
    ],
    ids=lambda literal: str(literal["path"]),
)
def test_what_names_others_or_sets_nothing_blocks_nothing(literal: dict[str, Any]) -> None:
    assert judge(a_network_host(), facts(literals=[literal]), OLD).blocks == ()


def test_a_default_by_another_gateway_than_the_plans_is_named() -> None:
    routes = [{"dst": "default", "gateway": "192.0.2.2", "dev": "eth0"}]

    found = judge(a_network_host(), facts(routes={"-4": routes, "-6": []}), OLD, IPv4Address("192.0.2.1"))

    assert found.blocks == (
        (
            "its default leads by 192.0.2.2, and the old network's gateway is 192.0.2.1:"
            " correct whichever is wrong"
        ),
    )


def test_rules_of_programs_that_name_no_old_address_block_nothing() -> None:
    rules = listed(
        a_rule("DOCKER", {"dnat": {"addr": "172.17.0.2", "port": 80}}),
        a_rule("guest_nat", {"masquerade": None}, table="libvirt_network"),
        a_rule("input", TO_OLD, {"accept": None}, table="filter"),
    )
    other = [{"path": "/etc/motd", "line": 1, "address": "192.0.2.10"}]

    assert judge(a_network_host(), facts(filters=rules, literals=other), OLD).blocks == ()
