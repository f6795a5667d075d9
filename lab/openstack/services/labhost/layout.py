"""Knows where a lab's folder keeps what, as the configuration written beside it says."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

SHARED = "shared"
"""The folder of what all regions use: keystone."""

_STARTED = time.monotonic()


@dataclass(frozen=True)
class Layout:
    """A lab's folder and its ports: `ports[region][service]`; keystone's are under `shared`."""

    folder: Path
    ports: dict[str, dict[str, int]]

    def etc(self, region: str) -> Path:
        """The configuration files of a region."""
        return self.folder / region / "etc"

    def port(self, region: str, service: str) -> int:
        """The port that a service of a region listens on."""
        return self.ports[region][service]

    def is_registered(self) -> bool:
        """True once keystone knows the services, their users and their endpoints."""
        return (self.folder / SHARED / "registered").exists()

    def wanted(self) -> list[str]:
        """The regions that are to run now."""
        return (self.folder / "run" / "wanted").read_text().split()


def read(folder: str) -> Layout:
    """Read the layout of a lab from its folder."""
    path = Path(folder)
    return Layout(path, json.loads((path / "ports.json").read_text()))


def enter(lab: Layout, region: str, log: str) -> None:
    """Make this process one of a region: its configuration and its log file."""
    etc = str(lab.etc(region))
    for service in ("KEYSTONE", "PLACEMENT", "GLANCE", "NOVA", "NEUTRON"):
        os.environ[f"OS_{service}_CONFIG_DIR"] = etc
    os.environ["OS_NEUTRON_CONFIG_FILES"] = "neutron.conf"
    path = lab.folder / region / "log" / f"{log}.out"
    out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)


def say(message: str) -> None:
    """Write a line to the process's log, with the seconds since it began."""
    sys.stdout.write(f"{time.monotonic() - _STARTED:8.2f} s  {message}\n")
    sys.stdout.flush()
