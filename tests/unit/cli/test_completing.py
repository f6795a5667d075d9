"""At the prompt `--only` offers the clouds and workloads of the Plan or environment in the line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.small_plan import a_small_plan

from cmp.store.plans import save


def offered(line: str, folder: Path) -> list[str]:
    """What the shell is offered for the last word of a line."""
    program = Path(sys.executable).with_name("tricenter")
    asked = {
        "_TRICENTER_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split()) - 1),
    }
    done = subprocess.run(
        [str(program)], cwd=folder, env={**os.environ, **asked}, capture_output=True, text=True, check=False
    )
    return done.stdout.split()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(a_small_plan(), tmp_path / "plan.json")
    return tmp_path


def test_clouds_and_workloads_that_begin_so_are_offered(folder: Path) -> None:
    assert offered("tricenter apply plan.json --only m", folder) == ["marriage", "memorial"]
    assert offered("tricenter preview plan.json --only bj-a", folder) == ["bj-a-gov", "bj-a-k8s"]


def test_a_plan_that_is_not_there_offers_nothing(folder: Path) -> None:
    assert offered("tricenter apply nothing.json --only m", folder) == []
