from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from toolchain.doctor import Check, checks

pytestmark = pytest.mark.enable_socket  # the doctor opens ports on the loopback address


def examined(root: Path) -> dict[str, Check]:
    return {check.name: check for check in checks(root, root / "state" / "deep")}


@pytest.mark.usefixtures("path_folder")
def test_a_bare_machine_lacks_the_engine_and_is_told_how_to_get_it(tmp_path: Path) -> None:
    found = examined(tmp_path)

    lacking = {name for name, check in found.items() if not check.ok}
    assert {"pulumi", "language host", "go", "openstack services", "git"} <= lacking
    assert found["pulumi"].remedy == "run make engine (some minutes the first time)"


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


def test_looking_changes_nothing(tmp_path: Path) -> None:
    examined(tmp_path)

    assert list(tmp_path.iterdir()) == []
