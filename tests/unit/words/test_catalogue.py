"""How a sentence is found, with its values and the right plural."""

from pathlib import Path

import pytest

from cmp.words.catalogue import say, translated
from cmp.words.compiling import compiled_from

TEXT = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "one"\nmsgstr "{}"\n'


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 mismatches"), (1, "1 mismatch"), (2, "2 mismatches"), (21, "21 mismatches")]
)
def test_a_number_has_its_plural(count: int, told: str) -> None:
    assert say("mismatches", "en", {"count": count}) == told


def test_chinese_has_one_form_for_all_numbers() -> None:
    assert say("mismatches", "zh_Hans", {"count": 1}) == "1 处不符"
    assert say("mismatches", "zh_Hant", {"count": 2}) == "2 處不符"


def test_a_count_that_was_formatted_is_many() -> None:
    assert say("mismatches", "en", {"count": "1,000"}) == "1,000 mismatches"


@pytest.mark.parametrize("key", ["no-such-key", "with {braces", ""])
def test_a_key_without_an_entry_is_said_as_it_is(key: str) -> None:
    assert say(key, "zh_Hans", {}) == key


def test_what_has_no_translation_stays_english() -> None:
    assert translated("No such text.", "zh_Hant") == "No such text."


def test_two_texts_of_one_key_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.po").write_text(TEXT.format(name))

    with pytest.raises(ValueError, match=r"b\.po: 'one' is there already"):
        compiled_from(sorted(tmp_path.glob("*.po")), "en")
