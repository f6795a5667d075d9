"""Finds a heading or sentence in the reader's catalogue, with its values and the right plural."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from cmp.errors import TryLater
from cmp.words.languages import ENGLISH

CATALOGUES: Final = Path(__file__).parent / "catalogues"
"""A folder of texts a language, and beside it what they are compiled to."""


SEVERAL: Final = 2
"""Stands for a number that is written out already."""


def say(key: str, language: str, values: Mapping[str, object]) -> str:
    """A heading or sentence; a key without an entry is said as it is.

    Args:
        key: names it in every catalogue.
        language: one of `cmp.words.languages.LANGUAGES`.
        values: what its placeholders stand for; a number called `count` decides between plural forms.
    """
    count = values.get("count")
    spoken = catalogue(language)
    text = spoken.ngettext(key, key, count if isinstance(count, int) else SEVERAL)
    if text == key and key:  # no sentence that counts; the empty key is the catalogue's own head
        text = spoken.gettext(key)
    return text.format(**values) if text != key else key


def translated(english: str, language: str) -> str:
    """A text that stands in English where it belongs, as an option's help does; else as it is."""
    return english if language == ENGLISH or not english else catalogue(language).gettext(english)


@cache
def catalogue(language: str) -> GNUTranslations:
    """What a language's texts are compiled to; in a checkout compiled anew where a text is newer.

    Raises:
        TryLater: nothing is compiled, and what compiles is not installed.
    """
    compiled = CATALOGUES / f"{language}.mo"
    texts = sorted((CATALOGUES / language).glob("*.po"))  # a wheel has none
    if _is_newer(compiled, texts):
        return GNUTranslations(BytesIO(compiled.read_bytes()))
    try:
        from cmp.words.compiling import compile_into  # noqa: PLC0415 - only after a text was changed
    except ImportError as error:
        raise TryLater(
            "the words of this checkout are not compiled, and Babel is not installed",
            hint="install Tricenter once more, with what its work needs (`dev`)",
        ) from error
    return GNUTranslations(BytesIO(compile_into(compiled, texts, language)))


def _is_newer(compiled: Path, texts: list[Path]) -> bool:
    try:
        made = compiled.stat().st_mtime_ns
    except FileNotFoundError:
        return False
    return all(text.stat().st_mtime_ns <= made for text in texts)
