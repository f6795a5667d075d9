from __future__ import annotations

import sys
from pathlib import Path

import pytest

from toolchain.doctor import Check
from toolchain.gates import GATES, Gate, GateOutcome, counted, main, run, summary


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
    lines, code = summary(
        [GateOutcome("types", ok=False, counts={}), an_outcome("unit", passed=1)], in_ci=False
    )

    assert code == 1
    assert "failed gate: types" in lines


def test_a_gap_is_named_and_fails_only_in_ci() -> None:
    outcomes = [
        an_outcome("unit", passed=1),
        GateOutcome("lab", ok=True, counts={}, gap="cannot run here: no engine"),
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


@pytest.mark.parametrize("in_ci", [False, True])
def test_a_run_in_which_nothing_ran_is_not_green(in_ci: bool) -> None:
    lacking = GateOutcome("lab", ok=True, counts={}, gap="cannot run here: no engine", ran=False)

    for outcomes in ([], [lacking]):
        lines, code = summary(outcomes, in_ci=in_ci)
        assert code != 0
        assert "nothing ran, so nothing is known" in lines
        assert lines[-1] == "0 passed, 0 failed, 0 skipped"


@pytest.mark.parametrize(
    ("body", "ran"),
    [
        ("def test_it(): pass", True),
        ("import pytest\n@pytest.mark.xfail\ndef test_it(): assert False", True),
        ("import pytest\ndef test_it(): pytest.skip('no reason')", False),
        ("", False),
    ],
)
def test_a_gate_ran_when_one_of_its_tests_did(tmp_path: Path, body: str, ran: bool) -> None:
    (tmp_path / "test_it.py").write_text(body)

    outcome = run(Gate("unit", ("pytest", "-q", "-p", "no:randomly", "test_it.py")), {}, tmp_path)

    assert (outcome.ok, outcome.ran) == (True, ran)


@pytest.mark.parametrize("ci", ["", "true"])
def test_an_unknown_gate_is_refused_with_the_names_there_are(
    ci: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", ci)

    assert main(["lint", "unti"]) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("there is no gate unti\n")
    assert all(gate.name in said.err for gate in GATES)


def test_every_gate_has_its_own_name() -> None:
    assert len({gate.name for gate in GATES}) == len(GATES)


def an_outcome(gate: str, **counts: int) -> GateOutcome:
    return GateOutcome(gate, ok=not counts.get("failed"), counts=counts)
