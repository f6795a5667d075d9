"""Keeps the Debian that whole hosts of a lab boot: built once for a machine from its own package sources.

Nothing ever writes into the tree: each host lays a disk of its own over it. Its key is over all that it is
made of, so a change of the list makes a new one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cmp.errors import TryLater
from lab.base import Report
from lab.processes import environment

PACKAGES = (
    *("systemd", "systemd-sysv", "libpam-systemd", "dbus", "openssh-server", "python3", "procps", "kmod"),
    *("iproute2", "iputils-ping", "nftables", "ifupdown", "bridge-utils", "ifenslave", "vlan"),
    *("netplan.io", "network-manager", "firewalld", "cloud-init", "keepalived", "dnsmasq", "sudo"),
)
"""Without libpam-systemd polkitd stays unconfigured, and NetworkManager with it."""

_VERSION = 1
"""Counts what the build does beside installing packages."""
_PATIENCE_SECONDS = 1800


def tree(report: Report, more: tuple[str, ...] = ()) -> Path:
    """The tree, which is built where it is not there yet: some minutes, once for a machine.

    `more` are packages beside those that every whole host has; each choice of them is a tree of its own.

    Raises:
        TryLater: it could not be built; the sentence says where the log is.
    """
    sources, packages = _sources(), (*PACKAGES, *more)
    made_from = repr((packages, _VERSION, sources, os.uname().machine))
    kept = _cache() / hashlib.sha256(made_from.encode()).hexdigest()[:16]
    if kept.is_dir():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    with _alone(kept.parent / "lock"):
        if not kept.is_dir():
            report(f"building a Debian for the hosts of labs, once for this machine: {kept}")
            _build(kept, sources, packages)
    return kept


def _build(kept: Path, sources: tuple[str, ...], packages: tuple[str, ...]) -> None:
    fresh, log = kept.with_name(f"{kept.name}.new"), kept.with_name(f"{kept.name}.log")
    shutil.rmtree(fresh, ignore_errors=True)
    options = [f"--aptopt={line}" for line in _settings() if "::Proxy" in line]
    command = ["mmdebstrap", "--variant=minbase", f"--include={','.join(packages)}", *options]
    with log.open("wb") as out:
        done = subprocess.run(
            [*command, _codename(), str(fresh), *sources],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            check=False,
            env=environment(),
            timeout=_PATIENCE_SECONDS,
        )
    if done.returncode:
        raise TryLater(
            "a Debian for the hosts of the lab could not be built from this machine's package sources",
            hint=f"{log} says why; correct /etc/apt or its proxy, then run it again",
        )
    for key in (fresh / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    fresh.rename(kept)


def _sources() -> tuple[str, ...]:
    """Lines of sources.list(5) for this release, from where the machine itself gets its packages.

    Raises:
        TryLater: the machine has no Debian sources.
    """
    codename = _codename()
    said = _said("apt-get", "indextargets", "--format", "$(SITE) $(RELEASE)", "Created-By: Packages")
    found = dict.fromkeys(line for line in said if line.split()[1:] in ([codename], [f"{codename}-security"]))
    if not any(line.endswith(f" {codename}") for line in found):
        raise TryLater(
            f"this machine's package sources name no {codename or 'Debian'} to build hosts from",
            hint="the lab's whole hosts need a Debian machine; others can be bare namespaces",
        )
    return tuple(f"deb {line} main" for line in found if "debian" in line)


def _codename() -> str:
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    return ""


def _settings() -> list[str]:
    return _said("apt-config", "dump", "Acquire")


def _said(*command: str) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    return done.stdout.splitlines()


def _cache() -> Path:
    """Where the trees lie: the user's cache folder, as the XDG specification names it."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    cache = Path(given) if given.startswith("/") else Path.home() / ".cache"
    return cache / "tricenter" / "systems"


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
