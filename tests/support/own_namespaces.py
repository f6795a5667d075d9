"""Gives tests a few network namespaces joined by virtual cables; each ends with the process that holds it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 20.0
"""Seconds to wait for what a kernel does within one; a loaded machine takes longer."""


def until(question: Callable[[], object], what: str, within: float = PATIENCE) -> object:
    """Ask again until the answer is true; the last answer is told when time is up."""
    deadline = time.monotonic() + within
    while not (answer := question()):
        assert time.monotonic() < deadline, f"{what}: still {answer!r} after {within} s"
        subprocess.run(["sleep", "0.05"], check=True)
    return answer


@dataclass(frozen=True)
class Node:
    """A network namespace, held by a process."""

    process: subprocess.Popen[bytes]

    def command(self, *words: str) -> list[str]:
        return ["nsenter", "-t", str(self.process.pid), "-n", *words]

    def run(self, *words: str, given: str | None = None) -> str:
        done = subprocess.run(
            self.command(*words), input=given, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}{done.stdout}"
        return done.stdout

    def does(self, *words: str) -> bool:
        done = subprocess.run(self.command(*words), capture_output=True, timeout=60, check=False)
        return done.returncode == 0

    def python(self, code: str, *words: str) -> str:
        return self.run(sys.executable, "-c", code, *words)

    def set(self, **settings: str) -> None:
        """Sysctls of the namespace, with two underscores for each dot."""
        for name, value in settings.items():
            path = "/proc/sys/net/" + name.replace("__", "/")
            self.run("sh", "-c", f"echo {value} > {path}")

    def address(self, interface: str, *addresses: str) -> None:
        self.run("ip", "link", "set", interface, "up")
        for address in addresses:
            quick = ["nodad"] if ":" in address else []
            self.run("ip", "address", "add", address, "dev", interface, *quick)


@dataclass
class Wires:
    """Nodes and what was started in them."""

    nodes: list[Node] = field(default_factory=list)
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def node(self) -> Node:
        made = Node(subprocess.Popen(["unshare", "--net", "sleep", "600"]))
        self.nodes.append(made)
        mine = _namespace("self")
        until(lambda: _namespace(made.process.pid) not in {mine, ""}, "a namespace of its own")
        made.run("ip", "link", "set", "lo", "up")
        return made

    def cable(self, one: Node, name: str, other: Node, other_name: str) -> None:
        peer = ["peer", "name", other_name, "netns", str(other.process.pid)]
        one.run("ip", "link", "add", name, "type", "veth", *peer)
        for node, interface in ((one, name), (other, other_name)):
            node.run("ip", "link", "set", interface, "up")

    def start(self, node: Node, words: Sequence[str]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(node.command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.started.append(process)
        return process


def _namespace(process: int | str) -> str:
    try:
        return str(Path(f"/proc/{process}/ns/net").readlink())
    except OSError:
        return ""


@contextmanager
def wires() -> Iterator[Wires]:
    """Nodes that end, with all that was started in them, when the block does."""
    made = Wires()
    try:
        yield made
    finally:
        for process in (*made.started, *(node.process for node in made.nodes)):
            process.kill()
            process.wait()
