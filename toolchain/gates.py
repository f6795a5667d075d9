"""Runs every gate and test group, fastest first, and names what this machine cannot run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cmp.errors import Invalid, TryLater
from cmp.installation import HERE
from toolchain.doctor import HOST_LAB, Check, checks
from toolchain.engine import ensure

_NOTHING_COLLECTED = 5
_OFFLINE = ("--disable-socket", "--allow-unix-socket", "--timeout=300")
_PATIENT = "--timeout=900"
_SIDE_BY_SIDE = ("--numprocesses=2", "--dist=worksteal")
_OUTCOMES = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)\b")


@dataclass(frozen=True, slots=True)
class Gate:
    """One command that must end well; `needs` names the doctor's checks without which it cannot run."""

    name: str
    command: tuple[str, ...]
    needs: tuple[str, ...] = ()
    folder: str = "."
    """Where it runs, below the repository."""


@dataclass(frozen=True, slots=True)
class GateOutcome:
    """How a gate ended: whether it is `ok`, its pytest `counts`, and the `gap` between it and a full run.

    `ran` is False where nothing was looked at, for want of what the gate needs or of tests that could run.
    """

    gate: str
    ok: bool
    counts: Mapping[str, int]
    gap: str = ""
    ran: bool = True


def _tests(name: str, folder: str, marks: str, *options: str, needs: tuple[str, ...] = ()) -> Gate:
    return Gate(name, ("pytest", "-q", "-rs", "--no-header", f"tests/{folder}", "-m", marks, *options), needs)


def _compiled(measure: str) -> Gate:
    """Compile what searches before tests do, which would wait for it against their own clocks."""
    small = ("--workloads", "40", "--pools", "12")
    return Gate(f"native {measure}", ("tricenter", "--quiet", "bench", measure, *small))


_PLAIN = "not engine and not lab and not chaos"
_ENGINE = ("pulumi", "language host")
_LAB = (*_ENGINE, "memory", "loopback", "ports", "/proc")
_HOSTS = (HOST_LAB, "memory", "/proc")

GATES = (
    Gate("format", ("ruff", "format", "--check", "--quiet", ".")),
    Gate("lint", ("ruff", "check", "--quiet", ".")),
    Gate("layers", ("lint-imports",)),
    Gate(
        "yaml",
        (
            *("yamllint", "--strict", "inventories", "playbooks", "policies", "stacks"),
            *("tests/field", "tests/scenarios"),
        ),
    ),
    Gate("plays", ("ansible-lint", "--profile", "production", "--offline", "-q"), folder="playbooks"),
    Gate("types", ("mypy",)),
    *(_compiled(measure) for measure in ("placement", "stability", "admission")),
    _tests("unit", "unit", _PLAIN, *_OFFLINE, *_SIDE_BY_SIDE),
    _tests("scenarios", "scenarios", _PLAIN, *_OFFLINE),
    _tests("field", "field", f"{_PLAIN} and not hosts", *_OFFLINE),
    _tests("contract", "contract", _PLAIN, *_OFFLINE),
    _tests("stacks", "stacks", _PLAIN, *_OFFLINE),
    _tests("wheel", "wheel", _PLAIN, _PATIENT),
    _tests("engine", "stacks", "engine", _PATIENT, needs=_ENGINE),
    _tests("lab", "lab", "lab and not chaos and not hosts", _PATIENT, needs=_LAB),
    _tests("hosts", "lab", "hosts and not chaos", _PATIENT, needs=_HOSTS),
    _tests("field hosts", "field", "hosts", _PATIENT, needs=_HOSTS),
    _tests("chaos", "chaos", "chaos and not hosts", _PATIENT, needs=_LAB),
)
"""Fastest first; each is a group that `python -m toolchain.gates NAME…` runs alone."""


def counted(output: str) -> Counter[str]:
    """The outcomes in pytest's last line, as {'passed': 12, 'failed': 1}; empty when it counted nothing."""
    for line in reversed(output.splitlines()):
        if found := _OUTCOMES.findall(line):
            counts: Counter[str] = Counter()
            for number, outcome in found:
                counts[outcome.removesuffix("s")] += int(number)
            return counts
    return Counter()


def run(gate: Gate, present: Mapping[str, Check], root: Path) -> GateOutcome:
    """Run one gate with its output shown, unless the machine lacks something it needs."""
    lacking = [check for need in gate.needs if not (check := present[need]).ok]
    if lacking:
        reasons = "; ".join(f"{check.name}: {check.found} ({check.remedy})" for check in lacking)
        return GateOutcome(gate.name, ok=True, counts={}, gap=f"cannot run here: {reasons}", ran=False)
    program, *words = gate.command
    lines: list[str] = []
    with subprocess.Popen(
        [str(Path(sys.executable).parent / program), *words],
        cwd=root / gate.folder,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout or ():
            sys.stdout.write(line)
            lines.append(line)
    if program != "pytest":
        return GateOutcome(gate.name, ok=process.returncode == 0, counts={})
    counts = counted("".join(lines[-1:]))
    gap = f"{counts['skipped']} tests skipped, reasons above" if counts["skipped"] else ""
    if process.returncode == _NOTHING_COLLECTED:
        gap = "holds no tests"
    ran = any(number for outcome, number in counts.items() if outcome != "skipped")
    return GateOutcome(gate.name, process.returncode in {0, _NOTHING_COLLECTED}, counts, gap, ran)


def summary(outcomes: Sequence[GateOutcome], in_ci: bool) -> tuple[list[str], int]:
    """The closing lines and the exit code; in CI a gap fails the run like a failed test.

    A run in which nothing was looked at is never green: its exit code is that of wrong input.
    """
    total: Counter[str] = Counter()
    for outcome in outcomes:
        total.update(outcome.counts)
    gaps = [f"gap: {outcome.gate}: {outcome.gap}" for outcome in outcomes if outcome.gap]
    broken = [outcome.gate for outcome in outcomes if not outcome.ok]
    lines = [*gaps, *(f"failed gate: {gate}" for gate in broken)]
    if gaps and in_ci:
        lines.append("CI=true: a gap fails the run")
    if nothing := not any(outcome.ran for outcome in outcomes):
        lines.append("nothing ran, so nothing is known")
    lines.append(f"{len(outcomes) - len(broken)} of {len(outcomes)} gates green, {len(gaps)} gaps")
    failed = total["failed"] + total["error"]
    lines.append(f"{total['passed']} passed, {failed} failed, {total['skipped']} skipped")
    return lines, 1 if broken or (gaps and in_ci) else Invalid.exit_code if nothing else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _bring_engine() -> None:
    """Bring the engine; where that fails the gates that need it are named as gaps."""
    try:
        ensure(HERE.toolchain(), _say)
    except TryLater as refusal:
        _say(f"no engine: {refusal}")


def named(names: Sequence[str]) -> list[Gate]:
    """The gates of these names in the order they run, or all of them.

    Raises:
        Invalid: there is no gate of such a name.
    """
    known = [gate.name for gate in GATES]
    if unknown := [name for name in names if name not in known]:
        raise Invalid(f"there is no gate {', '.join(unknown)}", hint=f"gates are: {', '.join(known)}")
    return [gate for gate in GATES if not names or gate.name in names]


def main(names: Sequence[str]) -> int:
    """Run the named gates, or all of them; returns the exit code."""
    root = HERE.packages
    try:
        chosen = named(names)
    except Invalid as refusal:
        sys.stderr.write(f"{refusal}\n{refusal.hint}\n")
        return refusal.exit_code
    if any(set(_ENGINE) & set(gate.needs) for gate in chosen):
        _bring_engine()
    present = {check.name: check for check in checks(root / ".tricenter")}
    outcomes = []
    for gate in chosen:
        started = time.monotonic()
        _say(f"== {gate.name}: {' '.join(gate.command)}")
        outcomes.append(run(gate, present, root))
        _say(f"== {gate.name}: {time.monotonic() - started:.1f} s")
    lines, code = summary(outcomes, in_ci=os.environ.get("CI", "").lower() == "true")
    _say("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
