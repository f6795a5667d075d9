"""Runs one gate: its command, what it printed, how long it took, and what pytest counted."""

from __future__ import annotations

import os
import re
import subprocess
import time
import xml.etree.ElementTree as ET
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from cmp.installation import HERE
from toolchain.doctor import Check
from toolchain.gates.listing import Gate

_NOTHING_COLLECTED = 5
_OUTCOMES = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)\b")
_LAST_LINES = 20
"""What is looked through for pytest's count, since a warning may come after it."""

_LOWEST = ("nice", "-n", "19")


@dataclass(frozen=True, slots=True)
class GateOutcome:
    """How a gate ended: whether it is `ok`, its pytest `counts`, and the `gap` between it and a full run.

    `unknown` says what nobody could tell. `ran` is False where nothing was looked at, for want of what the
    gate needs or of tests that could run. `seconds` passed; `cpu` seconds were spent by the command and all
    it waited for, which leaves out the servers that it started and did not end. `tests` has the seconds of
    each test with its fixtures.
    """

    gate: str
    ok: bool
    counts: Mapping[str, int]
    gap: str = ""
    unknown: str = ""
    ran: bool = True
    seconds: float = 0.0
    cpu: float = 0.0
    tests: Mapping[str, float] = field(default_factory=dict)


def counted(output: str) -> Counter[str]:
    """The outcomes in pytest's last line, as {'passed': 12, 'failed': 1}; empty when it counted nothing."""
    for line in reversed(output.splitlines()):
        if found := _OUTCOMES.findall(line):
            counts: Counter[str] = Counter()
            for number, outcome in found:
                counts[outcome.removesuffix("s")] += int(number)
            return counts
    return Counter()


def lacking(gate: Gate, present: Mapping[str, Check]) -> str:
    """What the machine lacks for a gate and how to get it; empty when it can run."""
    missing = [check for need in gate.needs if not (check := present[need]).ok]
    return "; ".join(f"{check.name}: {check.found} ({check.remedy})" for check in missing)


def run(gate: Gate, reports: Path, root: Path, write: Callable[[str], object]) -> GateOutcome:
    """Run a gate to its end.

    Args:
        gate: what to run.
        reports: a folder where pytest leaves what each test took.
        root: the repository.
        write: takes each line the gate prints.
    """
    started = time.monotonic()
    is_pytest = gate.command[0] == "pytest"
    report = reports / f"{gate.name}.xml"
    code, cpu, last = _follow(
        [*_words(gate), *([f"--junitxml={report}"] if is_pytest else [])], root / gate.folder, write
    )
    ended = partial(GateOutcome, gate.name, seconds=time.monotonic() - started, cpu=cpu)
    if code and code == gate.unknown:
        return ended(ok=True, counts={}, unknown=last.strip().rpartition(chr(10))[2], ran=False)
    if not is_pytest:
        gap = f"ended with {code}: {last.strip().rpartition(chr(10))[2]}" if code and gate.may_fail else ""
        ok = not code or gate.may_fail
        return ended(ok=ok, counts={}, gap=gap, ran=not gate.may_fail)
    counts = counted(last)
    gap = f"{counts['skipped']} tests skipped, reasons above" if counts["skipped"] else ""
    if code == _NOTHING_COLLECTED:
        gap = "holds no tests"
    ran = any(number for outcome, number in counts.items() if outcome != "skipped")
    ok = code in {0, _NOTHING_COLLECTED}
    return ended(ok=ok, counts=counts, gap=gap, ran=ran, tests=durations(report))


def durations(report: Path) -> dict[str, float]:
    """The seconds of each test with its fixtures, from a report of pytest's; empty where it wrote none."""
    if not report.exists():
        return {}
    cases = ET.parse(report).iter("testcase")  # noqa: S314 - pytest wrote it a moment ago
    return {
        f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}": float(case.get("time", 0))
        for case in cases
    }


def _words(gate: Gate) -> list[str]:
    program, *rest = gate.command
    return [*(() if gate.cores else _LOWEST), str(HERE.python.parent / program), *rest]


def _follow(words: list[str], folder: Path, write: Callable[[str], object]) -> tuple[int, float, str]:
    """Run a command; returns its exit code, the CPU seconds it took, and its last lines."""
    last: deque[str] = deque(maxlen=_LAST_LINES)
    with subprocess.Popen(
        words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            write(line)
            last.append(line)
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, used.ru_utime + used.ru_stime, "".join(last)
