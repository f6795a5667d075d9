"""The packages of the host lab are said once: what the doctor misses is what make installs."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmp.installation import Installation
from toolchain.doctor import HOST_LAB, checks
from toolchain.gates.listing import GATES
from toolchain.host_lab import PROGRAMS, install_command
from toolchain.system_packages import PACKAGES

pytestmark = pytest.mark.enable_socket  # the doctor opens ports on the loopback address

ROOT = Path(__file__).parents[3]


def test_make_installs_every_program_that_the_host_lab_runs() -> None:
    assert set(PROGRAMS) <= set(PACKAGES)


def test_the_remedy_names_the_packages() -> None:
    assert "apt-get install frr tayga" in install_command(("frr", "tayga"))


def test_a_wheel_brings_what_installs_packages_without_starting_their_daemons(tmp_path: Path) -> None:
    (tmp_path / "cmp" / "shipped").mkdir(parents=True)

    remedy = install_command(("frr", "tayga"), Installation(tmp_path, tmp_path / "python"))

    assert remedy == f"as root: sh {tmp_path}/toolchain/system_packages.sh frr tayga"


def test_tests_of_the_host_lab_run_where_the_doctor_finds_all_it_needs(tmp_path: Path) -> None:
    gate = next(gate for gate in GATES if gate.name == "hosts")

    assert HOST_LAB in gate.needs
    assert set(gate.needs) <= {check.name for check in checks(tmp_path)}
