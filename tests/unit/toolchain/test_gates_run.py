"""Gates run side by side in their order, are read one after the other, and end in figures and one verdict."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from toolchain.doctor import Check
from toolchain.gates.__main__ import main
from toolchain.gates.closing import summary, times
from toolchain.gates.lanes import run_all, startable
from toolchain.gates.listing import BRING, GATES, Gate, named, needs_engine
from toolchain.gates.running import GateOutcome, counted, durations, lacking, run
from toolchain.gates.transcript import Transcript


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("12 passed in 0.30s", {"passed": 12}),
        ("1 failed, 11 passed, 2 skipped in 4.20s", {"failed": 1, "passed": 11, "skipped": 2}),
        ("3 passed, 2 errors in 1.00s", {"passed": 3, "error": 2}),
        ("no tests ran in 0.01s", {}),
        ("4 passed in 0.10s\nsys:1: ResourceWarning: unclosed file\n", {"passed": 4}),
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


def test_what_a_gate_lacks_is_told_with_reason_and_remedy() -> None:
    present = {
        "pulumi": Check("pulumi", ok=False, found="none", needed_for="apply", remedy="run make engine"),
        "/proc": Check("/proc", ok=True, found="mounted", needed_for="locks"),
    }

    assert lacking(Gate("engine", ("pytest",), needs=("pulumi", "/proc")), present) == (
        "pulumi: none (run make engine)"
    )
    assert lacking(Gate("hosts", ("pytest",), needs=("/proc",)), present) == ""


def test_a_gate_that_ends_badly_is_not_ok(tmp_path: Path) -> None:
    fine, broken = (ended(tmp_path, python(f"raise SystemExit({code})")) for code in (0, 1))

    assert (fine.ok, broken.ok) == (True, False)


def test_a_gate_that_may_fail_leaves_a_gap_with_its_last_words(tmp_path: Path) -> None:
    gate = Gate("bring", python("print('fetching'); raise SystemExit('no network')"), may_fail=True)

    outcome = run(gate, tmp_path, tmp_path, str)

    assert (outcome.ok, outcome.ran, outcome.gap) == (True, False, "ended with 1: no network")


def test_a_gate_that_could_ask_nobody_says_so_and_is_not_taken_for_fine(tmp_path: Path) -> None:
    words = python("print('asking'); print('not known of 7 parts'); raise SystemExit(5)")

    outcome = run(Gate("advisories", words, unknown=5), tmp_path, tmp_path, str)
    lines, code = summary([outcome, an_outcome("unit", passed=1)], in_ci=True)

    assert (outcome.ok, outcome.ran, outcome.gap) == (True, False, "")
    assert lines[0] == "not known: advisories: not known of 7 parts"
    assert code == 0


@pytest.mark.parametrize("code", [1, 2, 4])
def test_a_gate_that_found_something_fails_also_where_it_might_have_asked_nobody(
    tmp_path: Path, code: int
) -> None:
    outcome = run(Gate("advisories", python(f"raise SystemExit({code})"), unknown=5), tmp_path, tmp_path, str)

    assert (outcome.ok, outcome.unknown) == (False, "")


def test_all_that_a_gate_prints_is_passed_on(tmp_path: Path) -> None:
    said: list[str] = []

    ended(tmp_path, python("import sys; print('out'); sys.stderr.write('err\\n')"), said)

    assert sorted(said) == ["err\n", "out\n"]


def test_a_gate_takes_what_it_says_of_the_machine(tmp_path: Path) -> None:
    """CPU seconds are those of the command: what it spent itself it can say as well."""
    work = "import time; sum(range(10**6)); print(time.process_time())"
    said: list[str] = []

    outcome = ended(tmp_path, python(work), said)

    assert outcome.cpu >= float(said[-1]) > 0
    assert outcome.seconds > 0


def test_a_gate_of_no_cores_runs_at_the_lowest_priority(tmp_path: Path) -> None:
    said: list[str] = []
    show = python("import os; print(os.nice(0))")

    for cores in (0, 1):
        run(Gate("bring", show, cores=cores), tmp_path, tmp_path, said.append)

    assert [int(line) for line in said] == [min(19, os.nice(0) + 19), os.nice(0)]


def test_the_seconds_of_a_test_include_its_fixtures(tmp_path: Path) -> None:
    body = "import pytest, time\n@pytest.fixture\ndef slow(): time.sleep(0.2)\ndef test_it(slow): pass\n"
    (tmp_path / "test_it.py").write_text(body)

    outcome = ended(tmp_path, ("pytest", "-q", "-p", "no:randomly", "test_it.py"))

    assert [*outcome.tests] == ["test_it.py::test_it"]
    assert outcome.tests["test_it.py::test_it"] >= 0.2
    assert durations(tmp_path / "missing.xml") == {}


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

    outcome = ended(tmp_path, ("pytest", "-q", "-p", "no:randomly", "test_it.py"))

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


def test_gates_wait_for_earlier_ones_only() -> None:
    names = [gate.name for gate in GATES]

    assert all(set(gate.after) <= set(names[: names.index(gate.name)]) for gate in GATES)


def test_who_needs_the_engine_waits_for_it_and_brings_it_along() -> None:
    assert all(BRING.name in gate.after for gate in GATES if needs_engine(gate.needs))
    assert [gate.name for gate in named(["stacks", "engine"])] == [BRING.name, "stacks", "engine"]
    assert [gate.name for gate in named(["unit"])] == ["unit"]


def test_the_first_gate_whose_forerunners_ended_starts_while_cores_are_free() -> None:
    types, build = Gate("types", ()), Gate("build", (), cores=0)
    unit, engine = Gate("unit", (), cores=2), Gate("engine", (), after=("build",))

    assert startable([types, unit], [], cores=2) == types
    assert startable([unit], [types], cores=2) is None
    assert startable([engine, types], [build], cores=2) == types
    assert startable([engine], [build], cores=2) is None
    assert startable([engine], [], cores=1) == engine


def test_a_gate_that_wants_many_cores_is_not_overtaken() -> None:
    assert startable([Gate("unit", (), cores=2), Gate("lint", ())], [Gate("types", ())], cores=2) is None


def test_a_gate_that_wants_more_cores_than_there_are_runs_alone() -> None:
    lint, unit = Gate("lint", ()), Gate("unit", (), cores=2)

    assert startable([unit], [], cores=1) == unit
    assert startable([lint], [unit], cores=1) is None


def test_a_gate_of_no_cores_keeps_nobody_waiting() -> None:
    assert startable([Gate("unit", (), cores=2)], [Gate("build", (), cores=0)], cores=2) is not None
    assert startable([Gate("build", (), cores=0)], [Gate("unit", (), cores=2)], cores=2) is not None


def test_gates_that_fit_run_at_the_same_time_and_come_back_in_their_order() -> None:
    """Each of the two waits for the other: one after the other they would never end."""
    meeting = threading.Barrier(2, timeout=60)
    gates = [Gate("one", ()), Gate("two", ())]

    assert run_all(gates, 2, lambda gate: lambda: (meeting.wait(), gate.name)[1]) == ["one", "two"]


def test_gates_that_do_not_fit_never_meet() -> None:
    under_way: list[str] = []

    def alone(name: str) -> list[str]:
        under_way.append(name)
        seen = list(under_way)
        under_way.remove(name)
        return seen

    gates = [Gate(name, (), cores=2) for name in ("one", "two", "three")]

    assert run_all(gates, 2, lambda gate: lambda: alone(gate.name)) == [["one"], ["two"], ["three"]]


def test_the_oldest_gate_is_shown_at_once_and_younger_ones_whole_after_it() -> None:
    said: list[str] = []
    transcript = Transcript(said.append)
    transcript.open("build", aside=True)
    transcript.open("types")
    transcript.open("unit")

    for gate, text in (("unit", "u1"), ("types", "t1"), ("build", "b1"), ("unit", "u2")):
        transcript.write(gate, text)
    shown_early = list(said)
    transcript.close("types")
    transcript.write("unit", "u3")

    assert shown_early == ["t1", "[build] b1"]
    assert said == ["t1", "[build] b1", "u1", "u2", "u3"]


def test_a_younger_gate_that_ends_first_waits_to_be_shown() -> None:
    said: list[str] = []
    transcript = Transcript(said.append)
    for gate in ("types", "lint", "unit"):
        transcript.open(gate)

    transcript.write("lint", "l1")
    transcript.close("lint")
    transcript.write("unit", "u1")
    assert said == []
    transcript.close("types")

    assert said == ["l1", "u1"]


def test_the_closing_names_the_ten_slowest_tests_of_all_gates() -> None:
    unit = GateOutcome(
        "unit", ok=True, counts={}, seconds=9, cpu=4, tests={f"t{n}": float(n) for n in range(20)}
    )
    lab = GateOutcome("lab", ok=True, counts={}, seconds=90, cpu=20, tests={"up": 80.5})

    lines = times([unit, lab], seconds=91.0)

    assert lines[1:4] == [
        "     9.0      4.0  unit",
        "    90.0     20.0  lab",
        "    91.0     24.0  together",
    ]
    assert lines[5] == "    80.5  lab: up"
    assert [line.split()[-1] for line in lines[6:]] == [f"t{n}" for n in range(19, 10, -1)]


def test_a_run_of_one_gate_ends_with_its_figures_and_the_sum(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["format"]) == 0

    lines = capfd.readouterr().out.splitlines()
    assert lines[0].startswith("== format: ruff format --check")
    assert lines[-2:] == ["1 of 1 gates green, 0 gaps", "0 passed, 0 failed, 0 skipped"]
    assert any(line.endswith("  format") for line in lines)


def python(code: str) -> tuple[str, ...]:
    return (Path(sys.executable).name, "-c", code)


def ended(folder: Path, command: tuple[str, ...], said: list[str] | None = None) -> GateOutcome:
    """How a gate with this command ends in a folder; `said` takes its lines."""
    return run(Gate("trial", command), folder, folder, (said if said is not None else []).append)


def an_outcome(gate: str, **counts: int) -> GateOutcome:
    return GateOutcome(gate, ok=not counts.get("failed"), counts=counts)


def test_the_search_is_compiled_before_tests_would_wait_for_it() -> None:
    gates = {gate.name: gate for gate in GATES}

    assert gates["native"].command == ("tricenter", "doctor", "--warm")
    assert [
        name for name, gate in gates.items() if "pytest" in gate.command and "native" not in gate.after
    ] == []
