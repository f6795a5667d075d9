"""Says sentences that carry their template and values, and fixed ones, in the reader's language."""

from __future__ import annotations

from typing import Final

from cmp.errors import CmpError
from cmp.sentences import Sentence
from cmp.words.catalogue import say, translated
from cmp.words.languages import ENGLISH

LIST: Final = "between_names"
"""The key of what stands between the parts of a list."""


def spoken(text: str, language: str) -> str:
    """A text in the reader's language where its catalogue has it, else as it is."""
    if language == ENGLISH:
        return text
    if not isinstance(text, Sentence):
        return translated(text, language)
    template = translated(text.template, language)
    if not text.values:
        return str(text) if template == text.template else template
    return template.format(**{name: _value(value, language) for name, value in text.values.items()})


def _value(value: object, language: str) -> object:
    if isinstance(value, CmpError):
        return spoken(value.sentence, language)
    if isinstance(value, tuple):
        return say(LIST, language, {}).join(str(_value(each, language)) for each in value)
    return spoken(value, language) if isinstance(value, Sentence) else value
