"""Each language says the same: every key, with the same values; traditional Chinese follows simplified."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from string import Formatter

import pytest
from babel.messages.catalog import Message
from opencc import OpenCC

from cmp.words.catalogue import CATALOGUES
from cmp.words.compiling import forms, read
from cmp.words.languages import LANGUAGES, TRADITIONAL
from toolchain.words.__main__ import in_step

ENGLISH_KEYS = {
    f"{name}.po" for name in ("help", "inputs", "pages", "reasons", "refusals", "terms", "verifier")
}
"""Here the key is the English text itself, or names a word that is English in the sources."""


def messages(language: str) -> Mapping[str, Message]:
    found: dict[str, Message] = {}
    for path in sorted((CATALOGUES / language).glob("*.po")):
        if path.name not in ENGLISH_KEYS:
            found |= {key_of(message): message for message in read(path, language) if message.id}
    return found


def key_of(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def values(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def asked_words(tree: ast.Module) -> Iterator[str]:
    """Keys that are asked for by `word("key")`, in both branches of a choice."""
    for node in ast.walk(tree):
        named = (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "word"
        )
        if named and node.args:
            yield from (
                each.value
                for each in (node.args[0], *ast.iter_child_nodes(node.args[0]))
                if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value
                if not isinstance(node.args[0], ast.JoinedStr)
            )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_key_and_its_values(language: str) -> None:
    english, here = messages("en"), messages(language)

    assert english.keys() ^ here.keys() == set()
    assert [key for key, message in here.items() if not all(forms(message))] == []
    wanted = {key: values(forms(message)[-1]) for key, message in english.items()}
    assert {k: v for k, m in here.items() for f in forms(m) if (v := values(f)) != wanted[k]} == {}


def test_every_word_that_the_command_line_asks_for_is_there(modules: dict[str, ast.Module]) -> None:
    asked = {key for path, tree in modules.items() if path.startswith("cli/") for key in asked_words(tree)}

    assert "valid" in asked
    assert [key for key in sorted(asked) if key not in messages("en")] == []


def test_files_of_texts_are_what_make_words_writes() -> None:
    assert [str(path) for path, text in in_step().items() if path.read_text(encoding="utf-8") != text] == []


def test_traditional_texts_hold_no_simplified_character() -> None:
    back = OpenCC("s2t")
    told = {each for message in messages(TRADITIONAL).values() for each in forms(message)}
    ours = {"台": "臺", "准": "準", "峰": "峯"}  # both are traditional; OpenCC takes them for short forms
    mixed = {
        sign
        for text in told
        for sign in text
        if back.convert(sign) != sign and ours.get(sign) != back.convert(sign)
    }

    assert mixed == set()
