"""Validate, plan, explain and prove on the lab's environment: what people and programs get."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROGRAM = Path(sys.executable).with_name("tricenter")
LAB = "inventories/lab"


@pytest.fixture
def tricenter(tmp_path: Path):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, "--state", tmp_path, *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        )

    return run


def test_a_plan_is_the_same_bytes_for_the_same_input(tricenter, tmp_path: Path) -> None:
    for name in ("one.json", "two.json"):
        assert tricenter("plan", LAB, "--out", str(tmp_path / name)).returncode == 0

    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_a_plan_holds_what_the_interface_promises(tricenter) -> None:
    document = json.loads(tricenter("--json", "plan", LAB).stdout)

    promised = {
        "hash",
        "inputs_hash",
        "networks",
        "placements",
        "reservations",
        "unplaced",
        "objective",
        "bound",
    }
    assert promised <= set(document)
    row = document["placements"][0]
    assert {
        "workload",
        "component",
        "role",
        "pool",
        "center",
        "chip",
        "replicas",
        "replicas_on_takeover",
    } <= set(row)


def test_an_edited_plan_is_refused(tricenter, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    tricenter("plan", LAB, "--out", str(plan))
    document = json.loads(plan.read_bytes())
    document["placements"][0]["replicas"] += 1
    plan.write_text(json.dumps(document), encoding="utf-8")

    ended = tricenter("preview", str(plan))

    assert ended.returncode == 2
    assert "its hash does not match" in ended.stderr


def test_every_promise_of_the_lab_is_proved(tricenter) -> None:
    ended = tricenter("--json", "prove", LAB)

    failures = json.loads(ended.stdout)["failures"]
    assert ended.returncode == 0
    assert {failure["lose"] for failure in failures} >= {"center:bj-a", "center:bj-b", "center:gy-c"}
    assert all(failure["survives"] for failure in failures)


def test_one_loss_is_told_with_the_order_of_its_takeovers(tricenter) -> None:
    ended = tricenter("--json", "prove", LAB, "--lose", "center:bj-a")
    (failure,) = json.loads(ended.stdout)["failures"]
    spoken = tricenter("prove", LAB, "--lose", "center:bj-a").stdout

    assert failure["order"]
    assert all(each["ok"] and each["seconds"] > 0 for each in failure["order"])
    assert failure["takeover_seconds"] == max(each["seconds"] for each in failure["order"])
    assert "Order of takeover after center:bj-a" in spoken
    assert all(each["workload"] in spoken for each in failure["order"])


def test_the_order_is_told_for_every_loss_where_details_are_asked_for(tricenter) -> None:
    told = tricenter("--lang", "zh", "prove", LAB, "--details").stdout

    assert "center:bj-a 失效后的接管顺序" in told
    assert "接管顺序" not in tricenter("--lang", "zh", "prove", LAB).stdout


def test_a_loss_that_names_nothing_is_invalid_input(tricenter) -> None:
    ended = tricenter("prove", LAB, "--lose", "center:atlantis")

    assert ended.returncode == 2
    assert "atlantis" in ended.stderr


def test_explain_gives_every_pool_with_its_constraints(tricenter) -> None:
    document = json.loads(tricenter("--json", "explain", LAB, "e-seal", "--component", "signer").stdout)

    chosen = [view for view in document["pools"] if view["verdict"] == "chosen"]
    assert {view["pool"] for view in chosen} >= {"bj-a-crypto", "bj-b-crypto"}
    assert all(c["ok"] for view in chosen for c in view["constraints"])
    assert len({view["pool"] for view in document["pools"]}) == 22


def test_explain_names_the_nearest_workload(tricenter) -> None:
    ended = tricenter("explain", LAB, "e-seel")

    assert ended.returncode == 2
    assert "e-seal" in ended.stderr


def test_chinese_is_spoken_where_it_is_asked_for(tricenter) -> None:
    assert "所有承诺均成立" in tricenter("--lang", "zh", "prove", LAB).stdout


def test_drift_before_the_first_apply_says_so(tricenter) -> None:
    ended = tricenter("drift", LAB)

    assert ended.returncode == 2
    assert "nothing of lab was applied yet" in ended.stderr
