"""What is kept is asked for through ports: no use case takes a folder's layout, ever fewer take paths."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

MOST_PATHS = 0
"""Parameters of `cmp.services` that are paths. What people name is read and written by `cmp.handing`."""


def test_no_use_case_takes_the_layout_of_a_state_folder(modules: dict[str, ast.Module]) -> None:
    found = [f"{path}: {name}" for path, name, kind in parameters(modules) if "Layout" in names_in(kind)]

    assert found == []


def test_paths_in_use_cases_become_fewer(modules: dict[str, ast.Module]) -> None:
    found = [f"{path}: {name}" for path, name, kind in parameters(modules) if "Path" in names_in(kind)]

    assert len(found) <= MOST_PATHS, found
    assert len(found) == MOST_PATHS, f"write {len(found)} here: it fell"


def parameters(modules: dict[str, ast.Module]) -> Iterator[tuple[str, str, ast.expr]]:
    """Every parameter of services that says what it is: file, function and parameter, its annotation."""
    for path, tree in modules.items():
        if not path.startswith("cmp/services/"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
                    if each.annotation is not None:
                        yield path, f"{node.name}({each.arg})", each.annotation


def names_in(kind: ast.expr) -> set[str]:
    """The names that an annotation is made of."""
    return {node.id for node in ast.walk(kind) if isinstance(node, ast.Name)}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def f(folder: Path) -> None: ...", {"Path"}),
        ("def f(*, out: Path | None = None) -> None: ...", {"Path"}),
        ("def f(paths: Sequence[Path]) -> None: ...", {"Sequence", "Path"}),
        ("def f(layout: Layout, /) -> None: ...", {"Layout"}),
        ("def f(ports: Ports) -> None: ...", {"Ports"}),
    ],
)
def test_a_path_is_seen_wherever_it_stands(source: str, names: set[str]) -> None:
    (found,) = parameters({"cmp/services/x.py": ast.parse(source)})

    assert names_in(found[2]) == names
