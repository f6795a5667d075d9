"""Joins the files of one document: lists of the same name are strung together, anything else stands once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cmp.errors import Problem
from cmp.model.codes import Code
from cmp.ports.tree import KeyEntry, Node, branch


def merge(nodes: Sequence[Node]) -> tuple[Node, tuple[Problem, ...]]:
    """One tree of several; at least one must be given."""
    if len(nodes) == 1:
        return nodes[0], ()
    problems: list[Problem] = []
    entries: dict[str, KeyEntry] = {}
    for node in nodes:
        if not isinstance(node.value, Mapping):
            problems.append(node.place.problem(Code.WRONG_TYPE, "the file should hold fields, `name: value`"))
        for name, entry in node.entries.items():
            entries[name] = _joined(name, entries.get(name), entry, problems)
    return branch(nodes[0].place, entries), tuple(problems)


def _joined(name: str, first: KeyEntry | None, second: KeyEntry, problems: list[Problem]) -> KeyEntry:
    if first is None:
        return second
    if isinstance(first.node.value, tuple) and isinstance(second.node.value, tuple):
        return KeyEntry(first.key, branch(first.node.place, (*first.node.value, *second.node.value)))
    message = f"`{name}` stands in two files of this document"
    problems.append(second.key.problem(Code.DUPLICATE_KEY, message, f"the other is at {first.key}"))
    return first


def keep(node: Node, name: str, indices: Iterable[int]) -> Node:
    """The same tree with only these items of the list `name`."""
    entry = node.entries[name]
    items = tuple(entry.node.items[index] for index in indices)
    return branch(node.place, {**node.entries, name: KeyEntry(entry.key, branch(entry.node.place, items))})
