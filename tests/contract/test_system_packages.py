"""What a test may be skipped for is what `make test` installs: one table, asked in one place."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from support.needs import lacks, needs

from lab.shared_line import PROGRAMS as SHARED_LINE
from toolchain.host_lab import PROGRAMS as HOST_LAB
from toolchain.system_packages import PACKAGES, TABLE, located, read

SKIPS = frozenset({"skip", "skipif", "importorskip", "skipUnless", "skipIf"})
LOOKS = frozenset({"which"})
MAY_SKIP = ("tests/support/needs.py",)
MAY_LOOK = {
    "cli/hints.py": "Tricenter itself: by its name alone it is called only where that finds it",
    "toolchain/building.py": "nice: where there is none, a build is not patient",
    "toolchain/control_plane.py": "a cluster's programs, which are built where there are none",
    "toolchain/doctor.py": "our own scripts, which `make sync` brings",
    "toolchain/engine.py": "the engine, which `make engine` brings",
    "toolchain/golang.py": "Go, which `make engine` brings",
    "toolchain/kubernetes_provider.py": "the provider, which is built where there is none",
    "toolchain/system_packages.py": "what the table lists",
    "toolchain/uv.py": "uv, which `make sync` or pip brings",
}
MAKE_TEST = re.compile(r"^test:.*\bsystem-packages\b", re.MULTILINE)
INSTALLS = re.compile(r"^system-packages:.*\n\t@sh toolchain/system_packages\.sh$", re.MULTILINE)


def uses(tree: ast.AST, names: frozenset[str]) -> Iterator[str]:
    """Every place where a module's member of such a name is taken or imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in names:
            yield f"{node.lineno}: {node.attr}"
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.lineno}: {alias.name}" for alias in node.names if alias.name in names)


def found(root: Path, tracked: tuple[Path, ...], names: frozenset[str], allowed: Iterable[str]) -> list[str]:
    """Such uses in our own sources, leaving out the allowed files and what runs on hosts."""
    exempt = {*allowed, Path(__file__).relative_to(root).as_posix()}
    words = "|".join(names)
    may_use = re.compile(rf"\.({words})\b|import .*\b({words})\b|^\s+({words}),$", re.MULTILINE)
    files = {path.relative_to(root).as_posix(): path for path in tracked if path.suffix == ".py"}
    texts = {
        name: text
        for name, path in files.items()
        if name not in exempt and not name.startswith("playbooks/")
        if may_use.search(text := path.read_text(encoding="utf-8"))
    }
    return [f"{name}:{line}" for name, text in texts.items() for line in uses(ast.parse(text), names)]


def test_only_one_page_of_the_tests_skips(root: Path, tracked: tuple[Path, ...]) -> None:
    assert found(root, tracked, SKIPS, MAY_SKIP) == []


def test_programs_are_looked_for_through_the_table(root: Path, tracked: tuple[Path, ...]) -> None:
    assert found(root, tracked, LOOKS, MAY_LOOK) == []


@pytest.mark.parametrize(
    "skip",
    [
        '@pytest.mark.skipif(shutil.which("dig") is None, reason="no dig")\ndef test_it(): ...',
        'from shutil import which\nhere = which("dig")\nif not here:\n    pytest.skip("no dig")',
        'pytest.importorskip("dig")',
    ],
)
def test_a_skip_of_any_other_form_is_found(skip: str) -> None:
    assert list(uses(ast.parse(skip), SKIPS | LOOKS)) != []


@pytest.mark.parametrize("ask", [lacks, needs, located])
def test_nobody_can_ask_for_a_program_that_is_not_installed(ask: object) -> None:
    with pytest.raises(ValueError, match=r"dig is in no package that system_packages\.txt lists"):
        ask("dig")  # type: ignore[operator]


def test_what_labs_call_is_in_the_table() -> None:
    assert {*SHARED_LINE, *HOST_LAB} - set(PACKAGES) == set()


def test_make_installs_the_table_before_it_tests(root: Path) -> None:
    makefile = (root / "Makefile").read_text(encoding="utf-8")

    assert MAKE_TEST.search(makefile)
    assert INSTALLS.search(makefile)


def test_the_script_installs_what_python_reads(root: Path, tmp_path: Path) -> None:
    """With a `dpkg` that knows no package and a user who may not install, the script names all of them."""
    (tmp_path / "dpkg").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    for stand_in in tmp_path.iterdir():
        stand_in.chmod(0o755)

    said = subprocess.check_output(
        ["sh", "toolchain/system_packages.sh"],
        cwd=root,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        text=True,
    )

    assert set(said.partition(":")[2].split()) == set(PACKAGES.values())


def test_each_package_stands_once_and_in_order() -> None:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    packages = [line.split()[0] for line in lines if line and not line.startswith("#")]

    assert packages == sorted(set(packages))
    assert read("# a remark\n\niproute2 ip ss # both\n") == {"ip": "iproute2", "ss": "iproute2"}


@pytest.mark.parametrize("program", sorted(PACKAGES))
def test_a_program_is_in_the_package_it_is_listed_under(program: str) -> None:
    """Asked of Debian wherever the program is installed as a package."""
    place = located(program)
    owners = owner(place) if place and shutil.which("dpkg") else set()

    assert not owners or owners & ({PACKAGES[program]} | dependencies(PACKAGES[program]))


def owner(place: Path) -> set[str]:
    """The packages a file came with; with one /usr for all a package may still list it without."""
    names = {str(place), str(place.resolve()), f"/usr{place}", str(place).removeprefix("/usr")}
    done = subprocess.run(["dpkg", "-S", *sorted(names)], capture_output=True, text=True, check=False)
    return {line.partition(":")[0] for line in done.stdout.splitlines()}


def dependencies(package: str) -> set[str]:
    asked = ["dpkg-query", "--show", "--showformat=${Depends}", package]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return set(re.findall(r"[a-z0-9][a-z0-9+.-]+", done.stdout))
