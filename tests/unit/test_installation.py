from __future__ import annotations

from pathlib import Path

import pytest

from cmp.installation import HERE, SCRIPT, Installation

PYTHON = Path("venv/bin/python")


@pytest.fixture
def wheel(tmp_path: Path) -> Installation:
    """What a wheel looks like once it is installed."""
    (tmp_path / "cmp" / "shipped" / "playbooks").mkdir(parents=True)
    return Installation(tmp_path, PYTHON)


def test_these_tests_run_from_a_checkout() -> None:
    assert HERE.checkout == Path(__file__).resolve().parents[2]
    assert HERE.shipped("playbooks/ansible.cfg").is_file()
    assert HERE.toolchain({"XDG_DATA_HOME": "/elsewhere"}) == HERE.packages / ".toolchain"
    assert HERE.remedy("sync", "install it again") == "run make sync"


def test_a_wheel_keeps_apart_what_is_no_package(wheel: Installation) -> None:
    assert wheel.checkout is None
    assert wheel.shipped("playbooks/ansible.cfg") == wheel.packages / "cmp/shipped/playbooks/ansible.cfg"
    assert wheel.shipped("policies/data") == wheel.packages / "policies/data"
    assert wheel.remedy("sync", "install it again") == "install it again"


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"HOME": "/h"}, "/h/.local/share/tricenter"),
        ({"HOME": "/h", "XDG_DATA_HOME": "/data"}, "/data/tricenter"),
        ({"HOME": "/h", "XDG_DATA_HOME": "data"}, "/h/.local/share/tricenter"),
        ({"HOME": "/h", "XDG_DATA_HOME": ""}, "/h/.local/share/tricenter"),
    ],
)
def test_a_wheel_keeps_what_it_brings_in_the_users_data_folder(
    wheel: Installation, variables: dict[str, str], folder: str
) -> None:
    """A relative XDG_DATA_HOME is invalid, says the specification, and means nothing."""
    assert wheel.toolchain(variables) == Path(folder)


def test_scripts_are_looked_for_beside_python_first(tmp_path: Path, wheel: Installation) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / SCRIPT).touch()

    assert Installation(wheel.packages, tmp_path / "bin" / "python").scripts == tmp_path / "bin"


def test_scripts_that_lie_elsewhere_are_found_where_the_installer_put_them(wheel: Installation) -> None:
    """As after `pip install --user`: Python lies in one folder, our scripts in another."""
    assert (wheel.scripts / SCRIPT).is_file()
    assert wheel.scripts != PYTHON.parent
