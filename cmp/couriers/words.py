"""Says a notice in every language: who reads it is not known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cmp.model.notices import Notice
from cmp.words.events import told

LANGUAGES: Final = ("zh_Hans", "zh_Hant", "en")


def both(notice: Notice) -> Mapping[str, str]:
    """The sentence of a notice by language."""
    return {language: told(notice.event, language) for language in LANGUAGES}
