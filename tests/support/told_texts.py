"""Finds in the sources what people are told when something is refused or found, and how it is written."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

ERRORS = frozenset(
    {
        *("CmpError", "Invalid", "Refused", "NothingFits", "Stale", "NotOurs", "Conflict"),
        *("Differs", "Interrupted", "TryLater"),
    }
)
TEXTS: Mapping[str, slice] = {
    **dict.fromkeys(ERRORS, slice(0, 1)),
    "Problem": slice(4, 6),
    "Finding": slice(3, 5),
    "Remark": slice(1, 3),
}
"""Which arguments of a refusal, a problem or a finding are texts."""
OF_THE_VERIFIER = slice(2, 3)
NAMED = frozenset({"hint", "message"})
ELSEWHERE = ("playbooks/", "tests/")
"""Hosts speak to Ansible."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text at its place: `template` names it in the catalogues; None where the sources finish it."""

    place: str
    template: str | None
    values: frozenset[str] | None = None
    """The values of a sentence; None of a fixed text."""


def texts(modules: Mapping[str, ast.Module]) -> Iterator[Text]:
    """Every text of a refusal, a problem, a finding or a remedy."""
    for path, tree in modules.items():
        if not path.startswith(ELSEWHERE):
            for scopes, node in _calls(tree, (tree,)):
                for given in _given(path, node):
                    yield from _told(f"{path}:{node.lineno}", given, scopes)


def _calls(node: ast.AST, scopes: Sequence[ast.AST]) -> Iterator[tuple[Sequence[ast.AST], ast.Call]]:
    for child in ast.iter_child_nodes(node):
        inner = (child, *scopes) if isinstance(child, ast.FunctionDef) else scopes
        if isinstance(child, ast.Call):
            yield inner, child
        yield from _calls(child, inner)


def _name(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def _given(path: str, node: ast.Call) -> Iterator[ast.expr]:
    name = _name(node)
    which = OF_THE_VERIFIER if name == "Finding" and path.startswith("cmp/verifier/") else TEXTS.get(name)
    if name == "Sentence":
        yield node
    elif which is not None:
        yield from node.args[which]
    for keyword in node.keywords:
        if keyword.arg == "hint" or (keyword.arg in NAMED and name in TEXTS):
            yield keyword.value


def _told(place: str, given: ast.expr, scopes: Sequence[ast.AST]) -> Iterator[Text]:
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        if given.value:
            yield Text(place, given.value)
    elif isinstance(given, ast.BoolOp):
        for each in given.values:
            yield from _told(place, each, scopes)
    elif isinstance(given, ast.IfExp):
        yield from _told(place, given.body, scopes)
        yield from _told(place, given.orelse, scopes)
    elif isinstance(given, ast.Call) and _name(given) == "Sentence":
        values = frozenset(each.arg for each in given.keywords if each.arg)
        for text in _told(place, given.args[0], scopes):
            yield Text(place, text.template, values)
    elif isinstance(given, ast.Name) and (assigned := list(_assigned(given.id, scopes))):
        for each in assigned:
            yield from _told(place, each, ())
    else:
        yield Text(place, None)


def _assigned(name: str, scopes: Sequence[ast.AST]) -> Iterator[ast.expr]:
    """What a name stands for, in the function or the module around."""
    for scope in scopes:
        nodes = ast.walk(scope) if isinstance(scope, ast.FunctionDef) else ast.iter_child_nodes(scope)
        found = [value for node in nodes for target, value in _targets(node) if target == name]
        yield from found
        if found:
            return


def _targets(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
        yield node.target.id, node.value
    if not isinstance(node, ast.Assign):
        return
    for target in node.targets:
        if isinstance(target, ast.Name):
            yield target.id, node.value
        elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = zip(target.elts, node.value.elts, strict=False)
            yield from ((each.id, value) for each, value in pairs if isinstance(each, ast.Name))
