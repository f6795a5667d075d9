"""Error codes are a contract with people and programs: each means one thing, for good."""

from __future__ import annotations

import ast

from cmp import errors

EXIT_CODES = {"Invalid": 2, "Refused": 3, "NothingFits": 3, "Stale": 3, "Conflict": 3}
EXIT_CODES |= {"Differs": 4, "Interrupted": 5, "TryLater": 5}


def family(root: type[errors.CmpError]) -> list[type[errors.CmpError]]:
    """An error and its descendants in the one file; specialisations elsewhere share their parent's code."""
    below = [member for child in root.__subclasses__() for member in family(child)]
    return [member for member in (root, *below) if member.__module__ == errors.__name__]


def test_no_two_errors_share_a_code() -> None:
    codes = [member.code for member in family(errors.CmpError)]

    assert sorted(codes) == sorted(set(codes))


def test_exit_codes_are_those_people_were_promised() -> None:
    assert {name: getattr(errors, name).exit_code for name in EXIT_CODES} == EXIT_CODES


def test_the_tree_at_the_top_of_the_file_names_every_error() -> None:
    drawn = errors.__doc__ or ""

    assert [member.__name__ for member in family(errors.CmpError) if member.__name__ not in drawn] == []


def test_no_code_is_invented_outside_the_file(modules: dict[str, ast.Module]) -> None:
    parents = {member.__name__: member.code for member in family(errors.CmpError)}

    invented = [
        f"{path}:{node.lineno} {node.name}: {code}"
        for path, tree in modules.items()
        if path != "cmp/errors.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for parent in (base.id for base in node.bases if isinstance(base, ast.Name) and base.id in parents)
        for code in assigned_codes(node)
        if code != parents[parent]
    ]

    assert invented == []


def assigned_codes(node: ast.ClassDef) -> list[object]:
    return [
        line.value.value
        for line in node.body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
        for target in line.targets
        if isinstance(target, ast.Name) and target.id == "code"
    ]
