"""Writes files of texts so that the same texts are the same bytes: no dates, no places, one order."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog, Message

from cmp.words.compiling import forms

HEADER = """# {said}
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"MIME-Version: 1.0\\n"
"Plural-Forms: {plural}\\n"
"""


def written(catalog: Catalog, said: str) -> str:
    """A catalogue as a file of texts; `said` stands in its first line."""
    head = HEADER.format(said=said, language=catalog.locale, plural=catalog.plural_forms)
    return "\n".join([head, *(_entry(message) for message in catalog if message.id)])


def said_by(path: Path) -> str:
    """What the first line of a file of texts says it is about."""
    return path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def _entry(message: Message) -> str:
    lines = [f"# {comment}" for comment in message.user_comments]
    if isinstance(message.id, str):
        return "\n".join([*lines, *_field("msgid", message.id), *_field("msgstr", *forms(message)), ""])
    one, other = message.id
    told = [line for index, form in enumerate(forms(message)) for line in _field(f"msgstr[{index}]", form)]
    return "\n".join([*lines, *_field("msgid", one), *_field("msgid_plural", other), *told, ""])


def _field(name: str, text: str) -> Iterable[str]:
    """A text on one line, or, where it has several, on a line each."""
    parts = text.splitlines(keepends=True)
    if len(parts) < 2:  # noqa: PLR2004 - a line of its own each, from the second on
        return [f"{name} {_quoted(text)}"]
    return [f'{name} ""', *map(_quoted, parts)]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
