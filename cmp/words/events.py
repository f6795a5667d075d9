"""Says events as sentences in the reader's language."""

from __future__ import annotations

from cmp.model.happenings import Event, Value
from cmp.sentences import Sentence
from cmp.words.catalogue import say
from cmp.words.sentences import LIST, spoken

PREFIX = "event."
"""Begins the keys of their sentences in the catalogues."""


def told(event: Event, language: str) -> str:
    """The sentence of an event; of a kind that nobody knows here, such as a newer program's, its parts."""
    values = {"subject": event.subject} | {name: _spoken(v, language) for name, v in event.values.items()}
    sentence = say(PREFIX + event.kind, language, values)
    if sentence != PREFIX + event.kind:
        return sentence
    parts = [f"{name}: {value}" for name, value in values.items() if value != ""]
    return f"{event.kind} ({', '.join(parts)})" if parts else event.kind


def _spoken(value: Value, language: str) -> object:
    if isinstance(value, Event):
        return told(value, language)
    if isinstance(value, Sentence):
        return spoken(value, language)
    return say(LIST, language, {}).join(value) if isinstance(value, tuple) else value
