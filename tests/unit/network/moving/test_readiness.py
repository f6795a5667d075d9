"""Readiness is judged from what a host tells, and everything to do is named."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from support.builders import a_network_host

from cmp.model.network import HostKind, HostService, Manager
from cmp.network.moving.readiness import Capability, judge, not_looked_at, not_managed

OLD = IPv4Network("192.0.2.0/24")


def facts(**changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "system": {"python": "3.11.2", "iproute2": True, "manager": "ifupdown"},
        "links": [{"addr_info": [{"local": "192.0.2.10"}]}],
        "routes": {"-4": [], "-6": []},
        "listeners": [{"protocol": "tcp", "port": 22, "families": [4, 6]}],
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
        {"protocol": "tcp", "port": 443, "families": [4]},
        {"protocol": "tcp", "port": 22, "families": [4]},
        {"protocol": "tcp", "port": 22, "families": [6]},
    ]

    found = judge(a_network_host(), facts(listeners=listeners), OLD)

    assert found.capability is Capability.UPGRADE
    assert found.upgrades == ("tcp/443 answers IPv4 alone",)


def test_ipv6_that_is_switched_off_is_named_with_its_setting() -> None:
    found = judge(a_network_host(), facts(ipv6={"available": True, "disabled": True, "forwards": False}), OLD)

    assert found.upgrades == ("IPv6 is switched off: net.ipv6.conf.all.disable_ipv6=1",)


def test_a_host_list_that_is_wrong_blocks_the_move() -> None:
    host = a_network_host(manager=Manager.NETWORKD)

    found = judge(host, facts(links=[{"addr_info": [{"local": "192.0.2.77"}]}]), OLD)

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
    listeners = [{"protocol": "tcp", "port": port, "families": [4, 6]} for port in (22, 443, 8080)]
    host = a_network_host(services=(HostService(port=443),))

    assert any(
        "8080" in note and "443" not in note for note in judge(host, facts(listeners=listeners), OLD).notes
    )


def test_who_could_not_be_looked_at_is_unknown_and_a_device_moves_behind_the_edge() -> None:
    assert not_looked_at(a_network_host(), "unreachable").capability is Capability.UNKNOWN
    device = a_network_host(kind=HostKind.APPLIANCE, ipv6_capable=False)
    assert not_managed(device).capability is Capability.IPV4_ONLY
