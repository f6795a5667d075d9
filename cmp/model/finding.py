"""Says what a check found, where in which document, before the place in a file is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cmp.model.codes import Code


class Severity(StrEnum):
    """Whether a finding stops everything or is only to be known."""

    ERROR = "error"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check found.

    `document` is a file of the environment without its suffix (`estate`); `path` leads from its top to the
    value, by keys and by indices counted from 0. With `at_key` the key is meant, not the value under it.
    """

    document: str
    path: tuple[str | int, ...]
    code: Code
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR
    at_key: bool = False
