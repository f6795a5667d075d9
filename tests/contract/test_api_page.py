"""What is written of the API is what it does: page and contract are those of today's routes."""

from __future__ import annotations

from pathlib import Path

from cmp.api.page import CONTRACT, PAGE, page, written

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(), "run: python -m cmp.api.page"


def test_the_contract_is_up_to_date() -> None:
    assert (ROOT / CONTRACT).read_text(encoding="utf-8") == written(), "run: python -m cmp.api.page"
