"""What is refused is explained with what would help, in both languages and as data."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.environment_files import TINY, a_copy, replace_in

PROGRAM = Path(sys.executable).with_name("tricenter")
REFUSED = 3


@pytest.fixture
def tricenter(tmp_path: Path):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, "--state", tmp_path / "state", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        )

    return run


def test_what_would_place_it_is_told_with_proof(tricenter) -> None:
    document = json.loads(tricenter("--json", "explain", str(TINY), "marriage-registration").stdout)

    assert "serve zone internet in cloud bj-b-gov" in {change["change"] for change in document["changes"]}
    assert all(change["proven"] for change in document["changes"])
    assert document["search"]["tried"] > 0


def test_the_search_is_followed_and_told_in_words(tricenter) -> None:
    ended = tricenter("--lang", "zh", "explain", str(TINY), "marriage-registration")

    assert "在云 bj-b-gov 中提供网络区域 internet" in ended.stdout
    assert "已试算 1 项变更：" in ended.stderr


def test_nothing_is_searched_where_that_is_not_wanted(tricenter) -> None:
    document = json.loads(
        tricenter("--json", "explain", str(TINY), "marriage-registration", "--no-changes").stdout
    )

    assert document["changes"] == []
    assert document["search"] is None


def test_a_plan_says_whose_room_is_lacking(tricenter, tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    replace_in(
        folder / "workloads.yaml",
        "  - id: identity\n",
        ATLAS + ATLAS.replace("atlas", "maps") + "  - id: identity\n",
    )

    ended = tricenter("--json", "plan", str(folder))

    document = json.loads(ended.stdout)
    assert ended.returncode == REFUSED
    found = {(each["of"], each["workload"]) for each in document["whose"]}
    assert found & {("atlas", "maps"), ("maps", "atlas")}
    assert all(each["proven"] for each in document["whose"])


ATLAS = """\
  - id: atlas
    title: {zh: 地圖, en: Atlas}
    owner: identity
    mlps_level: 3
    data_class: [internal]
    recovery: {grade: 1}
    zone: public
    components:
      - id: tiles
        replicas: 4
        needs: {vcpus: 64, memory_gib: 40}
        images: {amd64: "tiles:1"}
        require: {clouds: [bj-a-gov]}
        spread: none
"""
