"""Derives texts in traditional Chinese from those in simplified, with OpenCC and a table of our own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from opencc import OpenCC

from cmp.words.compiling import forms, read
from cmp.words.languages import SIMPLIFIED, TRADITIONAL

CONFIGURATION = "s2twp"
"""Characters and words as they are usual in Taiwan; what Hong Kong writes otherwise stays understood."""

TABLE = Path(__file__).with_name("traditional.tsv")
"""What OpenCC does not know of our field: simplified, traditional, why; the longest that fits counts."""


@cache
def own_words(table: Path = TABLE) -> Mapping[str, str]:
    """The table, longest first."""
    lines = [line.split("\t") for line in table.read_text(encoding="utf-8").splitlines()[1:]]
    return dict(sorted(((line[0], line[1]) for line in lines), key=lambda pair: -len(pair[0])))


def traditional(text: str) -> str:
    """A text in traditional characters and words; placeholders and Latin letters stay."""
    known = own_words()
    parts = re.split(f"({'|'.join(map(re.escape, known))})", text)
    return "".join(known.get(part) or _converter().convert(part) for part in parts)


def derived(path: Path) -> Catalog:
    """The file of texts in traditional Chinese that a file in simplified Chinese comes to."""
    made = Catalog(
        locale=TRADITIONAL, header_comment=f"# Derived from {SIMPLIFIED}/{path.name} by make words."
    )
    for message in read(path, SIMPLIFIED):
        if message.id:
            made[message.id] = Message(
                message.id, _each(message), user_comments=message.user_comments, flags=message.flags
            )
    return made


def _each(message: Message) -> str | tuple[str, ...]:
    told = tuple(map(traditional, forms(message)))
    return told[0] if isinstance(message.id, str) else told


@cache
def _converter() -> OpenCC:
    return OpenCC(CONFIGURATION)
