"""Rebalance and maintain on the lab's environment without clouds: what people and programs get."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cmp.model.moves import MovePlan

ROOT = Path(__file__).parents[3]
PROGRAM = Path(sys.executable).with_name("tricenter")
LAB = "inventories/lab"
POOL = "pool:bj-b-k8s-hygon"


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


def test_a_rebalance_holds_what_the_interface_promises(tricenter) -> None:
    ended = tricenter("--json", "rebalance", LAB)

    document = json.loads(ended.stdout)
    assert ended.returncode == 0
    assert {"moves", "before", "after", "steps", "inverse"} <= set(document)
    assert all({"cost", "gain", "break_even_hours"} <= set(move) for move in document["moves"])
    assert MovePlan.model_validate_json(ended.stdout).environment == "lab"


def test_a_rebalance_says_that_no_cloud_was_asked(tricenter) -> None:
    told = tricenter("rebalance", LAB).stdout

    assert "nothing of lab was applied yet" in told
    assert "no cloud was asked" in told


def test_no_move_is_proposed_where_none_was_allowed(tricenter) -> None:
    document = json.loads(tricenter("--json", "rebalance", LAB, "--max-moves", "0").stdout)

    assert document["moves"] == []
    assert "nothing is proposed: no move was allowed" in document["notes"]


def test_a_drained_pool_comes_with_a_plan_that_can_be_applied(tricenter, tmp_path: Path) -> None:
    ended = tricenter("--json", "maintain", LAB, "--drain", POOL)

    document = json.loads(ended.stdout)
    target = json.loads((tmp_path / "plans" / "lab-maintain.json").read_bytes())
    assert ended.returncode == 0
    assert document["steps"]
    assert document["target"] == target["hash"]
    assert all(row["pool"] != POOL.removeprefix("pool:") for row in target["placements"])


def test_a_drain_that_breaks_a_promise_is_refused_with_exit_code_three(tricenter) -> None:
    ended = tricenter("maintain", LAB, "--drain", "pool:bj-a-crypto")

    assert ended.returncode == 3
    assert "what is promised to e-seal (grade 5)" in ended.stderr


def test_a_drain_of_nothing_is_invalid_input(tricenter) -> None:
    ended = tricenter("maintain", LAB, "--drain", "rack:7")

    assert ended.returncode == 2
    assert "write host:POOL/N, pool:POOL or center:CENTER" in ended.stderr


def test_steps_are_told_in_chinese_where_it_is_asked_for(tricenter) -> None:
    assert "往返均已逐状态模拟" in tricenter("--lang", "zh", "maintain", LAB, "--drain", POOL).stdout
