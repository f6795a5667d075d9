"""`tricenter bench placement`: what people and programs get."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROGRAM = Path(sys.executable).with_name("tricenter")


@pytest.fixture
def tricenter(tmp_path: Path):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, "--state", tmp_path, *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        )

    return run


def test_programs_get_every_figure(tricenter) -> None:
    ended = tricenter("--json", "bench", "placement", "--workloads", "8", "--pools", "3", "--seed", "4")

    document = json.loads(ended.stdout)
    assert ended.returncode == 0
    assert document["workloads"] == 8
    assert document["unplaced"] == 0
    assert document["bound"] <= document["objective"]
    assert {"rows_per_second", "proof_seconds", "peak_mib", "gap", "against_greedy"} <= set(document)


def test_people_get_them_in_their_language(tricenter) -> None:
    ended = tricenter("--lang", "zh", "bench", "placement", "--workloads", "3", "--pools", "3", "--no-bound")

    assert "每秒放置行数" in ended.stdout
    assert "已证明的下界" not in ended.stdout


def test_too_few_pools_are_refused(tricenter) -> None:
    assert tricenter("bench", "placement", "--workloads", "3", "--pools", "2").returncode == 2
