"""Runs the named gates, or all of them: what `make test` and its parts call."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from cmp.errors import Invalid
from cmp.installation import HERE
from toolchain.doctor import checks
from toolchain.gates.closing import summary, times
from toolchain.gates.lanes import run_all
from toolchain.gates.listing import Gate, named
from toolchain.gates.running import GateOutcome, lacking, run
from toolchain.gates.transcript import Transcript

ROOT = HERE.packages


def show(text: str) -> None:
    """Print at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def begin(gate: Gate, reports: Path, transcript: Transcript) -> Callable[[], GateOutcome]:
    """Open a gate's part of the transcript; what is returned runs the gate and closes the part."""
    transcript.open(gate.name, aside=not gate.cores)

    def finish() -> GateOutcome:
        try:
            return tried(gate, reports, partial(transcript.write, gate.name))
        finally:
            transcript.close(gate.name)

    return finish


def tried(gate: Gate, reports: Path, write: Callable[[str], object]) -> GateOutcome:
    """Run a gate unless the machine lacks something it needs, which is looked at as late as possible."""
    write(f"== {gate.name}: {' '.join(gate.command)}\n")
    present = {check.name: check for check in checks(ROOT / ".tricenter")} if gate.needs else {}
    if gap := lacking(gate, present):
        return GateOutcome(gate.name, ok=True, counts={}, gap=f"cannot run here: {gap}", ran=False)
    outcome = run(gate, reports, ROOT, write)
    write(f"== {gate.name}: {outcome.seconds:.1f} s\n")
    return outcome


def main(names: Sequence[str]) -> int:
    """Run the named gates, or all of them; returns the exit code."""
    try:
        gates = named(names)
    except Invalid as refusal:
        sys.stderr.write(f"{refusal}\n{refusal.hint}\n")
        return refusal.exit_code
    started = time.monotonic()
    transcript = Transcript(show)
    with tempfile.TemporaryDirectory(prefix="tricenter-gates-") as reports:
        outcomes = run_all(gates, os.cpu_count() or 1, lambda gate: begin(gate, Path(reports), transcript))
    lines, code = summary(outcomes, in_ci=os.environ.get("CI", "").lower() == "true")
    show("\n".join((*times(outcomes, time.monotonic() - started), *lines, "")))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
