"""Plays run by hand find the hosts of the shipped networks, wherever they are started from."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cmp.installation import HERE
from cmp.loaders.loading import load
from cmp.model.network import HostKind

PLAYBOOKS = HERE.shipped("playbooks")
REFERENCE = load(HERE.shipped("inventories/reference")).environment
FILES = sorted((PLAYBOOKS / "inventory").glob("*.tricenter.yml"))


def listed(file: Path, folder: Path, home: Path) -> dict[str, Any]:
    """What Ansible makes of an inventory file when it is started in a folder."""
    ended = subprocess.run(
        [Path(sys.executable).with_name("ansible-inventory"), "-i", file, "--list"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={
            "ANSIBLE_CONFIG": str(PLAYBOOKS / "ansible.cfg"),
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PATH": "/usr/bin:/bin",
        },
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)["_meta"]["hostvars"]
    return found


def test_every_private_network_of_the_reference_has_its_file() -> None:
    assert [file.name.partition(".")[0] for file in FILES] == sorted(REFERENCE.hosts)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.partition(".")[0])
def test_a_file_lists_the_hosts_that_plays_can_change(file: Path, tmp_path: Path) -> None:
    """The first is read from the folder of the plays, the others from elsewhere."""
    hosts = REFERENCE.hosts[file.name.partition(".")[0]].hosts

    found = listed(file, PLAYBOOKS if file == FILES[0] else tmp_path, tmp_path)

    assert set(found) == {host.name for host in hosts if host.kind is HostKind.LINUX}
