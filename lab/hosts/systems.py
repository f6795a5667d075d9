"""Writes what makes a node a whole Debian with systemd: its disk over the golden tree, and how it boots.

The node's namespaces are those of every node, so that links and probes stay as they are; systemd-nspawn boots
the Debian in them. A reboot is an end and a start over the same disk.
"""

from __future__ import annotations

import hashlib
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

from lab.hosts.namespaces import enter, living
from lab.hosts.nodes import Node
from lab.hosts.scripts import STAY, WHO_AM_I, record
from lab.processes import Process, environment, start_time, wait_until

ROOT = "root"
"""The folder of a node that holds its disk: the upper layer over the golden tree."""

INSIDE = "system"
"""The folder of a node in which the first process of its Debian is written down."""

_CGROUPS = ("/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified", "/sys/fs/cgroup")
"""Where systemd keeps its services, by the versions of the kernel's control groups; some are there."""
_BOOT_SECONDS = 90.0
_BOOTED = ("running", "degraded")


def disk_of(folder: Path) -> Path:
    """Where a node's own files lie, from its root on."""
    return folder / ROOT / "upper"


def first_process(node: Node, folder: Path, golden: Path) -> str:
    """What the first process of a node's namespaces runs: it lays the disk over the golden tree and stays.

    /sys stays the machine's: below it are the control groups that nspawn hands on; the Debian gets its own.
    """
    disk = folder / ROOT
    layers = f"lowerdir={golden},upperdir='{disk}/upper',workdir='{disk}/work'"
    lines = [
        "set -e",
        WHO_AM_I,
        f"hostname {node.name}",
        "mount -t proc proc /proc",
        "mount -t tmpfs -o mode=755 tmpfs /run",
        "mkdir -p /run/lock",
        f"mount -t overlay -o {layers} overlay {shlex.quote(str(disk / 'merged'))}",
        record(folder / "process"),
        STAY,
    ]
    return "\n".join(lines) + "\n"


def boot(node: Node, folder: Path) -> str:
    """What starts the Debian in its namespaces: a control group of its own, then nspawn."""
    own = control_group(folder)
    places = " ".join(_CGROUPS)
    merged, console = shlex.quote(str(folder / ROOT / "merged")), shlex.quote(str(folder / "console.log"))
    words = (
        *("systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit", "--link-journal=no"),
        *("--capability=CAP_NET_ADMIN,CAP_NET_RAW", "--network-namespace-path=/proc/1/ns/net"),
        *("--resolv-conf=off", "--timezone=off", f"--machine={node.name}"),
    )
    lines = [
        f"for place in {places}; do",
        "  [ -e $place/cgroup.procs ] || continue",
        f"  mkdir -p $place/{own} && echo 0 > $place/{own}/cgroup.procs",
        "done",
        *(f"ip link set {nic.name} mtu {nic.mtu}" for nic in node.nics),
        "export SYSTEMD_NSPAWN_API_VFS_WRITABLE=network",
        f"{shlex.join(words)} -D {merged} </dev/null >>{console} 2>&1 &",
    ]
    return "\n".join(lines) + "\n"


def await_booted(folder: Path, namespaces: Process) -> bool:
    """Wait until systemd has started all that it was to, and write down its process; False where not."""
    inside = folder / INSIDE
    inside.mkdir(exist_ok=True)
    found: list[Process] = []

    def has_booted() -> bool:
        found[:] = [leader] if (leader := _leader(namespaces)) else []
        return bool(found) and _state(found[0]) in _BOOTED

    if not wait_until(has_booted, _BOOT_SECONDS, pause=0.1):
        return False
    (inside / "process").write_text(f"{found[0].pid} {found[0].started}")
    return True


def leader_of(folder: Path) -> Process | None:
    """The first process of a node's Debian; None where it does not run."""
    return living(folder / INSIDE)


def control_group(folder: Path) -> str:
    """The name of the control group that all of a node's Debian lies in."""
    return f"tricenter-{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"


def sweep(folder: Path) -> None:
    """Remove the control groups of a Debian that has ended."""
    for place in _CGROUPS:
        own = Path(place) / control_group(folder)
        for path in sorted(own.rglob("*"), reverse=True) if own.is_dir() else ():
            if path.is_dir():
                _remove(path)
        if own.is_dir():
            _remove(own)


def _remove(group: Path) -> None:
    """Remove a control group once the kernel has buried what was in it."""

    def is_gone() -> bool:
        try:
            group.rmdir()
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    wait_until(is_gone, 5.0, pause=0.02)


def _leader(namespaces: Process) -> Process | None:
    for nspawn in _children(namespaces.pid):
        for pid in _children(nspawn):
            if _is_first(pid) and (started := start_time(pid)):
                return Process(INSIDE, pid, started)
    return None


def _is_first(pid: int) -> bool:
    """True for the first process of a pid namespace: while nspawn starts it has other children too."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return False
    return any(line.split()[-1] == "1" for line in lines if line.startswith("NSpid:"))


def _children(pid: int) -> Iterator[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return
    yield from map(int, text.split())


def _state(leader: Process) -> str:
    command = [*enter(leader), "systemctl", "is-system-running"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=_BOOT_SECONDS, env=environment()
    )
    return done.stdout.strip()
