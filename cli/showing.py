"""Makes texts of others fit to be shown: what a terminal would obey or turn round is spelt out."""

from __future__ import annotations

import re
from typing import Final

OBEYED: Final = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
"""Controls but for tabs and ends of lines, 8-bit ones too (C1); marks of direction, half characters.

Marks of direction let a line read as something else (Unicode Standard Annex 9, "Trojan Source").
"""
_OBEYED: Final = re.compile(f"[{OBEYED}]")
_IN_A_CELL: Final = re.compile(f"[{OBEYED}\t]")
_IN_JSON: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def visible(text: str) -> str:
    """A text of one or more lines in which nothing steers a terminal: an escape shows as backslash x1b."""
    return text if text.isprintable() else _OBEYED.sub(_spelt, text)


def visible_cell(text: str) -> str:
    """The same for a cell of a table, where a tab would move what stands beside it."""
    return text if text.isprintable() else _IN_A_CELL.sub(_spelt, text)


def visible_json(text: str) -> str:
    """A JSON document in which such characters are escaped, which changes nothing of what it says."""
    return _IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _spelt(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"  # noqa: PLR2004 - one byte
