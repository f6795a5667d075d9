"""Every mistake of tests/data/mistakes.yaml leads to its problem at its place; a test raises every code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from support.environment_files import TINY, a_copy, problems_of, replace_in

from cmp.model.codes import Code

MISTAKES: list[dict[str, Any]] = yaml.safe_load((TINY.parent / "mistakes.yaml").read_text(encoding="utf-8"))

ELSEWHERE = {
    Code.NO_FOLDER: "test_files.py",
    Code.OUTSIDE: "test_links.py",
    Code.UNREADABLE: "test_files.py",
    Code.TOO_LARGE: "test_files.py",
    Code.NOT_UTF8: "test_files.py",
    Code.EMPTY_FILE: "test_files.py",
    Code.AMBIGUOUS_FILE: "test_layers.py",
    Code.STRAY_FILE: "test_layers.py",
    Code.UNKNOWN_GRADE: "test_workload_checks.py",
    Code.OVERLAP_NOTE: "test_layers.py",
    Code.BENCHMARK_PREFIX: "../network/addresses/test_rules.py",
    Code.SITE_LENGTH: "../network/addresses/test_rules.py",
    Code.SUBNET_LENGTH: "../network/addresses/test_rules.py",
    Code.ROUTER_LINK: "../network/addresses/test_rules.py",
    Code.LOOPBACK: "../network/addresses/test_rules.py",
    Code.OVERUSED: "../network/addresses/test_rules.py",
    Code.ZONES_MIXED: "checks/test_clouds.py",
    Code.CONTAINER_LIMIT: "checks/test_containers.py",
    Code.WRONG_UNIT: "checks/test_sizes.py",
    Code.LARGER_THAN_HOSTS: "checks/test_sizes.py",
    Code.SPREAD_TOO_WIDE: "checks/test_spreads.py",
    Code.NEEDED_STAYS: "checks/test_yields.py",
    Code.NO_SUCH_SIDE: "checks/test_sides.py",
    Code.CONTRADICTION: "checks/test_neighbours.py",
    Code.REPLICATION_UNSAID: "checks/test_neighbours.py",
    Code.LOCAL_NAME: "../network/addresses/test_rules.py",
}
"""Codes that no change of a text leads to, and the test beside this one that raises each."""


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake["title"])
def test_a_mistake_is_told_at_its_place(mistake: dict[str, Any], tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    replace_in(folder / mistake["file"], mistake["old"], mistake["new"])

    problems = problems_of(folder)

    found = next((problem for problem in problems if problem.code == mistake["code"]), None)
    assert found is not None, problems
    assert Path(found.file) == folder / mistake.get("where", mistake["file"])
    line = Path(found.file).read_text(encoding="utf-8").split("\n")[found.line - 1]
    assert line[found.column - 1 :].startswith(mistake["at"]), found
    assert mistake.get("says", "") in str(found)


def test_the_unchanged_environment_has_no_mistake(tmp_path: Path) -> None:
    assert problems_of(a_copy(tmp_path)) == ()


def test_every_code_is_raised_by_a_test() -> None:
    by_mistake = {mistake["code"] for mistake in MISTAKES}

    beside = Path(__file__).parent
    for code, name in ELSEWHERE.items():
        assert f"Code.{code.name}" in (beside / name).read_text(encoding="utf-8"), f"{name} raises {code}"
    assert by_mistake | set(ELSEWHERE) == set(Code)
    assert not by_mistake & set(ELSEWHERE)


def test_every_code_has_a_sentence() -> None:
    for code in Code:
        assert code.meaning.endswith("."), code
    assert len({code.meaning for code in Code}) == len(Code)
