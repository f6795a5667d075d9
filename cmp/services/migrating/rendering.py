"""Fills the pages that people read and sign; everything that comes from hosts is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cmp.model.named_file import NamedFile
from cmp.words.catalogue import translated
from cmp.words.languages import LANGUAGES, SIMPLIFIED

PAGES: Final = Path(__file__).parent / "pages"


def pages_of(name: str, title: str, values: Mapping[str, object]) -> tuple[NamedFile, ...]:
    """A page as HTML in every language: `NAME.html` in simplified Chinese, the others by their tags.

    Args:
        name: a template below `pages/`, without its endings.
        title: its heading in English.
        values: what it is filled with; one that the template asks for and does not get is a defect of ours.
    """
    template = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined
    ).get_template(f"{name}.html.j2")
    return tuple(
        NamedFile(page_name(name, language), template.render({**_spoken(language, title), **values}).encode())
        for language in LANGUAGES
    )


def page_name(name: str, language: str) -> str:
    """The file of a page in a language."""
    return f"{name}.html" if language == SIMPLIFIED else f"{name}.{_tag(language)}.html"


def _tag(language: str) -> str:
    """The language as HTML names it (RFC 5646)."""
    return language.replace("_", "-")


def _spoken(language: str, title: str) -> dict[str, object]:
    def t(english: str) -> str:
        return translated(str(english), language)

    return {"t": t, "tag": _tag(language), "title": t(title)}
