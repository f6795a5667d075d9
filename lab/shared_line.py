"""Measures how classes share a loaded line: three network namespaces, a shaped router in the middle, iperf3.

It needs root, iproute2, nftables, iperf3 and ping. Nothing is bound in the network of the machine, and all of
it ends with the processes that hold the namespaces.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from cmp.errors import TryLater
from cmp.model.network import TrafficClass
from cmp.network.classes.dscp import code_point
from cmp.network.classes.htb import Shaping, nft_script, tc_lines
from cmp.network.classes.live import live_script
from cmp.network.classes.usage import ClassUsage, class_usage
from cmp.sentences import Sentence
from toolchain.system_packages import lacking

PROGRAMS: Final = ("ip", "tc", "nft", "iperf3", "ping", "ss", "unshare", "nsenter")
TIME: Final = re.compile(r"time=([\d.]+) ms")
FIRST_PORT: Final = 5201
RUNNING: Final = 1_000_000
"""Bytes after which a sender has left its slow start, or less where its class is slow."""

RUNNING_SECONDS: Final = 0.25
"""Of a class's guarantee: what it sends in this time is enough."""

PATIENCE: Final = 20.0
"""Seconds to wait for a namespace or a server."""

LASTING: Final = 300
"""Seconds after which a sender ends that nobody ended."""

STARTING: Final = 6.0
"""Seconds that senders get to fill the line: a class that others starve never does, and is measured so."""

SHORT: Final = 0.05
"""Seconds between two looks."""

LINE_MBPS: Final = 100.0

THREE: Final = (
    TrafficClass(id="voice", dscp="ef", guaranteed_mbps=20, ceiling_mbps=100),
    TrafficClass(id="office", dscp="af21", guaranteed_mbps=60, ceiling_mbps=100),
    TrafficClass(id="best-effort", dscp="be", guaranteed_mbps=20, ceiling_mbps=100),
)
"""Classes of a line of 100 Mbit/s that guarantee all of it."""

ADDRESSES: Final = {4: ("192.0.2.1", "192.0.2.2", "198.51.100.1", "198.51.100.2")}
ADDRESSES[6] = ("2001:db8:a::1", "2001:db8:a::2", "2001:db8:b::1", "2001:db8:b::2")


@dataclass(frozen=True, slots=True)
class Share:
    """What a class got: its family, Mbit/s received, median round trip of its pings in ms meanwhile."""

    name: str
    family: int
    mbps: float
    median_ms: float


def missing() -> str:
    """Why this machine cannot measure; empty where it can."""
    if os.geteuid() != 0:
        return "no root"
    return f"no {', '.join(gone)}" if (gone := lacking(*PROGRAMS)) else ""


class Line:
    """A sender, a router that shapes towards a receiver, and that receiver with a server for each class."""

    def __init__(self, shaping: Shaping, nodes: Sequence[int]) -> None:
        self.shaping = shaping
        self._sender, self._router, self._receiver = nodes
        self.started: list[subprocess.Popen[bytes]] = []
        self._cable(self._sender, "eth0", self._router, "in0", 0)
        self._cable(self._router, shaping.interface, self._receiver, "eth0", 2)
        for key in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
            _run(self._router, "sh", "-c", f"echo 1 > /proc/sys/net/{key}")
        for family, ends in ADDRESSES.items():
            _run(self._sender, "ip", f"-{family}", "route", "add", "default", "via", ends[1])
            _run(self._receiver, "ip", f"-{family}", "route", "add", "default", "via", ends[2])
        _run(self._router, "tc", "-batch", "-", given="\n".join((*tc_lines(shaping), "")))
        _run(self._router, "nft", "-f", "-", given=nft_script(shaping))

    def _cable(self, one: int, name: str, other: int, other_name: str, first: int) -> None:
        peer = ("peer", "name", other_name, "netns", str(other))
        _run(one, "ip", "link", "add", name, "type", "veth", *peer)
        for node, interface, index in ((one, name, first), (other, other_name, first + 1)):
            _run(node, "ip", "link", "set", interface, "up")
            for family, length in ((4, "/24"), (6, "/64")):
                quick = ("nodad",) if family == max(ADDRESSES) else ()
                address = ADDRESSES[family][index] + length
                _run(node, "ip", f"-{family}", "address", "add", address, "dev", interface, *quick)

    def serve(self, first: int, count: int) -> list[subprocess.Popen[bytes]]:
        """So many servers of iperf3, on ports of their own from this one on."""
        ports = [str(first + index) for index in range(count)]
        servers = [
            subprocess.Popen(
                _inside(self._receiver, "iperf3", "-s", "-p", port),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for port in ports
        ]
        self.started += servers
        _until(lambda: all(f":{port} " in _run(self._receiver, "ss", "-ltn") for port in ports), "iperf3")
        return servers

    def load(self, families: Mapping[str, int], seconds: float) -> tuple[Share, ...]:
        """Send as much as possible in these classes at once, each in its family; ping in all meanwhile.

        Rates are those of the router's counters over so many seconds in which all of them were sending.
        Unmarked traffic begins last: what the senders agree on beforehand waits in that class too.

        Raises:
            TryLater: a sender or a server did not start, or ended early.
        """
        with self.sending(self.shaping.classes, families):
            return self.shares(families, seconds)

    @contextmanager
    def sending(
        self, classes: Sequence[TrafficClass], families: Mapping[str, int], first: int = FIRST_PORT
    ) -> Iterator[None]:
        """Send as much as possible in those of these classes that have a family, while the block runs.

        Raises:
            TryLater: a sender or a server did not start, or ended early.
        """
        servers = self.serve(first, len(classes))
        sending = [
            self._send(first + index, traffic, families[traffic.id])
            for index, traffic in sorted(enumerate(classes), key=_unmarked)
            if traffic.id in families
        ]
        self.started += sending
        self._await_load({each.id for each in classes} & {*families})
        yield
        if any(process.poll() is not None for process in sending):
            raise TryLater("a sender of iperf3 ended early")
        for process in (*sending, *servers):
            process.kill()
            process.wait()

    def shares(self, families: Mapping[str, int], seconds: float) -> tuple[Share, ...]:
        """What each class gets while others are sending, and its pings meanwhile."""
        pinging = [
            self._ping(traffic, families.get(traffic.id, 6), seconds) for traffic in self.shaping.classes
        ]
        before, begun = self._sent(), time.monotonic()
        times = [_median(process) for process in pinging]
        after, elapsed = self._sent(), time.monotonic() - begun
        return tuple(
            Share(traffic.id, families.get(traffic.id, 6), _mbps(traffic.id, before, after, elapsed), median)
            for traffic, median in zip(self.shaping.classes, times, strict=True)
        )

    def reshape(self, classes: Sequence[TrafficClass]) -> None:
        """Give the line other classes while it carries what it carries, as a router's role does."""
        shaping = replace(self.shaping, classes=tuple(classes))
        _run(self._router, "sh", given=live_script(shaping))
        _run(self._router, "nft", "-f", "-", given=nft_script(shaping))
        self.shaping = shaping

    def echoes(self, traffic: TrafficClass, seconds: float) -> subprocess.Popen[str]:
        """A process that pings in a class over IPv4 every 10 ms and tells when each answer came."""
        mark = str(code_point(traffic.dscp) << 2)
        words = ("ping", "-4", "-n", "-D", "-O", "-i", "0.01", "-Q", mark, "-w", str(round(seconds)))
        return subprocess.Popen(
            _inside(self._sender, *words, ADDRESSES[4][3]), stdout=subprocess.PIPE, text=True
        )

    def _await_load(self, names: Collection[str]) -> None:
        started = self._sent()
        enough = {each.id: _enough(each) for each in self.shaping.classes}
        _came(
            lambda: all(
                sent - started[name] >= enough[name] for name, sent in self._sent().items() if name in names
            ),
            STARTING,
        )

    def _sent(self) -> dict[str, int]:
        """Bytes that each class has sent, by the router's counters."""
        return {each.name: each.sent_bytes for each in self.usage()}

    def _send(self, port: int, traffic: TrafficClass, family: int) -> subprocess.Popen[bytes]:
        target = ADDRESSES[family][3]
        mark = ("--dscp", str(code_point(traffic.dscp)))
        words = ("iperf3", "-c", target, "-p", str(port), "-t", str(LASTING), *mark)
        return subprocess.Popen(
            _inside(self._sender, *words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def _ping(self, traffic: TrafficClass, family: int, seconds: float) -> subprocess.Popen[str]:
        mark = str(code_point(traffic.dscp) << 2)
        count = ("-i", "0.05", "-w", str(round(seconds)))
        words = ("ping", f"-{family}", "-n", "-Q", mark, *count, ADDRESSES[family][3])
        return subprocess.Popen(_inside(self._sender, *words), stdout=subprocess.PIPE, text=True)

    def usage(self) -> tuple[ClassUsage, ...]:
        """What the router counted for each class."""
        listing = _run(self._router, "tc", "-s", "class", "show", "dev", self.shaping.interface)
        return class_usage(listing, self.shaping)

    def counters(self) -> str:
        """The router's counters of nftables as JSON."""
        return _run(self._router, "nft", "-j", "list", "counters")


@contextmanager
def shared_line(classes: Sequence[TrafficClass] = THREE, line_mbps: float = LINE_MBPS) -> Iterator[Line]:
    """A line with its classes and servers; everything ends with the block.

    Raises:
        TryLater: this machine cannot do it.
    """
    if reason := missing():
        raise TryLater(Sentence("classes cannot be measured here: {reason}", reason=reason))
    held: list[subprocess.Popen[bytes]] = []
    lines: list[Line] = []
    try:
        for _ in range(3):
            held.append(subprocess.Popen(["unshare", "--net", "sleep", "600"]))
            _until(lambda: _namespace(held[-1].pid) not in {"", _namespace(os.getpid())}, "a namespace")
        line = Line(Shaping("out0", line_mbps, tuple(classes)), [process.pid for process in held])
        lines.append(line)
        yield line
    finally:
        for process in (*(each for line in lines for each in line.started), *held):
            process.kill()
            process.wait()


def _inside(node: int, *words: str) -> list[str]:
    return ["nsenter", "-t", str(node), "-n", *words]


def _run(node: int, *words: str, given: str | None = None) -> str:
    done = subprocess.run(
        _inside(node, *words), input=given, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        raise TryLater(f"{' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def _namespace(process: int) -> str:
    try:
        return str(Path(f"/proc/{process}/ns/net").readlink())
    except OSError:
        return ""


def _until(question: Callable[[], bool], what: str) -> None:
    if not _came(question, PATIENCE):
        raise TryLater(
            Sentence("{what} did not come up in {PATIENCE} s", what=what, PATIENCE=f"{PATIENCE:g}")
        )


def _came(question: Callable[[], bool], seconds: float) -> bool:
    """Ask until the answer is yes, or for so many seconds."""
    deadline = time.monotonic() + seconds
    waiting = threading.Event()
    while not (answer := question()) and time.monotonic() < deadline:
        waiting.wait(SHORT)
    return answer


def _enough(traffic: TrafficClass) -> float:
    """Bytes after which its sender is taken to be running."""
    return min(RUNNING, traffic.guaranteed_mbps * 1e6 / 8 * RUNNING_SECONDS)


def _unmarked(numbered: tuple[int, TrafficClass]) -> bool:
    return code_point(numbered[1].dscp) == 0


def _mbps(name: str, before: Mapping[str, int], after: Mapping[str, int], seconds: float) -> float:
    return (after[name] - before[name]) * 8 / 1e6 / seconds


def _median(process: subprocess.Popen[str]) -> float:
    text, _ = process.communicate(timeout=120)
    return statistics.median([float(found) for found in TIME.findall(text)] or [float("inf")])


def figures(seconds: float = 4) -> dict[str, Any]:
    """Shares of all classes in two mixtures of families, with voice silent, and of one class alone."""
    mixed = {"voice": 4, "office": 6, "best-effort": 4}
    turned = {"voice": 6, "office": 4, "best-effort": 6}
    with shared_line() as line:
        runs = {
            "at_once": line.load(mixed, seconds),
            "at_once_turned": line.load(turned, seconds),
            "voice_silent": line.load({"office": 6, "best-effort": 4}, seconds),
            "best_effort_alone": line.load({"best-effort": 6}, seconds),
        }
    return {
        "runs": {name: [asdict(share) for share in shares] for name, shares in runs.items()},
        "guaranteed_mbps": {each.id: each.guaranteed_mbps for each in THREE},
        "line_mbps": LINE_MBPS,
    }
