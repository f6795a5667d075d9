"""Breaks lines of text by the cells of a terminal, where a Chinese character takes two and may end a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import combining, east_asian_width

WIDE: Final = frozenset("WF")
NOT_FIRST: Final = "，。、；：！？）》」』】…"
"""Signs that no line begins with (GB/T 15834, 5.1)."""

_PIECES: Final = re.compile(rf"\s+|[^\s\u2e80-\uffef]+|[\u2e80-\uffef][{NOT_FIRST}]*")
"""A gap, a word, or one character with the signs that have to follow it."""


def cells(text: str) -> int:
    """How many cells of a terminal a text takes."""
    return sum(0 if combining(sign) else 2 if east_asian_width(sign) in WIDE else 1 for sign in text)


def wrapped(text: str, width: int) -> Iterator[str]:
    """Lines of at most `width` cells; a word that is wider has a line to itself."""
    line = ""
    for piece in _PIECES.findall(text):
        if line and cells(line) + cells(piece.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += piece if line else piece.lstrip()
    if line.strip():
        yield line.rstrip()
