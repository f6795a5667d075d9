"""Composes YAML text into a tree of placed nodes, from libyaml's events, with every problem of the text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from unicodedata import category

import yaml

from cmp.errors import Problem
from cmp.loaders.scalars import resolve
from cmp.model.codes import Code
from cmp.ports.tree import KeyEntry, Node, Place, branch

DEEPEST: Final = 40
"""Levels of nesting; the format itself needs twelve."""
MOST_NODES: Final = 1_000_000
"""Nodes of one file with its aliases unfolded; a workload takes about fifty."""
DEFAULT_TAGS: Final = frozenset(
    {None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
)
MERGE: Final = "<<"
ALLOWED_CONTROLS: Final = frozenset("\n\t")

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Stop(Exception):
    """The rest of the file cannot be read; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def compose(text: str, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """Read one document; `file` is the name that places carry.

    Returns:
        The tree, None if it cannot be read to the end, and all problems.
    """
    composer = _Composer(text, file)
    try:
        node = composer.document()
    except _Stop as stop:
        return None, (*composer.problems, stop.problem)
    return node, tuple(composer.problems)


class _Composer:
    """The state of reading one text: its events, the anchors so far, the problems so far."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._events = _events(text, file)
        self._anchors: dict[str, Node] = {}
        self._open: set[str] = set()
        self._count = 0

    def document(self) -> Node:
        """The single document of the text."""
        next(self._events)
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            raise _Stop(Place(self.file, 1, 1).problem(Code.EMPTY_FILE, "the file is empty"))
        node = self._node(next(self._events), 0)
        next(self._events)
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            message = "a second document begins here: a file holds one"
            raise _Stop(self._place(event).problem(Code.SYNTAX, message))
        if node.value is None:
            raise _Stop(node.place.problem(Code.EMPTY_FILE, "the file says nothing"))
        return node

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self.file, mark.line + 1, mark.column + 1)

    def _node(self, event: Any, depth: int) -> Node:
        place = self._place(event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(str(event.anchor), place, depth)
        if depth > DEEPEST:
            raise _Stop(_too_deep(place))
        if event.tag not in DEFAULT_TAGS:
            self.problems.append(place.problem(Code.BAD_TAG, f"the tag `{event.tag}` is not used here"))
        anchor = event.anchor
        if anchor:
            self._open.add(anchor)
        node = self._content(event, place, depth)
        if anchor:
            self._open.discard(anchor)
            self._anchors[anchor] = node
        self._grow(1, place)
        return node

    def _grow(self, count: int, place: Place) -> None:
        self._count += count
        if self._count > MOST_NODES:
            raise _Stop(place.problem(Code.TOO_LARGE, f"the file unfolds to more than {MOST_NODES} values"))

    def _alias(self, name: str, place: Place, depth: int) -> Node:
        if name in self._open:
            raise _Stop(place.problem(Code.BAD_ALIAS, f"the alias `*{name}` contains itself"))
        if name not in self._anchors:
            raise _Stop(place.problem(Code.BAD_ALIAS, f"no anchor `&{name}` stands before this alias"))
        node = self._anchors[name]
        if depth + node.height > DEEPEST:
            raise _Stop(_too_deep(place))
        self._grow(node.size, place)
        return node

    def _content(self, event: Any, place: Place, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(place, depth)
        return self._mapping(place, depth)

    def _scalar(self, event: Any, place: Place) -> Node:
        text: str = event.value
        if not event.style and event.tag in {None, "!"}:
            try:
                return Node(place, resolve(text))
            except ValueError as error:
                self.problems.append(place.problem(Code.BAD_NUMBER, str(error)))
        elif event.style == '"' and not text.isprintable() and (shown := _without_controls(text)) != text:
            self.problems.append(place.problem(Code.BAD_CHARACTER, "the string holds a control character"))
            return Node(place, shown)
        return Node(place, text)

    def _sequence(self, place: Place, depth: int) -> Node:
        nodes = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            nodes.append(self._node(event, depth + 1))
        return branch(place, tuple(nodes))

    def _mapping(self, place: Place, depth: int) -> Node:
        entries: dict[str, KeyEntry] = {}
        merged: list[Node] = []
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            merges = isinstance(event, yaml.ScalarEvent) and event.value == MERGE and not event.style
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if merges and not merged:
                merged = self._merged(value)
            elif self._is_new(key, entries):
                entries[str(key.value)] = KeyEntry(key.place, value)
        for node in merged:
            for name, entry in node.entries.items():
                entries.setdefault(name, entry)
        return branch(place, entries)

    def _is_new(self, key: Node, entries: dict[str, KeyEntry]) -> bool:
        if not isinstance(key.value, str):
            shown = "" if key.items or key.entries else f" `{key.plain()}`"
            hint = "" if key.items or key.entries else f'quote it: "{key.plain()}"'
            self.problems.append(key.place.problem(Code.BAD_KEY, f"the key{shown} is not a string", hint))
            return False
        if key.value in entries:
            first = entries[key.value].key
            message = f"the key `{key.value}` stands here for the second time"
            self.problems.append(
                key.place.problem(Code.DUPLICATE_KEY, message, f"the first is in line {first.line}")
            )
            return False
        return True

    def _merged(self, value: Node) -> list[Node]:
        nodes = list(value.items) or [value]
        good = [node for node in nodes if isinstance(node.value, Mapping)]
        if len(good) < len(nodes):
            self.problems.append(
                value.place.problem(Code.BAD_MERGE, "`<<` takes a mapping or a list of mappings")
            )
        return good


def _too_deep(place: Place) -> Problem:
    return place.problem(Code.TOO_DEEP, f"nested more than {DEEPEST} levels deep")


def _without_controls(text: str) -> str:
    """The text with what could steer a terminal replaced: messages repeat what a file says."""
    return "".join("�" if category(sign) == "Cc" and sign not in ALLOWED_CONTROLS else sign for sign in text)


def _events(text: str, file: str) -> Iterator[Any]:
    """Yield the events of the text; what libyaml refuses becomes a problem at the place of its mark."""
    try:
        loader = Loader(text)
        try:
            while (event := loader.get_event()) is not None:
                yield event
        finally:
            loader.dispose()
    except yaml.reader.ReaderError as error:
        raise _Stop(_bad_character(text, file, error)) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
        sentence = ": ".join(part for part in (error.context, error.problem) if part)
        raise _Stop(place.problem(Code.SYNTAX, sentence, _tab_hint(text, place))) from error


def _tab_hint(text: str, place: Place) -> str:
    """Say so where a tab stands before the place: YAML is indented by spaces, and its own message is dark."""
    lines = text.split("\n")
    before = lines[place.line - 1][: place.column] if place.line <= len(lines) else ""
    return "indent with spaces, not tabs" if "\t" in before else ""


def _bad_character(text: str, file: str, error: yaml.reader.ReaderError) -> Problem:
    """Find the first character that YAML does not allow: libyaml tells only its number."""
    before = text.split(chr(error.character), 1)[0] if isinstance(error.character, int) else ""
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    return Place(file, line, column).problem(Code.BAD_CHARACTER, f"{error.reason}: #x{error.character:04x}")
