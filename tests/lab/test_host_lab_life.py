"""How a host lab comes up, goes on, is rebooted and goes away: found from its folder, and without a trace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.host_labs import Nodes
from support.host_site import a_host, a_site

from cmp.errors import Invalid, Refused, TryLater
from lab.base import Health
from lab.hosts.lab import HostLab
from lab.hosts.namespaces import living
from lab.hosts.preflight import refuse_unable
from lab.processes import wait_until

pytestmark = [pytest.mark.lab, pytest.mark.hosts, pytest.mark.timeout(180)]

AS_NOBODY = """
import os, sys
from pathlib import Path
from support.host_site import a_site
from lab.hosts.lab import HostLab
from lab.hosts.namespaces import living
os.setuid(65534)
HostLab(a_site(), Path(sys.argv[1])).up(print)
"""


def silent(_line: str) -> None:
    """A report that nobody reads."""


def links() -> set[str]:
    """The links of this machine's own network namespace."""
    listed = subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True).stdout
    return {line.split()[0] for line in listed.splitlines()}


def processes_of(folder: Path) -> list[str]:
    """The processes whose command names a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in command:
            found.append(command)
    return found


def pids_of(lab: HostLab) -> dict[str, str]:
    return {name: lab.door(name)[2] for name in lab.nodes.topology.nodes}


def small(folder: Path) -> HostLab:
    """One host and no translator."""
    return HostLab(a_site(hosts=(a_host("web-1", 11),), translation=None, zones={}), folder)


def test_a_lab_that_is_up_stays_as_it_is(host_lab: HostLab) -> None:
    before = pids_of(host_lab)

    host_lab.up(silent)

    assert pids_of(host_lab) == before


def test_another_process_finds_the_lab_from_its_folder(host_lab: HostLab) -> None:
    other = HostLab(host_lab.site, host_lab.folder)

    assert {state.state for state in other.status()} == {Health.RUNNING}
    assert Nodes(other).said("web-1", "hostname") == "web-1"


def test_a_node_that_does_not_exist_has_no_door(host_lab: HostLab) -> None:
    with pytest.raises(Invalid, match="no node called web-9"):
        host_lab.door("web-9")


def test_a_reboot_ends_all_that_ran_and_keeps_what_was_written_down(nodes: Nodes) -> None:
    nodes.shell(
        "dns-1",
        """
        touch /run/gone /var/lib/kept /usr/local/kept
        ip address add 192.0.2.212/24 dev eth0
        printf 'iface eth0 inet static\\n    address 203.0.113.12/24\\n' > /etc/network/interfaces.d/new
        printf '#!/bin/sh\\nip -br -4 address show eth0 > /run/seen\\n' > /etc/tricenter/boot.d/look
        chmod +x /etc/tricenter/boot.d/look
        setsid sleep 54321 > /dev/null 2>&1 < /dev/null &
        """,
    )
    mac = nodes.said("dns-1", "cat", "/sys/class/net/eth0/address")

    nodes.lab.reboot("dns-1")

    assert nodes.run("dns-1", "ls", "/run/gone").returncode != 0
    assert nodes.said("dns-1", "ls", "/var/lib/kept", "/usr/local/kept")
    assert "sleep 54321" not in nodes.said("dns-1", "ps", "ax")
    seen = nodes.said("dns-1", "cat", "/run/seen")
    assert "192.0.2.12/24" in seen
    assert "203.0.113.12/24" in seen
    assert "192.0.2.212" not in seen
    assert nodes.said("dns-1", "cat", "/sys/class/net/eth0/address") == mac
    assert nodes.ssh("192.0.2.12", "hostname") == "dns-1"
    assert nodes.echoes("station", "192.0.2.12", 53, "udp")
    assert nodes.lab.disk("dns-1", "/var/lib/kept").exists()


def test_an_interface_that_is_taken_down_and_up_leads_everywhere_again(nodes: Nodes) -> None:
    nodes.shell("web-1", "ip route add 198.18.200.0/24 via 192.0.2.1")

    nodes.lab.flap("web-1", "eth0")

    routes = nodes.said("web-1", "ip", "route")
    assert "default via 192.0.2.1" in routes
    assert "198.18.200.0" not in routes
    assert nodes.reaches("ctl", "192.0.2.11")


def test_a_router_that_reboots_takes_its_part_again(nodes: Nodes) -> None:
    nodes.lab.reboot("edge-old")

    assert wait_until(lambda: nodes.reaches("ctl", "192.0.2.11"), 60)


def test_a_node_that_was_lost_is_broken_until_the_lab_is_brought_up_again(nodes: Nodes) -> None:
    others = {name: pid for name, pid in pids_of(nodes.lab).items() if name != "scanner-1"}
    os.kill(int(nodes.lab.door("scanner-1")[2]), signal.SIGKILL)
    assert wait_until(lambda: Health.BROKEN in {each.state for each in nodes.lab.status()}, 10)
    with pytest.raises(TryLater, match="scanner-1 does not run"):
        nodes.lab.door("scanner-1")

    nodes.lab.up(silent)

    assert nodes.ssh("192.0.2.13", "hostname") == "scanner-1"
    assert others.items() <= pids_of(nodes.lab).items()


def test_services_whose_process_was_lost_answer_again_once_the_lab_is_brought_up(nodes: Nodes) -> None:
    answering = living(nodes.lab.folder / "_lab" / "echo")
    assert answering
    os.kill(answering.pid, signal.SIGKILL)
    assert wait_until(lambda: not answering.is_running, 10)
    assert not nodes.echoes("ctl", "192.0.2.11", 443, "tcp")

    nodes.lab.up(silent)

    assert nodes.echoes("ctl", "192.0.2.11", 443, "tcp")


def test_two_labs_with_the_same_addresses_do_not_know_of_each_other(nodes: Nodes, own_folder: Path) -> None:
    other = small(own_folder)
    other.up(silent)
    try:
        Nodes(other).shell("web-1", "ip address add 192.0.2.99/24 dev eth0")

        assert Nodes(other).reaches("ctl", "192.0.2.99")
        assert not nodes.reaches("ctl", "192.0.2.99")
    finally:
        other.down(silent)
    assert nodes.reaches("ctl", "192.0.2.11")


def test_a_lab_that_is_down_has_left_nothing_but_its_disks(own_folder: Path) -> None:
    before = links()
    lab = small(own_folder)
    lab.up(silent)
    inside = [int(pid) for pid in pids_of(lab).values()]
    assert links() == before

    lab.down(silent)

    assert links() == before
    assert str(own_folder) not in Path("/proc/self/mountinfo").read_text()
    assert wait_until(lambda: not processes_of(own_folder), 10)
    assert not [pid for pid in inside if Path(f"/proc/{pid}").exists()]
    assert {state.state for state in lab.status()} == {Health.STOPPED}


def test_disks_outlive_a_lab_until_it_is_reset(own_folder: Path) -> None:
    lab = small(own_folder)
    lab.up(silent)
    try:
        Nodes(lab).shell("web-1", "touch /etc/mark")
        lab.down(silent)
        lab.up(silent)
        assert Nodes(lab).run("web-1", "ls", "/etc/mark").returncode == 0

        lab.reset(silent)

        assert Nodes(lab).run("web-1", "ls", "/etc/mark").returncode != 0
    finally:
        lab.down(silent)


def test_disks_of_another_site_are_not_taken_for_this_ones(own_folder: Path) -> None:
    lab = small(own_folder)
    lab.up(silent)
    lab.down(silent)

    with pytest.raises(Refused, match="the disks of another site"):
        HostLab(a_site(), own_folder).up(silent)


def test_what_a_door_started_ends_with_its_caller(nodes: Nodes) -> None:
    caller = subprocess.Popen([*nodes.lab.door("web-1"), "sleep", "43210"])
    running: Callable[[], bool] = lambda: "sleep 43210" in nodes.said("web-1", "ps", "ax")  # noqa: E731
    assert wait_until(running, 10)

    caller.kill()
    caller.wait()

    assert wait_until(lambda: not running(), 10)


def test_an_ordinary_user_is_refused_with_a_remedy(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, str(tmp_path / "lab")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )

    assert "cmp.errors.Refused: the host lab makes network namespaces, which only root may do" in done.stderr


@pytest.mark.parametrize("folder", ["/var/lib/tricenter", "/run/lab"])
def test_a_folder_that_nodes_would_hide_is_refused(own_folder: Path, folder: str) -> None:
    with pytest.raises(Refused, match="cannot keep its disks"):
        refuse_unable(Path(folder))
