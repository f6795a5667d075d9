from __future__ import annotations

import sys
from pathlib import Path

import pytest

from toolchain.doctor import Check
from toolchain.gates import GATES, Gate, Outcome, counted, run, summary


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("12 passed in 0.30s", {"passed": 12}),
        ("1 failed, 11 passed, 2 skipped in 4.20s", {"failed": 1, "passed": 11, "skipped": 2}),
        ("3 passed, 2 errors in 1.00s", {"passed": 3, "error": 2}),
        ("no tests ran in 0.01s", {}),
    ],
)
def test_pytests_last_line_is_counted(line: str, counts: dict[str, int]) -> None:
    assert counted(line) == counts


def test_all_green_ends_with_the_sum_of_all_groups() -> None:
    lines, code = summary([an_outcome("unit", passed=40), an_outcome("lab", passed=2)], in_ci=True)

    assert (lines, code) == (["2 of 2 gates green, 0 gaps", "42 passed, 0 failed, 0 skipped"], 0)


def test_a_broken_gate_fails_the_run_and_is_named() -> None:
    lines, code = summary([Outcome("types", ok=False, counts={}), an_outcome("unit", passed=1)], in_ci=False)

    assert code == 1
    assert "failed gate: types" in lines


def test_a_gap_is_named_and_fails_only_in_ci() -> None:
    outcomes = [
        an_outcome("unit", passed=1),
        Outcome("lab", ok=True, counts={}, gap="cannot run here: no engine"),
    ]

    at_home, in_ci = summary(outcomes, in_ci=False), summary(outcomes, in_ci=True)

    assert (at_home[1], in_ci[1]) == (0, 1)
    assert "gap: lab: cannot run here: no engine" in at_home[0]


def test_a_gate_whose_needs_are_missing_is_a_gap_with_reason_and_remedy(tmp_path: Path) -> None:
    present = {
        "pulumi": Check("pulumi", ok=False, found="none", needed_for="apply", remedy="run make engine")
    }

    outcome = run(Gate("engine", ("pytest",), needs=("pulumi",)), present, tmp_path)

    assert outcome.gap == "cannot run here: pulumi: none (run make engine)"


def test_a_gate_that_ends_badly_is_not_ok(tmp_path: Path) -> None:
    python = Path(sys.executable).name

    fine, broken = (
        run(Gate("lint", (python, "-c", f"raise SystemExit({code})")), {}, tmp_path) for code in (0, 1)
    )

    assert (fine.ok, broken.ok) == (True, False)


def test_every_gate_has_its_own_name() -> None:
    assert len({gate.name for gate in GATES}) == len(GATES)


def an_outcome(gate: str, **counts: int) -> Outcome:
    return Outcome(gate, ok=not counts.get("failed"), counts=counts)
