"""A command starts quickly because it imports only what it needs: heavy libraries are named here."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRINTING = ("rich",)
CLOUDS = ("ansible_runner", "boto3", "botocore", "grpc", "keystoneauth1", "moto", "openstack", "pulumi")
COMPILING = ("llvmlite", "numba")
EXACT = ("ortools", "pandas")
SEARCHING = ("highspy", "numpy", *COMPILING, *EXACT)
STORES = ("sqlalchemy",)
READING = ("pydantic", "yaml")
REPORT = """
import sys
from cli.main import run
try:
    run()
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def imported_by(*arguments: str) -> set[str]:
    """The top-level packages that are there when a command has ended."""
    ended = subprocess.run(
        [sys.executable, "-P", "-c", REPORT, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return set(ended.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("command", "unneeded"),
    [
        (("--help",), (*READING, *STORES, *SEARCHING, *CLOUDS, *PRINTING)),
        (("plan", "--help"), (*STORES, *SEARCHING, *CLOUDS, *PRINTING)),
        (("validate", "inventories/reference"), (*STORES, *SEARCHING, *CLOUDS, *PRINTING)),
    ],
)
def test_a_command_imports_no_library_that_it_does_not_need(
    command: tuple[str, ...], unneeded: tuple[str, ...]
) -> None:
    found = imported_by(*command)

    assert "typer" in found
    assert sorted(found & set(unneeded)) == []


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        ("cmp.services.planning.planning", (*EXACT, *STORES, *CLOUDS, *PRINTING)),
        ("cmp.services.planning.proofs", (*COMPILING, *EXACT, *STORES, *CLOUDS, *PRINTING)),
        ("cmp.scheduler.remedies.changes.estates", (*COMPILING, *EXACT, *STORES, *CLOUDS, *PRINTING)),
        ("cmp.store.plans", (*SEARCHING, *STORES, *CLOUDS, *PRINTING)),
    ],
)
def test_a_use_case_imports_no_library_before_it_is_needed(module: str, unneeded: tuple[str, ...]) -> None:
    report = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    ended = subprocess.run(
        [sys.executable, "-P", "-c", report],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )

    found = set(ended.stdout.split())
    assert "cmp" in found
    assert sorted(found & set(unneeded)) == []
