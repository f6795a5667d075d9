"""Every word of the glossary is told once, in both languages, and stands in the code where the page says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

CELLS = ("word", "zh", "meaning", "sense", "code")
CODE = re.compile(r"`(?P<file>[^`]+)` `(?P<name>\w+)`")
WORDS = 20


def rows(root: Path) -> list[dict[str, str]]:
    """The table's rows by column, with `file` and `name` of what the last column names."""
    found = []
    for line in (root / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines():
        row = dict(zip(CELLS, (cell.strip() for cell in line.strip("|").split("|")), strict=False))
        if code := CODE.fullmatch(row.get("code", "")):
            found.append(row | code.groupdict())
    return found


def test_each_word_is_told_once_in_both_languages(root: Path) -> None:
    told = rows(root)

    assert len(told) == len({row["word"] for row in told}) == len({row["zh"] for row in told}) == WORDS


def test_each_word_is_defined_where_the_page_says(root: Path, modules: dict[str, ast.Module]) -> None:
    missing = [
        row["word"]
        for row in rows(root)
        if row["name"] not in {getattr(node, "name", "") for node in modules[row["file"]].body}
    ]

    assert missing == []
