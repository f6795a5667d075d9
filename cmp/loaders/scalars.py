"""Reads plain scalars as YAML 1.2 does, and narrower: `no`, `08:30`, `05-20` and dates stay strings."""

from __future__ import annotations

import math
import re

NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
LONGEST_NUMBER = 100


def resolve(text: str) -> str | int | float | bool | None:
    """The value of an unquoted scalar.

    Raises:
        ValueError: it is a number that is too long or too large.
    """
    if text in WORDS:
        return WORDS[text]
    match = NUMBER.fullmatch(text)
    if not match:
        return text
    if len(text) > LONGEST_NUMBER:
        raise ValueError(f"a number of {len(text)} characters is too long")
    if match[1] is None and match[2] is None:
        return int(text)
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"`{text}` is too large")
    return value
