"""What people are told is a template with values, or a fixed text, and is there in both Chinese scripts."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from string import Formatter

import pytest
from support.told_texts import Text, texts

from cmp.model.recovery import Role
from cmp.scheduler.explain.wording import DETAILS, GROUP_REASONS, PHRASES, WITH_ARTICLE
from cmp.words.catalogue import CATALOGUES
from cmp.words.compiling import read
from cmp.words.languages import SIMPLIFIED, TRADITIONAL

FINISHED = 209
"""Places where a text is finished in the sources: it can be told in English alone. May only fall."""
UNTRANSLATED = 0
"""Templates and fixed texts that no catalogue has. May only fall."""

SENTENCES = ("inputs", "reasons", "refusals", "verifier")
TERMS = "terms"
LETTERS = re.compile(r"[A-Za-z]{2}")


def catalogue(language: str, *names: str) -> Mapping[str, str]:
    return {
        str(message.id): str(message.string)
        for name in names
        for message in read(CATALOGUES / language / f"{name}.po", language)
        if message.id
    }


@pytest.fixture(scope="module")
def told(modules: Mapping[str, ast.Module]) -> tuple[Text, ...]:
    return tuple(texts(modules))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def needs_words(template: str) -> bool:
    return bool(LETTERS.search(re.sub(r"\{\w+\}", "", template)))


def test_texts_finished_in_the_sources_become_fewer(told: tuple[Text, ...]) -> None:
    found = [text.place for text in told if text.template is None]

    assert len(found) <= FINISHED, found


@pytest.mark.parametrize("language", [SIMPLIFIED, TRADITIONAL])
def test_untranslated_texts_become_fewer(language: str, told: tuple[Text, ...]) -> None:
    known = {key for path in (CATALOGUES / language).glob("*.po") for key in catalogue(language, path.stem)}
    wanted = {text.template for text in told if text.template and needs_words(text.template)}

    missing = sorted(wanted - known)
    assert len(missing) <= UNTRANSLATED, missing


@pytest.mark.parametrize("language", [SIMPLIFIED, TRADITIONAL])
def test_a_sentence_has_the_same_values_in_each_language(language: str, told: tuple[Text, ...]) -> None:
    here = catalogue(language, *SENTENCES)
    given = {text.template: text.values for text in told if text.values is not None}

    assert {key: said for key, said in here.items() if not said} == {}
    assert {
        key: said for key, said in here.items() if key in given and placeholders(said) != placeholders(key)
    } == {}


@pytest.mark.parametrize("language", [SIMPLIFIED, TRADITIONAL])
def test_no_catalogue_holds_what_nobody_says(language: str, told: tuple[Text, ...]) -> None:
    said = {text.template for text in told} | {each for phrase in PHRASES.values() for each in phrase}

    assert [key for key in catalogue(language, *SENTENCES) if key not in said] == []


@pytest.mark.parametrize("language", [SIMPLIFIED, TRADITIONAL])
def test_words_that_stand_in_sentences_are_there(language: str) -> None:
    wanted = {
        *(f"role.{role.value}" for role in Role),
        *(f"detail.{detail}" for detail in DETAILS),
        *(f"isa.{isa}" for isa in WITH_ARTICLE),
        *(f"group.{reason}" for reason in (*GROUP_REASONS, "other")),
    }

    assert wanted <= catalogue(language, TERMS).keys()
    phrases = {each for phrase in PHRASES.values() for each in phrase}
    assert phrases <= catalogue(language, *SENTENCES).keys()
