"""Reads JSON that others may have written: what is wrong with it is told with line and column."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

DEEPEST: Final = 100
"""Levels of nesting; our own documents need twelve."""
TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


class Malformed(ValueError):
    """A text is no JSON that we read: `reason` says why, `line` and `column` where, counted from 1."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {reason}")
        self.reason = reason
        self.line = line
        self.column = column


def parsed(text: str | bytes) -> Any:
    """The value of a JSON text, nested at most as deep as `DEEPEST`: whoever walks it may recurse.

    Raises:
        Malformed: it is no JSON, holds a number that JSON does not know, or is nested too deep.
    """
    try:
        shown = text if isinstance(text, str) else text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed(f"the byte {error.start} is not UTF-8", 1, 1) from error
    try:
        value = json.loads(shown, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise Malformed(error.msg, error.lineno, error.colno) from error
    except RecursionError as error:
        raise too_deep(shown) from error
    except Malformed:
        raise
    except ValueError as error:  # a number of more digits than Python reads
        raise Malformed(str(error).split(";", 1)[0], 1, 1) from error
    if _is_deep(value):
        raise too_deep(shown)
    return value


def _is_deep(value: Any) -> bool:
    """True for a value nested deeper than `DEEPEST`; goes through it level by level."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def too_deep(text: str) -> Malformed:
    """What is wrong with a text that is nested without end, at the first place where it goes too deep."""
    depth = place = 0
    for token in TOKENS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if depth > DEEPEST:
            place = token.start()
            break
    line = text.count("\n", 0, place) + 1
    return Malformed(f"nested more than {DEEPEST} levels deep", line, place - text.rfind("\n", 0, place))


def _no_number(name: str) -> NoReturn:
    raise Malformed(f"{name} is no number in JSON", 1, 1)
