"""Work that begins in the midst of a use case is told by the terminal, in the reader's language."""

from __future__ import annotations

import io

import pytest

from cli.progress import Display
from cmp.model.events import LongWork
from cmp.words.catalogue import say
from cmp.words.languages import LANGUAGES


@pytest.mark.parametrize("work", LongWork)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_work_has_a_sentence(work: LongWork, language: str) -> None:
    stream = io.StringIO()

    Display(stream, language=language).begins(work)

    assert stream.getvalue() == f"{say(f'begins_{work}', language, {})}\n"


def test_nothing_is_told_to_who_wants_quiet() -> None:
    stream = io.StringIO()

    Display(stream, quiet=True).begins(LongWork.VERIFYING)

    assert stream.getvalue() == ""
