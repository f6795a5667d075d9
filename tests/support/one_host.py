"""Gives one host and its router in network namespaces of their own, with the dead-man on the host."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from cmp.plays.runner import PLAYBOOKS

PROGRAM = "/usr/local/lib/tricenter"
PARTS = (
    *("deadman.py", "applying.py", "resolving.py", "network_state.py", "forgetting.py", "placing.py"),
    *("held_addresses.py", "floating.py", "installing.py"),
    *("ifupdown_text.py", "keyfile_text.py", "netplan_text.py", "networkd_text.py"),
)
PRIVATE = ("/var/lib", "/run", "/usr/local/lib", "/etc/network", "/etc/tricenter")
OLD, GATEWAY = "192.0.2.11/24", "192.0.2.1"


@dataclass(frozen=True, slots=True)
class OneHost:
    """A host whose `/var/lib` and `/etc/network` last over a reboot, and whose `/run` does not."""

    name: str
    pid: int

    def run(self, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command on the host."""
        door = ("nsenter", "-t", str(self.pid), "-m", "-n", "--")
        return subprocess.run([*door, *command], input=stdin, capture_output=True, text=True, check=False)

    def ask(self, code: str, *arguments: Any) -> Any:
        """Call the dead-man's program: an expression over `arguments`; a refusal is its sentence."""
        text = f"""
import json, sys
sys.path.insert(0, {PROGRAM!r})
import applying, deadman, network_state, placing
arguments = json.load(sys.stdin)
try:
    print(json.dumps({code}))
except (deadman.Refusal, applying.Failed, placing.InTheWay) as refusal:
    print(json.dumps({{"refused": str(refusal)}}))
"""
        done = self.run("/usr/bin/python3", "-c", text, stdin=json.dumps(arguments))
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def switch(self, token: str, seconds: float, transaction: Mapping[str, Any]) -> Any:
        """Arm a change and make it."""
        return self.ask("deadman.switch(*arguments)", token, "test", seconds, transaction)

    def state(self) -> Any:
        """The network state, without what the timer knows of it."""
        return self.ask("network_state.take()")

    def until(self, token: str, state: str, within: float = 20.0) -> Any:
        """Wait until a change stands so."""
        end = time.monotonic() + within
        while (told := self.ask("deadman.look(*arguments)", token))["state"] != state:
            assert time.monotonic() < end, f"is the change {state}? last seen: {told}"
            time.sleep(0.05)  # noqa: TID251 - the poll of `until`
        return told


@contextlib.contextmanager
def one_host() -> Iterator[OneHost]:
    """A host with an old address and a default route, and a router behind the same link."""
    name = f"tc{uuid4().hex[:8]}"
    host, router = f"{name}h", f"{name}r"
    for each in (host, router):
        _ip("netns", "add", each)
    try:
        _ip("-n", host, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", router)
        for each, address in ((host, OLD), (router, f"{GATEWAY}/24")):
            _ip("-n", each, "link", "set", "lo", "up")
            _ip("-n", each, "link", "set", "eth0", "up")
            _ip("-n", each, "addr", "add", address, "dev", "eth0")
        _ip("-n", host, "route", "add", "default", "via", GATEWAY)
        with _holder(host) as holder:
            yield OneHost(router, holder.pid)
    finally:
        for each in (host, router):
            subprocess.run(["ip", "netns", "del", each], check=False)


def on_router(host: OneHost, *command: str) -> None:
    """Run ip(8) on the router."""
    _ip("-n", host.name, *command)


@contextlib.contextmanager
def _holder(namespace: str) -> Iterator[subprocess.Popen[str]]:
    """A process that keeps the host's private files; everything on the host ends with it."""
    parts = " ".join(str(PLAYBOOKS / "plugins" / "module_utils" / part) for part in PARTS)
    mounts = " && ".join(f"mkdir -p {place} && mount -t tmpfs none {place}" for place in PRIVATE[1:])
    script = (
        f"mount -t tmpfs none /var/lib && {mounts} && mkdir -p {PROGRAM} /etc/network/interfaces.d"
        f" && cp {parts} {PROGRAM} && echo ready && exec sleep infinity"
    )
    command = ["ip", "netns", "exec", namespace, "unshare", "-m", "-p", "--fork", "--kill-child=KILL"]
    inner = ["--propagation", "private", "sh", "-c", script]
    with subprocess.Popen([*command, *inner], stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "ready\n"
            child = Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text().split()[0]
            yield _Inner(int(child))  # type: ignore[misc]
        finally:
            holder.kill()


@dataclass(frozen=True, slots=True)
class _Inner:
    pid: int


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
