"""Checks names: each stands for one thing, and each reference leads to one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cmp.loaders.hints import did_you_mean
from cmp.model.codes import Code
from cmp.model.finding import Finding
from cmp.sentences import Sentence

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """The names of one kind of thing, and how people call it; `hidden` says why others are not known."""

    what: str
    names: Collection[str]
    hidden: str = ""

    def refer(self, document: str, path: Path, name: str, *, at_key: bool = False) -> Iterator[Finding]:
        """A finding where `name` is not among the names."""
        if name not in self.names:
            message = Sentence("there is no {what} `{name}`", what=self.what, name=name)
            hint = "; ".join(filter(None, (self.hidden, did_you_mean(name, self.names))))
            yield Finding(document, path, Code.DANGLING, message, hint, at_key=at_key)

    def refer_all(self, document: str, path: Path, names: Iterable[str]) -> Iterator[Finding]:
        """The same for each item of a list at `path`, and a finding for every item that stands twice."""
        seen: set[str] = set()
        for index, name in enumerate(names):
            yield from self.refer(document, (*path, index), name)
            if name in seen:
                yield Finding(
                    document,
                    (*path, index),
                    Code.DUPLICATE_ENTRY,
                    Sentence("`{name}` stands here twice", name=name),
                )
            seen.add(name)


def unique(
    document: str, path: Path, things: Iterable[Any], what: str, field: str = "id"
) -> Iterator[Finding]:
    """A finding for every thing of the list at `path` whose name another before it has."""
    seen: dict[str, int] = {}
    for index, thing in enumerate(things):
        name = getattr(thing, field)
        if name in seen:
            message = Sentence("the {what} `{name}` is declared twice", what=what, name=name)
            hint = Sentence("the first is {what} number {seen} of the list", what=what, seen=seen[name] + 1)
            yield Finding(document, (*path, index, field), Code.DUPLICATE_ID, message, hint)
        seen.setdefault(name, index)


def declared(document: str, name: str, things: Collection[Any]) -> Iterator[Finding]:
    """A finding where a list that no environment can do without is empty."""
    if not things:
        yield Finding(
            document,
            (name,),
            Code.NOTHING_DECLARED,
            Sentence("`{name}` is empty: there must be at least one", name=name),
        )
