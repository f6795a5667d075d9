"""Gives tests a host lab that is up, and words for asking its nodes; it runs on real namespaces."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.host_site import a_site
from support.needs import skip_without_host_lab

from lab.hosts.lab import HostLab

THRICE = ("-n", "-c", "3", "-i", "0.2", "-W", "1")

CLIENT = """
import socket, sys
address, port, kind, size = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
sent = bytes(number % 251 for number in range(size))
family = socket.AF_INET6 if ":" in address else socket.AF_INET
with socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as client:
    client.settimeout(5)
    client.connect((address, port))
    client.sendall(sent)
    came = b""
    while len(came) < size:
        came += client.recv(65535)
print(came == sent)
"""


@dataclass(frozen=True)
class Nodes:
    """Runs commands in the nodes of a lab."""

    lab: HostLab

    def run(self, node: str, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.lab.door(node), *command], capture_output=True, text=True, check=False, timeout=60
        )

    def said(self, node: str, *command: str) -> str:
        """What a command that has to end well prints."""
        done = self.run(node, *command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def shell(self, node: str, script: str) -> str:
        return self.said(node, "sh", "-ec", script)

    def reaches(self, node: str, address: str, *words: str) -> bool:
        """True when one of three pings is answered."""
        return self.run(node, "ping", *THRICE, *words, address).returncode == 0

    def echoes(self, node: str, address: str, port: int, kind: str, size: int = 100) -> bool:
        """True when what is sent comes back whole."""
        done = self.run(node, sys.executable, "-c", CLIENT, address, str(port), kind, str(size))
        return done.stdout.strip() == "True"

    def ssh(self, address: str, command: str) -> str:
        """What a command prints that the controller runs on a host over SSH."""
        options = ["-o", f"UserKnownHostsFile={self.lab.known_hosts}", "-o", "StrictHostKeyChecking=yes"]
        login = ["ssh", "-i", str(self.lab.key), *options, "-o", "BatchMode=yes", f"netops@{address}"]
        return self.said("ctl", *login, command)


@pytest.fixture(scope="session")
def host_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostLab]:
    """The small site, up; what a test changes on a host it puts back by a reboot."""
    skip_without_host_lab()
    lab = HostLab(a_site(), tmp_path_factory.mktemp("hosts"))
    try:
        lab.up(print)
        yield lab
    finally:
        lab.down(print)


@pytest.fixture
def nodes(host_lab: HostLab) -> Nodes:
    return Nodes(host_lab)


@pytest.fixture
def own_folder(tmp_path: Path) -> Path:
    """A folder for a lab of the test's own."""
    skip_without_host_lab()
    return tmp_path / "lab"
