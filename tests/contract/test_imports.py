"""What the innermost packages and the outermost one may import: import-linter has no allow-list."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping

import pytest

MAY_IMPORT: Mapping[str, frozenset[str]] = {
    "cli": frozenset(
        {
            *(
                "cli",
                "cmp.services",
                "cmp.bench",
                "cmp.model",
                "cmp.errors",
                "cmp.means",
                "cmp.wiring",
                "cmp.handing",
            ),
            *("cmp.words", "cmp.client", "cmp.handing", "cmp.serving", "cmp.sentences"),
            *("typer", "rich"),
        }
    ),
    "cmp/model": frozenset({"cmp.model", "cmp.sentences", "pydantic", "pydantic_core", "netaddr"}),
    "cmp/errors.py": frozenset(),
    "cmp/sentences.py": frozenset(),
    "cmp/installation.py": frozenset(),
    "cmp/verifier": frozenset({"cmp.verifier", "cmp.model", "cmp.errors", "cmp.sentences"}),
    "policies/rules": frozenset({"policies.rules", "cmp.model"}),
    "cmp/files": frozenset({"cmp.files", "cmp.errors", "cmp.sentences"}),
    "toolchain": frozenset(
        {"toolchain", "cmp.errors", "cmp.files", "cmp.installation", "cmp.sentences", "cmp.words"}
    ),
}
BESIDES: Mapping[str, frozenset[str]] = {
    "toolchain/asking_plugin.py": frozenset({"grpc"}),
    "toolchain/kept.py": frozenset({"cmp.native.shelf"}),
    "toolchain/fresh/nothing_skipped.py": frozenset({"pytest"}),
    **{
        f"toolchain/words/{name}.py": frozenset({"babel", "opencc"})
        for name in ("__main__", "traditional", "writing")
    },
    "toolchain/supply/bill.py": frozenset({"cyclonedx", "packageurl"}),
}
"""What single modules may import besides: plugins speak gRPC, which comes with the engine's SDK, and what was
built is kept as native code is; pytest loads a plugin of its own, and no wheel holds the last two."""


def imported(tree: ast.Module) -> Iterator[str]:
    """The full names a module imports, with `from a import b` read as both `a` and `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative imports hide where knowledge comes from"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_allowed(name: str, allowed: frozenset[str]) -> bool:
    top = name.partition(".")[0]
    return top in sys.stdlib_module_names or any(
        name == good or name.startswith(f"{good}.") for good in allowed
    )


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_a_package_imports_only_what_it_may(package: str, modules: dict[str, ast.Module]) -> None:
    ours = {path: tree for path, tree in modules.items() if path == package or path.startswith(f"{package}/")}

    strangers = [
        f"{path} imports {name}"
        for path, tree in ours.items()
        for name in imported(tree)
        if not is_allowed(name, MAY_IMPORT[package] | BESIDES.get(path, frozenset()))
    ]

    assert ours
    assert strangers == []


def test_the_engine_is_never_imported_by_a_name_the_linter_cannot_see(modules: dict[str, ast.Module]) -> None:
    hidden = [
        f"{path}:{node.lineno}"
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "__import__"
    ]

    assert hidden == []
