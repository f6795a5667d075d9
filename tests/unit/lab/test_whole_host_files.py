"""A whole host of the lab gets the files of its one manager, and a disk over the golden tree."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.host_site import a_host, a_site

from cmp.model.network import Manager
from lab.hosts import disk, managers, systems
from lab.hosts.contents import Keys, contents
from lab.hosts.topology import topology

KEYS = Keys("ssh-ed25519 AAAA\n", "private\n", "secret")


def written(manager: Manager) -> dict[str, str]:
    site = a_site(hosts=(a_host("web-1", 11, manager=manager, system=True),))
    return dict(contents(topology(site).nodes["web-1"], site, KEYS, "root:x:0:0::/root:/bin/sh\n"))


@pytest.mark.parametrize(
    ("manager", "path", "line"),
    [
        (Manager.IFUPDOWN, "/etc/network/interfaces", "address 192.0.2.11/24"),
        (Manager.NETWORKD, "/etc/systemd/network/10-eth0.network", "Gateway=192.0.2.1"),
        (
            Manager.NETWORK_MANAGER,
            "/etc/NetworkManager/system-connections/eth0.nmconnection",
            "address1=192.0.2.11/24",
        ),
        (Manager.NETPLAN, "/etc/netplan/50-lab.yaml", "renderer: networkd"),
        (Manager.NETPLAN_OVER_NETWORK_MANAGER, "/etc/netplan/50-lab.yaml", "renderer: NetworkManager"),
    ],
)
def test_the_old_address_stands_in_the_words_of_the_manager(manager: Manager, path: str, line: str) -> None:
    found = written(manager)

    assert line in found[path]
    assert [each for each, text in found.items() if "192.0.2.11" in text] == [path]


@pytest.mark.parametrize("manager", list(Manager))
def test_one_manager_runs_and_the_others_cannot(manager: Manager) -> None:
    links = managers.links(manager)
    wanted = {Path(path).name for path in links if ".wants/" in path}
    masked = {Path(path).name for path, target in links.items() if target == "/dev/null"}

    assert len(wanted) == 1
    assert not wanted & masked
    assert {"networking.service", "systemd-networkd.service", "NetworkManager.service"} <= wanted | masked


def test_a_disk_over_a_tree_keeps_everything_links_and_secrets_too(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "etc").mkdir(parents=True)
    given = disk.Contents({"/etc/netplan/a.yaml": "x"}, {"/etc/systemd/system/a.service": "/dev/null"})

    disk.make(tmp_path / "web-1", given, disk.over(tree))

    upper = systems.disk_of(tmp_path / "web-1")
    assert (upper / "etc/netplan/a.yaml").stat().st_mode & 0o777 == 0o600
    assert (upper / "etc/systemd/system/a.service").readlink() == Path("/dev/null")
    assert disk.place(tmp_path / "web-1", Path("/run/a"), disk.over(tree)) == upper / "run/a"


def test_each_whole_host_lies_in_a_control_group_of_its_own(tmp_path: Path) -> None:
    assert systems.control_group(tmp_path / "a") != systems.control_group(tmp_path / "b")
