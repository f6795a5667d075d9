"""Keeps what a YAML file says together with the place of every key and value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from cmp.errors import Problem
from cmp.model.codes import Code

Scalar = str | int | float | bool | None
Step = str | int


class Place(NamedTuple):
    """Where something stands; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def problem(self, code: Code, message: str, hint: str = "") -> Problem:
        """A problem at this place."""
        return Problem(self.file, self.line, self.column, code.value, message, hint)

    def __str__(self) -> str:
        """Say it in the form editors jump to."""
        return f"{self.file}:{self.line}:{self.column}"


class KeyEntry(NamedTuple):
    """A key's place and what stands under it."""

    key: Place
    node: Node


class Node(NamedTuple):
    """A value with its place; `size` counts the nodes in it and `height` their levels, aliases unfolded."""

    place: Place
    value: Scalar | tuple[Node, ...] | Mapping[str, KeyEntry]
    size: int = 1
    height: int = 0

    @property
    def items(self) -> tuple[Node, ...]:
        """The nodes of a list; none of anything else."""
        return self.value if isinstance(self.value, tuple) else ()

    @property
    def entries(self) -> Mapping[str, KeyEntry]:
        """The entries of a mapping; none of anything else."""
        return self.value if isinstance(self.value, Mapping) else {}

    def plain(self) -> Any:
        """The value alone, as JSON would hold it."""
        if isinstance(self.value, Mapping):
            return {key: entry.node.plain() for key, entry in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value


def branch(place: Place, value: tuple[Node, ...] | Mapping[str, KeyEntry]) -> Node:
    """A list or mapping with its size and height."""
    nodes = value if isinstance(value, tuple) else [entry.node for entry in value.values()]
    size = 1 + sum(node.size for node in nodes)
    return Node(place, value, size, 1 + max((node.height for node in nodes), default=0))


def locate(node: Node, path: Iterable[Step], *, at_key: bool = False) -> Place:
    """Find the place a path leads to, the innermost one that exists; steps that lead nowhere are left out."""
    place = node.place
    for step in path:
        if isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            place = node.place
        elif isinstance(step, str) and step in node.entries:
            key, node = node.entries[step]
            place = key if at_key else node.place
    return place


def descend(node: Node, path: Iterable[Step]) -> Node:
    """The innermost node that a path leads to, steps that lead nowhere being left out."""
    for step in path:
        if isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        elif isinstance(step, str) and step in node.entries:
            node = node.entries[step].node
    return node
