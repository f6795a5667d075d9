"""Fills the pages that people read and sign; everything that comes from hosts is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

PAGES: Final = Path(__file__).parent / "pages"


def page(name: str, values: Mapping[str, object]) -> str:
    """One page as HTML.

    Args:
        name: a template below `pages/`.
        values: what it is filled with; one that the template asks for and does not get is a defect of ours.
    """
    pages = Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined)
    return pages.get_template(name).render(values)
