"""Tests of labs go to workers lab by lab: what shares one stays together, what has its own goes anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.by_lab import APART, SHARED, shared_by, unit_of

LAB = Path(__file__).parents[1] / "lab"


@pytest.mark.parametrize(
    ("test", "unit"),
    [
        ("tests/lab/test_moving.py::test_one", "lab_clouds"),
        ("tests/lab/test_end_to_end.py::test_other[a]", "lab_clouds"),
        ("tests/lab/test_lab_openstack.py::test_one", "made"),
        ("tests/lab/test_paths.py::test_one", "test_paths"),
        ("tests/lab/test_deadman.py::test_one[v6]", "tests/lab/test_deadman.py::test_one[v6]"),
    ],
)
def test_what_shares_a_lab_is_one_unit(test: str, unit: str) -> None:
    assert unit_of(test) == unit


def test_a_lab_of_the_session_counts_before_what_a_file_has() -> None:
    assert shared_by({"lab_clouds": "session", "story": "module"}, "test_moving") == "lab_clouds"
    assert shared_by({"made": "module", "lab": "function"}, "test_lab_aws") == "test_lab_aws"
    assert shared_by({"moving": "function"}, "test_migration") == ""


def test_every_file_that_is_named_is_there() -> None:
    named = {*APART, *(file for files in SHARED.values() for file in files)}

    assert named <= {path.stem for path in LAB.glob("test_*.py")}
