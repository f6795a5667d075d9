"""Every Python that we start is told not to look for modules in the folder where it happens to stand."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("cli", "cmp", "lab", "playbooks", "policies", "stacks", "toolchain")
CLEAN = {"-I", "-P"}
"""Isolated (also without PYTHON* variables and the user's packages), or safe path alone."""


def starts(tree: ast.AST) -> Iterator[tuple[int, list[str]]]:
    """Lines with a command that starts a Python, and the words of it that are written there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.List | ast.Tuple) and node.elts and _is_python(node.elts[0]):
            words = [each.value for each in node.elts[1:] if isinstance(each, ast.Constant)]
            yield node.lineno, [str(word) for word in words]


def _is_python(node: ast.expr) -> bool:
    """True for `sys.executable`, `python`, and a path that ends in python."""
    text = ast.unparse(node)
    return text in {"sys.executable", "python"} or text.endswith(("'python')", "'python3'", "/ 'python'"))


@pytest.mark.parametrize("text", ["[sys.executable, '-m', 'x']", "[str(venv / 'bin' / 'python'), '-m', 'x']"])
def test_a_start_that_says_nothing_is_found(text: str) -> None:
    assert [words[:1] for _line, words in starts(ast.parse(text))] == [["-m"]]


def test_no_python_is_started_that_would_take_modules_from_the_current_folder() -> None:
    found = [
        (path.relative_to(ROOT), line, words)
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line, words in starts(ast.parse(path.read_text()))
    ]

    wrong = [f"{path}:{line}: {words}" for path, line, words in found if not CLEAN & set(words)]

    assert len(found) >= 8
    assert wrong == []
