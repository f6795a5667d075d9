"""`plan --horizon` on the lab's environment: what people and programs get, and what lies on disk."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROGRAM = Path(sys.executable).with_name("tricenter")
MAY = ("--at", "2027-05-10", "--horizon", "14d")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "inventories", tmp_path / "inventories")
    return tmp_path / "inventories" / "lab"


@pytest.fixture
def tricenter(tmp_path: Path):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, "--state", tmp_path / "state", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        )

    return run


def test_a_horizon_is_one_document_with_the_plan(tricenter, folder: Path, tmp_path: Path) -> None:
    ended = tricenter("--json", "plan", str(folder), *MAY)

    document = json.loads(ended.stdout)
    assert ended.returncode == 0, ended.stderr
    assert {"hash", "placements", "phases", "steps", "purchases", "unknown_calendars"} <= set(document)
    peak = next(phase for phase in document["phases"] if phase["start"].startswith("2027-05-20T00:00"))
    assert peak["fits"]
    assert {"workload": "marriage-registration", "component": "web", "factor": 4.0} in peak["factors"]
    kept = json.loads((tmp_path / "state" / "plans" / "lab.horizon.json").read_bytes())
    assert kept["plan"] == document["hash"]
    assert kept["phases"] == document["phases"]
    assert kept["complete"]


def test_a_horizon_leaves_the_plan_the_same_bytes(tricenter, folder: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    tricenter("plan", str(folder), "--at", "2027-05-10", "--out", str(one))

    tricenter("plan", str(folder), *MAY, "--out", str(other))

    assert one.read_bytes() == other.read_bytes()
    assert (tmp_path / "other.horizon.json").exists()


def test_a_step_is_made_a_plan_by_its_moment(tricenter, folder: Path, tmp_path: Path) -> None:
    base = tmp_path / "base.json"
    document = json.loads(tricenter("--json", "plan", str(folder), *MAY, "--out", str(base)).stdout)
    phase = next(each for each in document["phases"] if each["plan"] not in {None, document["hash"]})

    made = tricenter("--json", "plan", str(folder), "--at", phase["start"], "--from", str(base))

    assert json.loads(made.stdout)["hash"] == phase["plan"]


def test_people_read_steps_with_their_dates(tricenter, folder: Path) -> None:
    told = tricenter("plan", str(folder), *MAY).stdout

    assert "Scale steps" in told
    assert "2027-05-20 00:00" in told
    assert "every peak fits" in told
    assert "扩缩步骤" in tricenter("--lang", "zh", "plan", str(folder), *MAY).stdout


def test_a_peak_that_nothing_closes_ends_with_three(tricenter, folder: Path) -> None:
    policy = folder.parent / "reference" / "policy.yaml"
    text = policy.read_text(encoding="utf-8")
    quota = "quotas:\n  - {owner: social-affairs, vcpus: 110}\n"
    policy.write_text(text.replace("quotas:\n", quota), encoding="utf-8")

    ended = tricenter("plan", str(folder), *MAY)

    assert ended.returncode == 3
    assert "nothing that can be bought closes it" in ended.stdout


def test_what_is_no_horizon_is_invalid_input(tricenter, folder: Path) -> None:
    ended = tricenter("plan", str(folder), "--horizon", "soon")

    assert ended.returncode == 2
    assert "90d" in ended.stderr
