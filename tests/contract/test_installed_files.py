"""One module knows where shipped files lie: what works in the repository works in a wheel."""

from __future__ import annotations

import ast
import re
from pathlib import Path

KNOWS = "cmp/installation.py"
SHOWS_PATHS = {
    *("cli/hints.py", "cli/session.py", "cmp/client/use_cases.py", "cmp/store/environments.py"),
    "toolchain/nursery/asking.py",
}
"""Name paths as people write them, relative to where they are; the last has a fork stand where it stands."""

TELLS_BOTH = {"toolchain/doctor.py", "toolchain/host_lab.py"}
"""Name a target of the Makefile in a checkout alone; their tests look at both."""

WORK_ON_A_CHECKOUT = re.compile(r"^toolchain/(bench\w*\.py|(fresh|gates|supply|words)/\w+\.py)$")
"""What pyproject.toml leaves out of the wheel."""


def shipped(modules: dict[str, ast.Module]) -> dict[str, ast.Module]:
    return {path: tree for path, tree in modules.items() if not WORK_ON_A_CHECKOUT.match(path)}


def climbs(node: ast.AST) -> bool:
    """True for `Path(__file__)….parents[n]` and `Path(__file__)….parent.parent`."""
    written = ast.unparse(node) if isinstance(node, ast.Attribute | ast.Subscript) else ""
    return "__file__" in written and bool(re.search(r"\.parents\[|\.parent\.parent$", written))


def test_no_module_guesses_where_the_repository_is(modules: dict[str, ast.Module]) -> None:
    guesses = {
        path
        for path, tree in modules.items()
        if path != KNOWS and any(climbs(node) for node in ast.walk(tree))
    }

    assert guesses == set()


def test_no_module_takes_the_current_folder_for_the_repository(modules: dict[str, ast.Module]) -> None:
    asked = {
        path
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"cwd", "getcwd"}
    }

    assert asked - SHOWS_PATHS == set()


def test_no_remedy_names_a_target_of_the_makefile(root: Path, modules: dict[str, ast.Module]) -> None:
    targets = re.findall(r"^\.PHONY: (\S+)$", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = re.compile(rf"\bmake ({'|'.join(targets)})\b")

    found = [
        f"{path}:{node.lineno}: {node.value}"
        for path, tree in shipped(modules).items()
        if path not in TELLS_BOTH
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and named.search(node.value)
    ]

    assert "sync" in targets
    assert found == []
