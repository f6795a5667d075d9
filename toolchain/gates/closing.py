"""Words the end of a run: what each gate took, the slowest tests, the gaps, and what it comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cmp.errors import Invalid
from toolchain.gates.running import GateOutcome

SLOWEST = 10
"""How many tests are named."""


def times(outcomes: Sequence[GateOutcome], seconds: float) -> list[str]:
    """The seconds of each gate and of the slowest tests, all in one unit.

    Args:
        outcomes: how the gates ended, in their order.
        seconds: how long the whole run took.
    """
    tests = [(took, outcome.gate, test) for outcome in outcomes for test, took in outcome.tests.items()]
    slowest = sorted(tests, reverse=True)[:SLOWEST]
    gates = [f"{outcome.seconds:8.1f} {outcome.cpu:8.1f}  {outcome.gate}" for outcome in outcomes]
    whole = f"{seconds:8.1f} {sum(outcome.cpu for outcome in outcomes):8.1f}  together"
    return [
        *(" seconds      CPU  gate", *gates, whole),
        *([" seconds  slowest tests"] if slowest else []),
        *(f"{took:8.1f}  {gate}: {test}" for took, gate, test in slowest),
    ]


def summary(outcomes: Sequence[GateOutcome], in_ci: bool) -> tuple[list[str], int]:
    """The closing lines and the exit code; in CI a gap fails the run like a failed test.

    What nobody could be asked about is said and fails nothing: a closed network is no fault of the run. One
    in which nothing was looked at is never green: its exit code is that of wrong input.
    """
    total: Counter[str] = Counter()
    for outcome in outcomes:
        total.update(outcome.counts)
    gaps = [f"gap: {outcome.gate}: {outcome.gap}" for outcome in outcomes if outcome.gap]
    unknown = [f"not known: {outcome.gate}: {outcome.unknown}" for outcome in outcomes if outcome.unknown]
    broken = [outcome.gate for outcome in outcomes if not outcome.ok]
    lines = [*unknown, *gaps, *(f"failed gate: {gate}" for gate in broken)]
    if gaps and in_ci:
        lines.append("CI=true: a gap fails the run")
    if nothing := not any(outcome.ran for outcome in outcomes):
        lines.append("nothing ran, so nothing is known")
    lines.append(f"{len(outcomes) - len(broken)} of {len(outcomes)} gates green, {len(gaps)} gaps")
    failed = total["failed"] + total["error"]
    lines.append(f"{total['passed']} passed, {failed} failed, {total['skipped']} skipped")
    return lines, 1 if broken or (gaps and in_ci) else Invalid.exit_code if nothing else 0
