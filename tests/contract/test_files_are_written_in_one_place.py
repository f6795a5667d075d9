"""Files are written in `cmp/files` alone, where links, owners and permissions are looked after."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

FOLDERS = ("cli/", "cmp/", "policies/", "stacks/")
"""`lab` and `toolchain` keep folders of their own; what runs on hosts has its own way (docs/security.md)."""

METHODS = {"write_text", "write_bytes", "chmod", "mkdir", "touch", "symlink_to", "hardlink_to", "unlink"}
OF_MODULES = {
    "os": {"open", "chmod", "fchmod", "mkdir", "makedirs", "mkfifo", "symlink", "link", "unlink", "rename"},
    "shutil": {"copy", "copy2", "copyfile", "copytree", "move", "rmtree"},
    "tempfile": {"mkstemp", "NamedTemporaryFile"},
}
WRITING = set("wax+")

ELSEWHERE = {
    "cli/leaving.py": "opens nowhere, for what nobody reads any more",
    "cmp/native/shelf.py": "code that is run: a shelf of its own, by handles as well, in the user's cache",
    "cmp/store/environments.py": "a new environment, which belongs to whoever asked for it; made with O_EXCL",
    "cmp/store/kept_environments.py": "below a temporary folder (0700) that goes once it is read",
    "cmp/plays/runner.py": "below a temporary folder (0700) that goes with the play",
    "cmp/plays/ssh.py": "below a temporary folder (0700) that goes with the logins",
    "cmp/loaders/schema.py": "the schema in this repository, for who develops it",
    "cmp/api/page.py": "a page of docs/ in this repository, for who develops it",
    "cmp/loaders/field_page.py": "a page of docs/ in this repository, for who develops it",
    "cmp/probes/orders.py": "on the host that probes, below a temporary folder",
    "cmp/probes/places.py": "opens namespaces, which are no files",
    "cmp/serving/children.py": "removes a step's own folder, which it made below the state's",
    "stacks/engine/folders.py": "temporary folders (0700) of the engine, which go with it; opened to be held",
    "stacks/engine/recovery.py": "removes what a killed engine left in its own folder",
}
"""Modules that may, and why."""


def written(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Lines that open a file for writing, make a folder, change permissions, move or remove something."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        owner = (
            called.value.id
            if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name)
            else ""
        )
        if owner in OF_MODULES:
            if name in OF_MODULES[owner]:
                yield node.lineno, f"{owner}.{name}"
        elif (isinstance(called, ast.Attribute) and name in METHODS) or (
            name == "open" and _is_for_writing(node, built_in=isinstance(called, ast.Name))
        ):
            yield node.lineno, name


def _is_for_writing(call: ast.Call, *, built_in: bool) -> bool:
    given = [
        *call.args[1 if built_in else 0 :][:1],
        *(each.value for each in call.keywords if each.arg == "mode"),
    ]
    return any(
        isinstance(mode, ast.Constant) and isinstance(mode.value, str) and bool(WRITING & set(mode.value))
        for mode in given
    )


@pytest.mark.parametrize(
    "text",
    [
        "open(path, 'w')",
        "open(path, mode='a')",
        "path.open('xb')",
        "path.write_text('text')",
        "path.parent.mkdir(parents=True)",
        "path.chmod(0o644)",
        "os.open(path, os.O_WRONLY)",
        "shutil.copyfile(one, other)",
        "tempfile.mkstemp()",
    ],
)
def test_each_way_to_write_is_found(text: str) -> None:
    assert [line for line, _ in written(ast.parse(text))] == [1]


@pytest.mark.parametrize(
    "text", ["open(path)", "path.open('rb')", "engine.open(stack)", "text.replace('a', 'w')"]
)
def test_reading_is_not_taken_for_writing(text: str) -> None:
    assert list(written(ast.parse(text))) == []


def test_files_are_written_in_one_place(modules: dict[str, ast.Module]) -> None:
    found = {
        path: [f"{path}:{line}: {name}" for line, name in written(tree)]
        for path, tree in modules.items()
        if path.startswith(FOLDERS) and not path.startswith("cmp/files/")
    }

    beside = [each for path, lines in found.items() if path not in ELSEWHERE for each in lines]

    assert beside == []
    assert [path for path in ELSEWHERE if not found.get(path)] == []
