"""Real programs that keep addresses, on whole Debians: assess names each, and mended they all move."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.builders import a_network_host, a_private_network
from support.host_programs import ELSEWHERE, HOSTS, MACS, MORE, VIRTUAL, WITH_GUESTS, Programs
from support.moving_lab import STATIONS, Moving, a_moving_plan, at_once, moving_lab
from support.needs import needs
from support.own_namespaces import until
from support.whole_moves import armed, deadman, go, on, patiently, silent, unmoved, written

from cmp.model.lab_host import LabHost
from cmp.model.migration import Phase
from cmp.model.migration_journal import MoveState
from cmp.model.network import NetworkHost, PrivateNetwork, Ssh
from cmp.model.ssh import SshWays
from cmp.network.moving.readiness import Capability, Readiness
from cmp.network.moving.stages import backward
from cmp.services.migrating.assessing import assess
from cmp.services.migrating.carrying import carry
from cmp.services.migrating.place import Place
from cmp.store.secret_keepers import SecretsHere

pytestmark = [
    pytest.mark.lab,
    pytest.mark.hosts,
    pytest.mark.timeout(1200),
    needs("ip", "nft", "systemd-nspawn", "mmdebstrap", "unshare", "nsenter"),
]

"""`make test` asks what assess says; `make test-hosts-all` moves the hosts there and back as well."""
LONG_ENOUGH = 60.0
PASSWORD, NAMED = "Kx7-office", "secret://sudo/office"  # of nobody


def private() -> PrivateNetwork:
    return a_private_network("desk-net", witnesses=STATIONS, lab_host=LabHost.SYSTEM)


def listed(programs: Mapping[str, Programs], user: str = "netops") -> tuple[NetworkHost, ...]:
    return tuple(
        a_network_host(name, f"{each.address}/24", ssh=Ssh(user=user), manager=each.manager)
        for name, each in programs.items()
    )


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moving]:
    """A host for each set-up; all of them are wrong."""
    with moving_lab(tmp_path_factory.mktemp("lab"), listed(HOSTS), private()) as found, patiently():
        found.plan = at_once(found.plan)
        for name, programs in HOSTS.items():
            laid(found, name, programs.wrong)
            must(found, name, programs.start)
        found.lab.reboot(*HOSTS)
        yield found


@pytest.fixture(scope="module")
def moving(wrong: Moving) -> Moving:
    """The same hosts, mended: each test leaves them as they are."""
    for name, programs in HOSTS.items():
        laid(wrong, name, programs.right)
        must(wrong, name, programs.mend)
    wrong.lab.reboot(*HOSTS)
    runs(wrong, HOSTS)
    return wrong


def laid(moving: Moving, name: str, files: Any) -> None:
    leased = moving.lab.nodes.topology.nodes.get("h-leased")
    mac = leased.nics[0].mac if leased else ""
    for path, text in files.items():
        if text:
            written(moving, name, path, text.replace(MACS, mac), "600" if path.endswith(".yaml") else "644")
        else:
            must(moving, name, f"rm {path}")


def must(moving: Moving, node: str, script: str) -> str:
    """What a script says that has to end well."""
    command = [*moving.lab.door(node), "sh", "-ec", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{node}: {script}: {done.stderr}{done.stdout}"
    return done.stdout


def runs(moving: Moving, programs: Mapping[str, Programs]) -> None:
    """Wait until every program has done what it does after a boot, and every host has its address."""
    for name, each in programs.items():
        for unit in each.up:
            until(
                lambda name=name, unit=unit: (
                    on(moving, name, f"systemctl is-active {unit}").strip() == "active"
                ),
                f"{unit} of {name}",
                LONG_ENOUGH,
            )
        until(
            lambda name=name, each=each: each.address in held(moving, name),
            f"{name} has no {each.address}",
            LONG_ENOUGH,
        )


def held(moving: Moving, name: str) -> set[str]:
    """The global addresses of a host."""
    return {
        each["local"]
        for link in json.loads(on(moving, name, "ip -j addr show"))
        for each in link["addr_info"]
        if each["scope"] == "global"
    }


def rows(moving: Moving, hosts: tuple[NetworkHost, ...], place: Place | None = None) -> dict[str, Readiness]:
    now = datetime.now(UTC)  # noqa: TID251 - a real look at real hosts
    matrix, _facts = assess("test", private(), hosts, place or moving.place(), now)
    return {row.host: row for row in matrix.rows}


def misjudged(moving: Moving, hosts: Mapping[str, Programs]) -> tuple[set[Any], set[Any]]:
    """What assess does not say of hosts that are wrong, and what it says beside."""
    blocks = {name: row.blocks for name, row in rows(moving, listed(hosts)).items()}
    unsaid = {
        (name, part)
        for name, programs in hosts.items()
        for part in programs.said
        if not any(part in block for block in blocks[name])
    }
    unknown = {
        (name, block)
        for name, programs in hosts.items()
        for block in blocks[name]
        if not any(part in block for part in programs.said)
    }
    return unsaid, unknown


def test_each_program_that_keeps_an_address_is_named_and_nothing_else(wrong: Moving) -> None:
    runs(wrong, HOSTS)
    until(lambda: VIRTUAL in held(wrong, "h-vrrp-1"), "keepalived sets its address", LONG_ENOUGH)

    assert misjudged(wrong, HOSTS) == (set(), set())


def test_hosts_that_were_mended_are_ready(moving: Moving) -> None:
    assert {name: row.blocks for name, row in rows(moving, listed(HOSTS)).items()} == dict.fromkeys(HOSTS, ())


@pytest.mark.hosts_all
def test_mended_hosts_move_and_come_back_with_their_programs(moving: Moving) -> None:
    vip_is_up(moving)
    before = {name: standing(moving, name) for name in HOSTS}
    journal = unmoved(moving)

    for phase in (Phase.BESIDE, Phase.CUTOVER, Phase.RETIRE):
        journal = go(moving, journal, phase)
        moving.lab.reboot(*HOSTS)
        runs_after(moving, phase)

    assert silent(moving, old=False, new=True) == ()
    assert {name: programs_of(moving, name) for name in HOSTS} == {
        name: each["programs"] for name, each in before.items()
    }

    back = carry(backward(journal, None), moving.carrier())

    assert back.state is MoveState.TAKEN_BACK
    moving.lab.reboot(*HOSTS)
    runs(moving, HOSTS)
    vip_is_up(moving)
    assert {name: standing(moving, name) for name in HOSTS} == before


def vip_is_up(moving: Moving) -> None:
    until(lambda: ELSEWHERE in held(moving, "h-vrrp-1"), "keepalived sets its address", LONG_ENOUGH)
    assert ELSEWHERE not in held(moving, "h-vrrp-2")


def runs_after(moving: Moving, phase: Phase) -> None:
    """What has to be after a phase and a reboot: every program runs, at the addresses of the phase."""
    for name, programs in HOSTS.items():
        move = moving.plan.move(name).addresses[0]
        wanted = {str(move.ipv4.ip), str(move.ipv6.ip if move.ipv6 else "")}
        wanted |= set() if phase is Phase.RETIRE else {programs.address}
        until(lambda name=name, wanted=wanted: wanted <= held(moving, name), f"{name}: {phase}", LONG_ENOUGH)
        assert (programs.address in held(moving, name)) == (phase is not Phase.RETIRE)
        for unit in programs.up:
            until(
                lambda name=name, unit=unit: (
                    on(moving, name, f"systemctl is-active {unit}").strip() == "active"
                ),
                f"{unit} of {name}",
                LONG_ENOUGH,
            )
    vip_is_up(moving)


def programs_of(moving: Moving, name: str) -> str:
    """The tables of firewalld, which are its own, and what cloud-init, keepalived and dnsmasq read."""
    tables = "nft list tables | grep -v tricenter"
    files = (
        "cat /etc/keepalived/* /etc/dnsmasq.d/* /etc/firewalld/zones/* /etc/cloud/cloud.cfg.d/* 2>/dev/null"
    )
    return on(moving, name, f"{tables}; nft -s list table inet firewalld 2>/dev/null; {files}")


def standing(moving: Moving, name: str) -> dict[str, Any]:
    """Addresses, routes, rules and programs of a host."""
    return {
        "addresses": held(moving, name),
        "routes": sorted(on(moving, name, "ip -4 route; ip -4 rule; ip -6 rule").splitlines()),
        "programs": programs_of(moving, name),
    }


@pytest.mark.hosts_all
def test_sudo_that_asks_gets_the_password_that_lies_with_the_operator_or_the_host_is_unknown(
    moving: Moving, tmp_path: Path
) -> None:
    secrets = SecretsHere({"XDG_CONFIG_HOME": str(tmp_path)})
    name = "h-vrrp-1"
    hosts = listed({name: HOSTS[name]}, "ops")
    must(moving, name, f"useradd -m ops; echo ops:{PASSWORD} | chpasswd")
    written(moving, name, "/etc/sudoers.d/ops", "ops ALL=(ALL) ALL\n", "440")
    place = replace(moving.place(), kind="real", become=True, reveal=secrets.reveal)
    asking = replace(place, ways=SshWays(sudo_password=NAMED))

    unasked = rows(moving, hosts, place)[name]
    secrets.keep(NAMED, "wrong")
    mistaken = rows(moving, hosts, asking)[name]
    secrets.keep(NAMED, PASSWORD)
    right = rows(moving, hosts, asking)[name]
    by_ops = replace(moving, plan=a_moving_plan(hosts, private=private()))
    moved = go(by_ops, unmoved(by_ops), Phase.BESIDE, asking)
    new = str(by_ops.plan.move(name).addresses[0].ipv4.ip)
    assert new in held(moving, name)
    back = carry(backward(moved, None), replace(by_ops.carrier(), place=asking))

    assert back.state is MoveState.TAKEN_BACK
    assert new not in held(moving, name)
    for row in (unasked, mistaken):
        assert row.capability is Capability.UNKNOWN
        assert "sudo" in row.blocks[0]
        assert "password" in row.blocks[0]
    assert right.blocks == ()
    told = f"{unasked}{mistaken}{right}{moved}{back}{on(moving, name, 'journalctl --no-pager')}"
    assert PASSWORD not in told


@pytest.mark.hosts_all
def test_an_address_that_keepalived_moved_meanwhile_is_not_brought_back(moving: Moving) -> None:
    vip_is_up(moving)
    journal = go(moving, unmoved(moving), Phase.BESIDE)
    first = "h-vrrp-1"

    armed(moving, first, Phase.CUTOVER, "vip")
    must(moving, first, "systemctl stop keepalived")
    until(lambda: ELSEWHERE in held(moving, "h-vrrp-2"), "the other host takes the address", LONG_ENOUGH)
    fired = deadman(moving, first, "deadman.fire(*given)", ["vip", "asked for"])

    assert (fired["exact"], fired.get("differences", [])) == (True, [])
    assert ELSEWHERE not in held(moving, first)
    assert ELSEWHERE in held(moving, "h-vrrp-2")
    must(moving, first, "systemctl start keepalived")
    carry(backward(journal, None), moving.carrier())


@pytest.mark.hosts_all
def test_tables_of_docker_and_libvirt_stay_and_what_translates_by_an_old_address_is_named(
    tmp_path: Path,
) -> None:
    with moving_lab(tmp_path, listed(WITH_GUESTS), private(), packages=MORE) as moving, patiently():
        moving.plan = at_once(moving.plan)
        for name, programs in WITH_GUESTS.items():
            laid(moving, name, programs.wrong)
            must(moving, name, programs.start)
        found = misjudged(moving, WITH_GUESTS)
        for name, programs in WITH_GUESTS.items():
            laid(moving, name, programs.right)
            must(moving, name, programs.mend)
        ready = {name: row.blocks for name, row in rows(moving, listed(WITH_GUESTS)).items()}
        before = {name: translating(moving, name) for name in WITH_GUESTS}
        journal = unmoved(moving)
        for phase in (Phase.BESIDE, Phase.CUTOVER, Phase.RETIRE):
            journal = go(moving, journal, phase)
            assert {name: translating(moving, name) for name in WITH_GUESTS} == before, phase
        moving.lab.reboot(*WITH_GUESTS)
        booted = silent(moving, old=False, new=True)
        for name, programs in WITH_GUESTS.items():
            until(
                lambda name=name: "MASQUERADE" in translating(moving, name), f"tables of {name}", LONG_ENOUGH
            )
            must(moving, name, f"systemctl is-active {' '.join(programs.up)}")
        back = carry(backward(journal, None), moving.carrier())

    assert found == (set(), set())
    assert ready == dict.fromkeys(WITH_GUESTS, ())
    assert "DOCKER" in before["h-docker"]
    assert "LIBVIRT_PRT" in before["h-libvirt"]
    assert booted == ()
    assert back.state is MoveState.TAKEN_BACK


def translating(moving: Moving, name: str) -> str:
    """The rules of a host and the bridges of its programs."""
    return on(moving, name, "iptables-save | grep '^-A'; ip -br -4 addr show type bridge")
