"""Names the programs that the host lab runs, with the Debian package of each."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping

PROGRAMS: Mapping[str, str] = {
    "ip": "iproute2",
    "sysctl": "procps",
    "nft": "nftables",
    "ifup": "ifupdown",
    "run-parts": "debianutils",
    "ping": "iputils-ping",
    "sshd": "openssh-server",
    "ssh": "openssh-client",
    "vtysh": "frr",
    "unbound": "unbound",
    "tayga": "tayga",
    "radvd": "radvd",
    "unshare": "util-linux",
}
"""Program to package; `run-parts` and `unshare` are on every Debian."""

_ADMINISTRATORS = ("/usr/local/sbin", "/usr/sbin", "/sbin")


def missing_packages() -> tuple[str, ...]:
    """The packages whose programs are not there, sorted."""
    path = os.pathsep.join([*os.get_exec_path(), *_ADMINISTRATORS])
    return tuple(sorted({package for name, package in PROGRAMS.items() if not shutil.which(name, path=path)}))


def install_command(packages: tuple[str, ...]) -> str:
    """How to get packages without their daemons starting on the machine itself."""
    return f"as root: make system-packages, or apt-get install {' '.join(packages)}"
