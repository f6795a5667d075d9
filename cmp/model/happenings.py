"""Defines what long work tells as it goes on: events without words, to be stored, sent and said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Union

Value = Union[str, int, float, bool, "Event", tuple[str, ...]]
"""What an event knows of: a name, a number, several names, or an event that is part of its sentence."""

FIELDS: Final = {"kind", "subject", "values"}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: `kind` names its sentence, `subject` what it is about, `values` the rest.

    `kind` is stable and never reused: lower case, words joined by hyphens.
    """

    kind: str
    subject: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def document(self) -> dict[str, object]:
        """Plain JSON, the same whoever asks."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            "values": {name: _plain(value) for name, value in self.values.items()},
        }


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event with its place in what one run told, from 1: who lost the line asks for what came after it."""

    number: int
    event: Event

    @property
    def sent(self) -> str:
        """The event as a stream of server-sent events carries it (HTML Living Standard, 9.2)."""
        told = json.dumps(self.event.document, ensure_ascii=False, separators=(",", ":"))
        return f"id: {self.number}\nevent: {self.event.kind}\ndata: {told}\n\n"


def event_of(document: object) -> Event:
    """The event that a document holds.

    Raises:
        ValueError: it holds none.
    """
    if not isinstance(document, Mapping) or document.keys() != FIELDS:
        raise ValueError(f"this is no event: {document!r:.80}")
    kind, subject, values = document["kind"], document["subject"], document["values"]
    if not (isinstance(kind, str) and kind and isinstance(subject, str) and isinstance(values, Mapping)):
        raise ValueError(f"this is no event: {document!r:.80}")
    return Event(kind, subject, {str(name): _value(value) for name, value in values.items()})


def _plain(value: Value) -> object:
    if isinstance(value, Event):
        return value.document
    return list(value) if isinstance(value, tuple) else value


def _value(value: object) -> Value:
    if isinstance(value, Mapping):
        return event_of(value)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    if isinstance(value, str | int | float):
        return value
    raise ValueError(f"no event knows of such a value: {value!r:.80}")
