"""Draws a table that is wider than its terminal: cells take several lines, broken between words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from cli.tables import BOLD, ITALIC, LINE, marked

PIECE = re.compile(r"\s+|[^\s\-/]*[\-/]+|[^\s\-/]+")
"""What stays together: a word, or a part of an identifier with the sign that ends it."""

BETWEEN = "  "
ASCII_LINE = "-"


def folded(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int,
    *,
    styled: bool,
    lines: bool,
) -> str:
    """The table, with a line end after each line; as a list of its rows where even words would be cut.

    Args:
        title: what stands above it; may be empty.
        columns: the heads.
        rows: the cells of each row.
        width: cells in a line of the terminal.
        styled: whether title and heads are marked italic and bold.
        lines: whether the terminal can say the line below the heads.
    """
    widths = _widths([columns, *rows], width - len(BETWEEN) * (len(columns) - 1) - 2)
    if widths is None:
        return "\n".join([*([title] if title else []), *_listed(columns, rows), ""])
    rule = (LINE if lines else ASCII_LINE) * (sum(widths) + len(BETWEEN) * (len(widths) - 1))
    heads = [marked(line, BOLD, styled=styled) for line in _row(columns, widths)]
    body = [line for row in rows for line in _row(row, widths)]
    above = [marked(title, ITALIC, styled=styled), ""] if title else [""]
    return "\n".join([*above, *heads, f" {rule} ", *body, "", ""])


def _cells(text: str) -> int:
    from rich.cells import cell_len  # noqa: PLC0415 - most tables need no folding

    return cell_len(text)


def _widths(lines: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """How wide each column is, the widest made narrower first; None where the pieces alone are wider.

    No column is narrower than its longest piece.
    """
    columns = list(zip(*lines, strict=True))
    least = [max((_cells(p) for cell in cells for p in PIECE.findall(cell)), default=1) for cells in columns]
    widths = [max(_cells(part) for cell in cells for part in cell.split("\n")) for cells in columns]
    if sum(least) > room:
        return None
    while sum(widths) > room:
        spare = [(width, index) for index, width in enumerate(widths) if width > least[index]]
        widths[max(spare)[1]] -= 1
    return widths


def _row(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """The lines that a row takes."""
    folded_cells = [list(_broken(cell, width)) for cell, width in zip(cells, widths, strict=True)]
    for parts in zip_longest(*folded_cells, fillvalue=""):
        padded = (part + " " * (width - _cells(part)) for part, width in zip(parts, widths, strict=True))
        yield f" {BETWEEN.join(padded)} "


def _broken(text: str, width: int) -> Iterator[str]:
    """The lines of a cell, none wider than `width` cells, spaces at their ends left out."""
    for line in text.split("\n"):
        kept = ""
        for piece in PIECE.findall(line):
            if kept and _cells(kept + piece.rstrip()) > width:
                yield kept.rstrip()
                kept = piece.lstrip()
            else:
                kept += piece
        yield kept.rstrip()


def _listed(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Each row as lines of head and cell, after an empty line."""
    for row in rows:
        yield ""
        yield from (f"{head}: {cell}" for head, cell in zip(columns, row, strict=True) if cell)
