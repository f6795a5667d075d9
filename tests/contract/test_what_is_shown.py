"""Nothing reaches a terminal past `cli/showing.py`, where what others wrote is made fit to be shown."""

from __future__ import annotations

import ast

SHOWN = {"visible", "visible_cell", "visible_json"}
MAY = {
    "cli/leaving.py": {"tell"},  # what it is given was made fit by Session, which draws marks of its own
    "cli/main.py": {"tell_version"},
}
"""Functions that print what is fit already, or our own version."""


def test_whatever_is_printed_was_made_fit(modules: dict[str, ast.Module]) -> None:
    printed = [
        (f"{path}:{call.lineno}", call)
        for path, tree in modules.items()
        if path.startswith("cli/")
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name not in MAY.get(path, set())
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in {"print", "input"}
    ]

    assert len(printed) >= 6
    assert [place for place, call in printed if not _is_fit(call)] == []


def _is_fit(call: ast.Call) -> bool:
    """True where each text that is not written there goes through one of the functions."""
    return all(
        isinstance(given, ast.Constant)
        or getattr(given, "id", "") == "CLEAR"
        or any(getattr(getattr(each, "func", None), "id", "") in SHOWN for each in ast.walk(given))
        for given in call.args
    )
