"""Gives a host in namespaces of its own, and a program on it that answers questions one after the other."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from cmp.plays.runner import PLAYBOOKS

PROGRAM = "/usr/local/lib/tricenter"
MODULES = PLAYBOOKS / "plugins" / "module_utils"
OWN = Path(__file__).parent
ANSWERS = f"""
import json, subprocess, sys
sys.path[:0] = ["{PROGRAM}", "/run/asking"]
import applying, assessing, configured, deadman, forgetting, listing, network_state, placing, resolving
REFUSALS = (deadman.Refusal, applying.Failed, placing.InTheWay, forgetting.Kept, resolving.Unresolved)
for line in sys.stdin:
    code, arguments = json.loads(line)
    try:
        told = {{"told": eval(code)}}
    except REFUSALS as problem:
        told = {{"refused": str(problem)}}
    except Exception as problem:
        told = {{"broken": f"{{type(problem).__name__}}: {{problem}}"}}
    print(json.dumps(told), flush=True)
"""
CABLES = ("eth0", "eth1", "eth2")


@dataclass(frozen=True, slots=True)
class Asked:
    """A host that is asked; `/etc`, `/var/lib` and `/run` are its own."""

    process: subprocess.Popen[str]

    def ask(self, code: str, *arguments: Any) -> dict[str, Any]:
        """What an expression over `arguments` comes to: `told`, `refused` with its sentence, or `broken`."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([code, arguments]) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def told(self, code: str, *arguments: Any) -> Any:
        """The same where nothing may be refused."""
        answer = self.ask(code, *arguments)
        assert "told" in answer, answer
        return answer["told"]

    def shell(self, lines: Sequence[str]) -> None:
        """Run a script to its good end."""
        code = (
            "(lambda done: [done.returncode, done.stderr])(subprocess.run(['sh', '-e'], input=arguments[0],"
        )
        code += " capture_output=True, text=True))"
        returned, said = self.told(code, "\n".join(lines) + "\n")
        assert returned == 0, f"{said}: {lines}"


@contextlib.contextmanager
def a_host() -> Iterator[Asked]:
    """A host with three cables to a router that holds no address; everything ends with the block."""
    name = f"tm{uuid4().hex[:8]}"
    host, router = f"{name}h", f"{name}r"
    batch = []
    for cable in CABLES:
        batch += [
            f"link add {cable} netns {host} type veth peer name {cable} netns {router}",
        ]
    try:
        for each in (host, router):
            subprocess.run(["ip", "netns", "add", each], check=True)
        subprocess.run(["ip", "-batch", "-"], input="\n".join(batch), text=True, check=True)
        up = "\n".join(f"link set {link} up" for link in ("lo", *CABLES))
        for each in (host, router):
            subprocess.run(["ip", "-n", each, "-batch", "-"], input=up, text=True, check=True)
        yield from _answering(host)
    finally:
        for each in (host, router):
            subprocess.run(["ip", "netns", "del", each], check=False)


def _answering(namespace: str) -> Iterator[Asked]:
    parts = " ".join(map(str, sorted(MODULES.glob("*.py"))))
    script = (
        "mkdir -p /run/etc && mount -t tmpfs none /run/etc && mkdir /run/etc/upper /run/etc/work"
        " && mount -t overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work overlay /etc"
        " && mount -t tmpfs none /var/lib && mount -t tmpfs none /usr/local/lib && mount -t tmpfs none /run"
        f" && mkdir -p {PROGRAM} /run/asking /etc/network/interfaces.d /etc/NetworkManager/system-connections"
        f" /etc/netplan && rm -rf /etc/cloud && cp {parts} {PROGRAM} && cp {OWN}/listing.py /run/asking"
        f" && echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6"
        f" && echo 0 > /proc/sys/net/ipv6/conf/all/disable_ipv6"
        ' && exec /usr/bin/python3 -u -c "$ANSWERS"'
    )
    command = [
        "ip",
        "netns",
        "exec",
        namespace,
        "unshare",
        "-m",
        "-p",
        "--mount-proc",
        "--fork",
        "--kill-child=KILL",
    ]
    inner = ["--propagation", "private", "sh", "-c", script]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "ANSWERS": ANSWERS}
    process = subprocess.Popen(
        [*command, *inner], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    with process:
        try:
            yield Asked(process)
        finally:
            process.kill()
