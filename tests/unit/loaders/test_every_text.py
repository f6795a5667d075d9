"""Every text of the format is refused with its place or carried unchanged; no template gets in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.hostile import everything
from support.walking_fields import FORMAT, Walk, columns, imported, objections

from cmp.loaders.schema import MODELS

NEVER = re.compile(r"\{[{%#]|[\x00-\x1f\x7f-\x9f\u2028\u202e]")
"""What no text of the format may hold: beginnings of templates, and what terminals obey."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def test_every_document_that_people_write_is_walked_over() -> None:
    assert set(MODELS) - set(FORMAT) == {"plan", "moves", "horizon"}


def test_there_are_enough_hostile_texts() -> None:
    texts = everything(Path("mark"))

    assert len(set(texts)) == len(texts) >= 40


@pytest.mark.parametrize("name", FORMAT)
def test_a_text_of_a_document_is_refused_with_its_place_or_carried_unchanged(
    name: str, tmp_path: Path
) -> None:
    walk, mark = Walk(name), tmp_path / "mark"

    assert walk.fields
    for field in walk.fields:
        assert objections(walk, field, walk.sample(field)) is None
        for text in everything(mark):
            said = objections(walk, field, text)
            assert said or not NEVER.search(text), f"{field} takes {text!r}"
            assert not any(CONTROL.search(each) for each in said or ())
    assert not mark.exists()


@pytest.mark.parametrize(("table", "column"), list(columns()))
def test_a_text_of_a_table_is_refused_with_its_line_or_carried_unchanged(
    table: str, column: str, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"

    for text in everything(mark):
        said = imported(table, column, text, tmp_path)
        assert said or not NEVER.search(text), f"{table}.{column} takes {text!r}"
    assert not mark.exists()
