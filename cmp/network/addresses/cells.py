"""Writes cells of tables so that a spreadsheet computes none, and reads them back unchanged."""

from __future__ import annotations

import re
from typing import Final

FORMULA: Final = "=+-@\t\r\n＝＋－＠"
"""What makes a spreadsheet compute a cell that begins with it; the wide ones in Chinese and Japanese."""
_QUOTED: Final = re.compile(f"'+[{re.escape(FORMULA)}]")


def quoted(text: str) -> str:
    """A cell's text for a spreadsheet: an apostrophe before what would be computed makes it a text."""
    return f"'{text}" if text.startswith(tuple(FORMULA)) or _QUOTED.match(text) else text


def unquoted(text: str) -> str:
    """The text of a cell that was written so; any other text is as it is."""
    return text[1:] if _QUOTED.match(text) else text
