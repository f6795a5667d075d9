"""Draws a table that needs no folding as text; `cli.folding` draws any other.

The text is what rich draws of the same table, character by character.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TextIO
from unicodedata import category, east_asian_width

BETWEEN = "   "
LINE = "─"
BOLD, ITALIC, PLAIN = "\x1b[1m", "\x1b[3m", "\x1b[0m"
WIDE = frozenset("WF")
LETTERS_AND_SIGNS = frozenset("LNPSZ")
"""First letters of the categories of characters that stand alone, each in its own cells."""
PLAIN_TERMINALS = frozenset({"dumb", "unknown"})


def drawn(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], width: int, *, styled: bool = False
) -> str | None:
    """The table with a line end after each line; None where it is wider or has characters of unknown width.

    `width` counts cells of a terminal; `styled` marks the title and the heads as rich does.
    """
    lines = [columns, *rows]
    sizes = [[_cells(text) for text in line] for line in lines]
    if any(size is None for line in sizes for size in line) or (of_title := _cells(title)) is None:
        return None
    widths = [max(size or 0 for size in column) for column in zip(*sizes, strict=True)]
    inner = sum(widths) + len(BETWEEN) * (len(widths) - 1)
    if not inner or inner + 2 > width or of_title > inner + 2:
        return None
    body = [_line(line, known, widths) for line, known in zip(lines, sizes, strict=True)]
    blank = " " * (inner + 2)
    head = [f"{title}{' ' * (inner + 2 - of_title)}"] if title else []
    above = [marked(line, ITALIC, styled=styled) for line in head]
    top = [*above, blank, marked(body[0], BOLD, styled=styled), f" {LINE * inner} "]
    return "\n".join([*top, *body[1:], blank, ""])


def takes_marks(stream: TextIO) -> bool:
    """True for a terminal that knows bold and italic."""
    return stream.isatty() and os.environ.get("TERM", "").lower() not in PLAIN_TERMINALS


def _line(texts: Sequence[str], sizes: Sequence[int | None], widths: Sequence[int]) -> str:
    padded = (
        text + " " * (width - (size or 0)) for text, size, width in zip(texts, sizes, widths, strict=True)
    )
    return f" {BETWEEN.join(padded)} "


def marked(text: str, mark: str, *, styled: bool) -> str:
    """A text with a mark of the terminal's around it, where such are wanted."""
    return f"{mark}{text}{PLAIN}" if styled else text


def _cells(text: str) -> int | None:
    """How many cells of a terminal a text takes; None where that depends on the terminal."""
    if text.isascii():
        return len(text) if text.isprintable() else None
    if not text.isprintable() or any(category(sign)[0] not in LETTERS_AND_SIGNS for sign in text):
        return None
    return len(text) + sum(east_asian_width(sign) in WIDE for sign in text)
