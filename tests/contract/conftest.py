"""Gives contract tests the repository's own sources; nothing is simulated."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.address_stores import Clock, a_postgres, emptied
from support.needs import needs

from cmp.ports.bundle import Ports
from cmp.settings import Layout
from cmp.store.file_ports import file_ports
from cmp.store.memory_ports import memory_ports
from cmp.store.sql_ports import sql_ports
from toolchain.system_packages import POSTGRES

ROOT = Path(__file__).resolve().parents[2]
POSTGRESQL = pytest.param("postgresql", marks=needs(POSTGRES, root=False))
PACKAGES = ("cli", "cmp", "lab", "policies", "stacks", "toolchain")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def modules() -> dict[str, ast.Module]:
    """Every module of our packages, parsed, by its path from the repository's root."""
    paths = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


@pytest.fixture(scope="session")
def tracked() -> tuple[Path, ...]:
    """Every file that belongs to the repository: what Git tracks or would add."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return tuple(path for name in listing.split("\0") if name and (path := ROOT / name).is_file())


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server of our own."""
    with a_postgres() as url:
        yield url


@pytest.fixture(params=["files", "memory", "sqlite", POSTGRESQL])
def ports(request: pytest.FixtureRequest, tmp_path: Path) -> Ports:
    """Every twin of the ports, with nothing in it."""
    layout = Layout(tmp_path / "state")
    if request.param == "files":
        return file_ports(layout)
    if request.param == "memory":
        return memory_ports(Clock())
    if request.param == "sqlite":
        return sql_ports(f"sqlite:///{tmp_path}/state.sqlite", layout)
    return sql_ports(emptied(request.getfixturevalue("postgres")), layout)


@pytest.fixture(params=["sqlite", POSTGRESQL])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database that several share, with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state.sqlite"
    return emptied(request.getfixturevalue("postgres"))
