"""Measures until it is told to stop: the first line of input says what, the others give orders.

The first is a document of cmp/probes/spec.py, orders are those of cmp/probes/orders.py. The end of standard
input ends it too, without a report, so that no sender outlives who started it. The standard library does.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from cmp.errors import Invalid
from cmp.probes.orders import collect, obey
from cmp.probes.sender import Running
from cmp.probes.spec import parse

_HASTE: Final = -10
"""Niceness: who measures must not wait for what is measured, where this user may ask for that."""
_READ: Final = 65536


class Orders:
    """The lines on standard input, as they come."""

    def __init__(self, running: Running, rest: bytes) -> None:
        self._running, self._rest = running, rest
        self.is_over = False
        running.hub.watch(0, self._read)

    def carry_out(self) -> None:
        """Obey every line that is whole."""
        while not self.is_over and b"\n" in self._rest:
            line, _, self._rest = self._rest.partition(b"\n")
            if line.strip():
                self.is_over = obey(self._running, line.decode(), say)

    def _read(self) -> None:
        data = os.read(0, _READ)
        self._rest += data
        self.is_over = not data
        self.carry_out()


def say(answer: Mapping[str, Any]) -> None:
    """Write one line, whole."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def first_line() -> tuple[bytes, bytes]:
    """What to measure, and what has come behind it."""
    data = b""
    while b"\n" not in data and (more := os.read(0, _READ)):
        data += more
    line, _, rest = data.partition(b"\n")
    return line, rest


def hurry() -> None:
    """Ask for a good place: more sockets, precedence, and no pauses to collect garbage."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _HASTE)
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(os.sched_get_priority_min(os.SCHED_RR)))
    gc.disable()


def main() -> int:
    """Measure; returns the exit code."""
    line, rest = first_line()
    hurry()
    try:
        running = Running(parse(json.loads(line)))
    except (Invalid, OSError, ValueError) as problem:
        say({"refused": str(problem)})
        return Invalid.exit_code
    say({"ok": True, "at": running.hub.now()})
    orders = Orders(running, rest)
    orders.carry_out()
    running.wheel.begin(running.hub.now())
    while not orders.is_over:
        running.turn()
        collect()
    return 0


if __name__ == "__main__":
    sys.exit(main())
