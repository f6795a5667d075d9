from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from toolchain import bench_figures
from toolchain.bench_rows import PLACEMENT, Row, at_least, at_most

PLACED: dict[str, Any] = {
    "workloads": 97,
    "components": 200,
    "pools": 6,
    "failures": 8,
    "unplaced": 0,
    "rows_per_second": 60_000,
    "search_cpu_seconds": 1.5,
    "hosts": 30,
    "warm_up_seconds": 1.0,
    "place_seconds": 2.0,
    "proof_seconds": 0.05,
    "peak_mib": 500,
    "gap": 0.004,
    "method": "cp-sat",
    "against_greedy": 0.1,
    "standing": 5_000,
    "p99_ms": 10.0,
    "objective": 100.0,
    "plan_gap": 0.001,
    "kept_gap": 0.001,
    "branches": 10,
    "plan_seconds": 1.0,
    "bound_seconds": 1.0,
    "kept_seconds": 1.0,
    "changes": [{"change": "a pool more", "replicas_moved": 2, "running": 50, "forced": 0}],
}


def test_every_row_reads_what_its_commands_answer() -> None:
    figures = [figure for row in PLACEMENT for figure in row.read([PLACED for _ in row.commands])]

    assert {figure.name for figure in figures} == {row.name for row in PLACEMENT}
    assert all(figure.reached is not False for figure in figures)


def test_a_missed_figure_is_told_as_missed() -> None:
    assert at_most("gap", "gap", 3.5, 3, " %").reached is False
    assert at_most("gap", "gap", None, 3, " %").reached is False
    assert "MISSED" in at_least("speed", "rows", 10, 50_000, " rows/s").line
    assert at_most("cost", "cost", 1_015_553_799, 1_015_553_799, "").line.count("1,015,553,799") == 2


def test_what_a_command_answers_becomes_figures() -> None:
    row = Row(
        "echo", "e", (_saying('{"cost": 3}'),), lambda found: [at_most("echo", "e", found[0]["cost"], 3, "")]
    )

    assert [figure.reached for figure in bench_figures.measured(row, [sys.executable])] == [True]


def test_a_failed_command_is_a_missed_figure() -> None:
    row = Row("broken", "b", (("-c", "raise SystemExit(3)"),), lambda found: [])

    assert [figure.reached for figure in bench_figures.measured(row, [sys.executable])] == [False]


def test_only_what_was_asked_for_is_measured_and_written(tmp_path: Path) -> None:
    code = bench_figures.main([str(tmp_path), "", "no such row"])

    assert code == 0
    assert not (tmp_path / "bench" / "figures.json").exists()


def test_each_public_instance_that_is_there_is_a_row(tmp_path: Path) -> None:
    for name in ("b_1", "x_9"):
        (tmp_path / f"model_{name}.txt").touch()
    answer = {"reassignment": [{"instance": "b_1", "median": 3_320_000_001, "figure": 3_320_000_000}]}

    (row,) = bench_figures.reassignment(str(tmp_path))

    assert row.commands[0][-1] == "b_1"
    assert [figure.reached for figure in row.read([answer])] == [False]


def test_figures_are_written_for_programs(tmp_path: Path) -> None:
    bench_figures.write(tmp_path / "figures.json", [at_most("gap", "gap", 0.5, 1, " %")])

    (figure,) = json.loads((tmp_path / "figures.json").read_text())
    assert (figure["measured"], figure["reached"]) == ("0.5 %", True)


def _saying(text: str) -> tuple[str, str]:
    return "-c", f"print({text!r})"
