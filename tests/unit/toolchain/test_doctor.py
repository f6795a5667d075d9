from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cmp.installation import Installation
from toolchain.doctor import Check, checks

pytestmark = pytest.mark.enable_socket  # the doctor opens ports on the loopback address


def examined(root: Path, here: Installation | None = None) -> dict[str, Check]:
    """What the doctor finds with a state folder that is not there yet; `here` is a checkout if not given."""
    found = checks(root / "state" / "deep", here or Installation(root, Path(sys.executable)))
    return {check.name: check for check in found}


@pytest.mark.usefixtures("path_folder")
def test_a_bare_machine_lacks_the_engine_and_is_told_how_to_get_it(tmp_path: Path) -> None:
    found = examined(tmp_path)

    lacking = {name for name, check in found.items() if not check.ok}
    assert {"pulumi", "language host", "go", "openstack services", "git"} <= lacking
    assert found["pulumi"].remedy == "run tricenter engine install (some minutes the first time)"


def test_go_is_not_missed_where_the_engine_is_there(
    tmp_path: Path, path_folder: Path, make_program: Callable[[Path, str], Path]
) -> None:
    make_program(path_folder / "pulumi", "echo v3.259.0")

    found = examined(tmp_path)

    assert found["pulumi"].ok
    assert found["go"].ok
    assert "not needed since the engine is there" in found["go"].found


def test_every_check_says_what_it_is_for_and_what_to_do(tmp_path: Path) -> None:
    assert [
        check.name for check in examined(tmp_path).values() if not (check.needed_for and check.remedy)
    ] == []


def test_the_running_python_is_always_new_enough(tmp_path: Path) -> None:
    assert examined(tmp_path)["python"].ok


def test_a_state_folder_that_does_not_exist_yet_is_measured_where_it_would_be(tmp_path: Path) -> None:
    assert str(tmp_path) in examined(tmp_path)["disk"].found


@pytest.mark.usefixtures("path_folder")
def test_a_wheel_is_not_told_to_make_anything_and_lacks_nothing_that_tests_need(tmp_path: Path) -> None:
    (tmp_path / "packages" / "cmp" / "shipped").mkdir(parents=True)
    wheel = Installation(tmp_path / "packages", tmp_path / "bin" / "python")

    found = examined(tmp_path, wheel)

    assert [check.name for check in found.values() if "make " in check.remedy + check.needed_for] == []
    assert {"git", "postgresql"} & set(found) == set()
    assert {"git", "postgresql"} <= set(examined(tmp_path))


def test_looking_changes_nothing(tmp_path: Path) -> None:
    examined(tmp_path)

    assert list(tmp_path.iterdir()) == []
