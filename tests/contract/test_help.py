"""Every command's help is there in each language, whole: no sentence is left in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import typer
from typer.main import get_command

from cli.helping import SAID, in_language
from cli.main import app
from cmp.words.catalogue import CATALOGUES
from cmp.words.compiling import read
from cmp.words.languages import ENGLISH, LANGUAGES, SIMPLIFIED, TRADITIONAL

CHINESE = re.compile("[\u4e00-\u9fff]")
ENGLISH_WORDS = re.compile(r"(?:\b[A-Za-z]{2,}\b[ ,;]+){2}\b[A-Za-z]{2,}\b")
"""Three words in a row: no name of a product has as many."""
NO_SENTENCE = {"secret://SCOPE/NAME"}
OF_THE_PARSER = {"Arguments", "Options", "Commands", "Show this message and exit."}


@cache
def contexts(language: str) -> tuple[typer.Context, ...]:
    """Every command, with the groups that lead to it, as the command line makes them."""
    command = in_language(get_command(app), language)
    return tuple(_within(command.context_class(command, info_name="tricenter")))


def _within(context: Any) -> Iterator[typer.Context]:
    yield context
    for name in getattr(context.command, "commands", {}):
        _, found, _ = context.command.resolve_command(context, [name])
        assert found is not None
        yield from _within(found.context_class(found, info_name=name, parent=context))


def texts(context: typer.Context) -> Iterator[str]:
    command = context.command
    told = [command, *command.params, *getattr(command, "commands", {}).values()]
    for text in (getattr(each, "help", "") or "" for each in told):
        yield from (" ".join(each.split()) for each in text.split("\n\n") if each.strip())


def test_all_commands_are_walked() -> None:
    assert {len(contexts(language)) for language in LANGUAGES} == {len(contexts(ENGLISH))}
    names = {context.command_path for context in contexts(ENGLISH)}

    assert {"tricenter plan", "tricenter net migrate", "tricenter bench placement"} <= names


@pytest.mark.parametrize("language", [SIMPLIFIED, TRADITIONAL])
def test_every_text_of_help_is_there_and_none_that_nobody_says(language: str) -> None:
    catalog = read(CATALOGUES / language / "help.po", language)
    wanted = {text for context in contexts(ENGLISH) for text in texts(context)} | OF_THE_PARSER | {*SAID}

    assert wanted ^ {message.id for message in catalog if message.id} == set()


@pytest.mark.parametrize("language", [SIMPLIFIED, TRADITIONAL])
def test_no_page_of_help_has_an_english_sentence(language: str) -> None:
    left = {
        f"{context.command_path}: {found[0]}"
        for context in contexts(language)
        for line in context.command.get_help(context).splitlines()
        if (found := ENGLISH_WORDS.search(line)) and not CHINESE.search(line)
    }

    assert left == set()
    assert all(CHINESE.search(context.command.get_help(context)) for context in contexts(language))


def test_no_page_is_wider_than_it_would_be_in_english() -> None:
    from cli.widths import cells  # noqa: PLC0415 - beside the one test that counts them

    for context in contexts(TRADITIONAL):
        assert [line for line in context.command.get_help(context).splitlines()[1:] if cells(line) > 80] == []


def test_help_that_is_no_sentence_is_listed() -> None:
    plain = {
        message.id
        for message in read(CATALOGUES / SIMPLIFIED / "help.po", SIMPLIFIED)
        if message.id and not CHINESE.search(str(message.string))
    }

    assert plain == NO_SENTENCE
