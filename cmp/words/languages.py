"""Knows the languages that Tricenter speaks, and which of them a locale means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

ENGLISH: Final = "en"
SIMPLIFIED: Final = "zh_Hans"
TRADITIONAL: Final = "zh_Hant"
LANGUAGES: Final = (ENGLISH, SIMPLIFIED, TRADITIONAL)

VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Where a locale for messages stands; the first that says anything counts (POSIX, 8.2)."""

LOCALE = re.compile(
    r"(?P<language>en|zh)(?:[_-](?P<script>hans|hant))?(?:[_-](?P<region>[a-z]{2}))?(?![a-z])"
)
TRADITIONAL_REGIONS: Final = frozenset({"tw", "hk", "mo"})
"""Regions that write Chinese in traditional characters where a locale names no script."""


def meant_by(locale: str) -> str | None:
    """The language that a locale such as `zh_TW.UTF-8` or `zh-Hans` means; None where we do not speak it."""
    found = LOCALE.match(locale.lower())
    if found is None:
        return None
    if found["language"] == ENGLISH:
        return ENGLISH
    traditional = found["script"] == "hant" if found["script"] else found["region"] in TRADITIONAL_REGIONS
    return TRADITIONAL if traditional else SIMPLIFIED


def of_surroundings(variables: Mapping[str, str]) -> str:
    """The language of a process's locale; English where it names none that we speak."""
    said = next((variables[name] for name in VARIABLES if variables.get(name)), "")
    return meant_by(said) or ENGLISH
