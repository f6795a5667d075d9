"""Whole Debians with systemd move by each manager; every phase lasts over a reboot, nothing is lost."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from support.builders import a_network_host, a_private_network
from support.moving_lab import STATIONS, Moving, moving_lab
from support.needs import needs
from support.whole_hosts import bridged, retired
from support.whole_moves import go, on, silent, unmoved, written

from cmp.model.lab_host import LabHost
from cmp.model.migration import Phase
from cmp.model.migration_journal import MoveState
from cmp.model.network import Manager, NetworkHost, Ssh
from cmp.network.moving.stages import backward
from cmp.services.migrating.carrying import carry

pytestmark = [
    pytest.mark.lab,
    pytest.mark.hosts,
    pytest.mark.timeout(900),
    needs("ip", "nft", "systemd-nspawn", "mmdebstrap", "unshare", "nsenter"),
]

BY_MANAGER = {f"h-{manager.value}": manager for manager in Manager}
OLDS = {name: f"192.0.2.{number}/24" for number, name in enumerate(BY_MANAGER, start=11)}
SHAPES = ("plain", "bridge") if os.environ.get("TRICENTER_HOSTS") == "all" else ("bridge",)
"""`make test` tries the richer one; `make test-hosts-all` both."""


def hosts() -> tuple[NetworkHost, ...]:
    """One host for each manager."""
    return tuple(
        a_network_host(name, OLDS[name], ssh=Ssh(user="netops"), manager=manager)
        for name, manager in BY_MANAGER.items()
    )


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[Moving]:
    private = a_private_network("desk-net", witnesses=STATIONS, lab_host=LabHost.SYSTEM)
    with moving_lab(tmp_path, hosts(), private) as found:
        yield found


def addresses(moving: Moving, node: str) -> set[str]:
    """The global addresses of the host, with their interfaces."""
    return {
        f"{each['local']}/{each['prefixlen']} {link['ifname']}"
        for link in json.loads(on(moving, node, "ip -j addr show"))
        for each in link["addr_info"]
        if each["scope"] == "global"
    }


def bridges(moving: Moving, node: str) -> list[tuple[str, str, int]]:
    """What the move has to leave alone of each link: its bridge, its hardware address, its mtu."""
    links = json.loads(on(moving, node, "ip -j link show"))
    return sorted(
        (link["ifname"], link.get("master", ""), link["mtu"]) for link in links if link["ifname"] != "lo"
    )


def standing(moving: Moving) -> Mapping[str, Any]:
    """How the network of every host stands."""
    return {
        name: {"addresses": addresses(moving, name), "links": bridges(moving, name), **routing(moving, name)}
        for name in BY_MANAGER
    }


def files(moving: Moving, node: str, paths: Iterable[str]) -> dict[str, tuple[str, str]]:
    """The text, and the owner and mode, of some files."""
    return {
        path: (on(moving, node, f"cat {path}"), on(moving, node, f"stat -c '%U %a' {path}")) for path in paths
    }


def shaped(moving: Moving) -> None:
    """Give every host a bridge before its move: it is written down, and the host boots with it."""
    for name, manager in BY_MANAGER.items():
        for path, text in bridged(manager, OLDS[name]).items():
            mode = "600" if path.endswith((".nmconnection", ".yaml")) else "644"
            written(moving, name, path, text, mode)
    reboot(moving)


def routing(moving: Moving, node: str) -> Mapping[str, Any]:
    """Where packets go: the routes of all tables without who set them, and the rules."""
    found: dict[str, Any] = {}
    for family in ("-4", "-6"):
        routes = json.loads(on(moving, node, f"ip -N -j {family} route show table all"))
        rules = json.loads(on(moving, node, f"ip -N -j {family} rule show"))
        found[f"routes {family}"] = sorted(
            (each.get("table", "main"), each["dst"], each.get("gateway", ""), each["dev"])
            for each in routes
            if each.get("table") != "255"
            and each.get("type") in (None, "1")
            and not each["dst"].startswith(("fe80", "ff00"))
        )
        found[f"rules {family}"] = sorted(
            (each["priority"], each["src"], each.get("srclen", 0), str(each.get("table"))) for each in rules
        )
    return found


def reboot(moving: Moving) -> None:
    for name in BY_MANAGER:
        moving.lab.reboot(name)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_phase_lasts_over_a_reboot_and_the_old_address_alone_goes(moving: Moving, shape: str) -> None:
    if shape == "bridge":
        shaped(moving)
    before = standing(moving)
    own = {name: files(moving, name, bridged(BY_MANAGER[name], OLDS[name])) for name in BY_MANAGER}
    journal = unmoved(moving)
    for phase, old in ((Phase.BESIDE, True), (Phase.CUTOVER, True), (Phase.RETIRE, False)):
        journal = go(moving, journal, phase)
        lives = standing(moving)

        reboot(moving)

        assert silent(moving, old=old, new=True) == (), phase
        lasts = standing(moving)
        for name in BY_MANAGER:
            assert differing(lasts[name], lives[name]) == {}, (phase, name)
            assert lasts[name]["links"] == before[name]["links"], (phase, name)
            assert lasts[name]["addresses"] == expected(moving, name, before[name]["addresses"], old), (
                phase,
                name,
            )
            cut = phase is not Phase.BESIDE
            assert ("203.0.113.1" in on(moving, name, "ip -4 route show default")) == cut
    if shape == "bridge":
        for name, manager in BY_MANAGER.items():
            left = {path: (text, own[name][path][1]) for path, text in retired(manager, OLDS[name]).items()}
            assert files(moving, name, left) == left, name

    back = carry(backward(journal, None), moving.carrier())

    assert back.state is MoveState.TAKEN_BACK
    assert differing(standing(moving), before) == {}
    assert {name: files(moving, name, own[name]) for name in BY_MANAGER} == own
    reboot(moving)
    assert silent(moving, old=True, new=False) == ()
    assert differing(standing(moving), before) == {}


def expected(moving: Moving, name: str, before: set[str], old: bool) -> set[str]:
    """The addresses that a host has to hold: all it had, and its new ones; without the old one in the end."""
    move = moving.plan.move(name).addresses[0]
    (link,) = [each.split()[1] for each in before if each.startswith(OLDS[name])]
    kept = before if old else before - {f"{OLDS[name]} {link}"}
    return kept | {f"{move.ipv4} {link}", f"{move.ipv6} {link}"}


def differing(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What differs of two states, each with both sides."""
    return {key: (found[key], wanted[key]) for key in wanted if found[key] != wanted[key]}
