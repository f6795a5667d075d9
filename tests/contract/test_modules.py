"""The shape every module keeps: small, and saying in one sentence what it is for."""

from __future__ import annotations

import ast
from pathlib import Path

MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 50


def test_every_module_opens_by_saying_what_it_is_for(modules: dict[str, ast.Module]) -> None:
    silent = [path for path, tree in modules.items() if not (ast.get_docstring(tree) or "").strip()]

    assert silent == []


def test_the_first_line_of_a_module_is_a_sentence(modules: dict[str, ast.Module]) -> None:
    openings = {path: (ast.get_docstring(tree) or "").split("\n\n")[0] for path, tree in modules.items()}

    unfinished = [
        path for path, opening in openings.items() if not opening.rstrip().endswith((".", ":", "…"))
    ]

    assert unfinished == []


def test_no_module_is_longer_than_the_ceiling(root: Path, tracked: tuple[Path, ...]) -> None:
    lengths = {
        path.relative_to(root).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in tracked
        if path.suffix == ".py"
    }

    too_long = {path: lines for path, lines in lengths.items() if lines > MOST_LINES}

    assert too_long == {}


def test_no_function_is_longer_than_the_ceiling(modules: dict[str, ast.Module]) -> None:
    too_long = [
        f"{path}:{node.lineno} {node.name}: {length} lines"
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    ]

    assert too_long == []


def test_a_package_init_holds_only_its_sentence(modules: dict[str, ast.Module]) -> None:
    talkative = [
        path for path, tree in modules.items() if path.endswith("__init__.py") and len(tree.body) > 1
    ]

    assert talkative == []


def test_tests_hold_no_init(root: Path) -> None:
    assert list((root / "tests").rglob("__init__.py")) == []
