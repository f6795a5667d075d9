"""The key of compiled code counts every file that it is made from, and arrays are what annotations say."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from cmp.bench.generating.making import generated
from cmp.native import keys
from cmp.native.keys import MACHINERY, key_of
from cmp.native.kinds import kind_of
from cmp.native.loops import Loop, reachable
from cmp.native.units import Unit
from cmp.scheduler.board import loops
from cmp.scheduler.board.arrays import Board
from cmp.scheduler.engine import prepared
from cmp.scheduler.warming import UNITS

ROOT = Path(__file__).resolve().parents[3]
OURS = ("cmp", "policies", "stacks", "lab", "cli", "toolchain")


def files_of(unit: Unit) -> list[Path]:
    """Every file that counts in a unit's key."""
    return [
        file
        for source in (MACHINERY, *unit.sources)
        for file in (sorted(source.rglob("*.py")) if source.is_dir() else [source])
    ]


def modules_of(unit: Unit) -> set[ModuleType]:
    return {sys.modules[loop.py_func.__module__] for loop in reachable(unit.loops)}


def origins(module: ModuleType, names: set[str]) -> Iterator[ModuleType]:
    """The modules of ours that a module takes some names from, which may have them from others again."""
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] in OURS:
            taken = {alias.name for alias in node.names if (alias.asname or alias.name) in names}
            if taken:
                origin = sys.modules[str(node.module)]
                yield origin
                yield from origins(origin, taken)


def used_by(unit: Unit, module: ModuleType) -> set[str]:
    """Names that a module's loops use."""
    held = [loop for loop in reachable(unit.loops) if loop.py_func.__module__ == module.__name__]
    return {name for loop in held for name in loop.py_func.__code__.co_names}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_every_file_that_compiled_code_takes_anything_from_counts_in_its_key(unit: Unit) -> None:
    taken = {
        Path(str(origin.__file__))
        for module in modules_of(unit)
        for origin in (module, *origins(module, used_by(unit, module)))
    }

    assert taken - set(files_of(unit)) == set()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_change_in_any_of_these_files_gives_another_key(
    unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = tmp_path / "clone"
    for source in (MACHINERY, *unit.sources):
        to = copied / source.relative_to(ROOT)
        to.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, to)
    sources = [copied / source.relative_to(ROOT) for source in unit.sources]
    monkeypatch.setattr(keys, "MACHINERY", copied / MACHINERY.relative_to(ROOT))
    assert key_of(sources) == unit.file.removeprefix(f"{unit.name}-")

    for file in files_of(unit):
        copy = copied / file.relative_to(ROOT)
        held = copy.read_bytes()
        copy.write_bytes(held + b"\nCONSTANT = 2\n")
        assert f"{unit.name}-{key_of(sources)}" != unit.file, file
        copy.write_bytes(held)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_annotations_tell_the_types_of_everything_that_python_calls(unit: Unit) -> None:
    assert [loop.name for loop in unit.loops if not loop.kinds()] == []


def test_no_loop_is_held_by_two_units() -> None:
    held: list[Loop] = [loop for unit in UNITS for loop in unit.loops]

    assert len(held) == len(set(held))
    assert all(loop.unit in UNITS for loop in held)


def test_a_real_board_is_of_the_type_that_loops_are_compiled_for() -> None:
    placing = prepared(generated(12, 6, 1, 4)).placing

    assert placing.handle.kind == kind_of(Board)  # type: ignore[attr-defined]


def test_all_that_the_boards_face_shows_can_be_called() -> None:
    shown = {getattr(loops, name) for name in loops.__all__ if name != "SEARCH"}

    assert shown == set(loops.SEARCH.loops)


def test_boards_are_handed_over_by_handle_whoever_compiles_first() -> None:
    """`doctor --warm` imports nothing that makes a board."""
    told = "from cmp.scheduler.board.loops import SEARCH; print(SEARCH.loops[0].kinds()[0])"

    said = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True, cwd=ROOT)

    assert said.stdout.startswith("Handle(")
