"""Compiles a language's texts (gettext's `.po`) to one catalogue (`.mo`), with Babel; no wheel needs it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from cmp.errors import CmpError
from cmp.files.placing import READABLE, write_given


def compile_into(compiled: Path, texts: Sequence[Path], language: str) -> bytes:
    """Compile texts, and keep the result where the folder can be written.

    Returns:
        The catalogue.

    Raises:
        ValueError: two texts have the same key.
    """
    made = compiled_from(texts, language)
    with suppress(OSError, CmpError):
        write_given(compiled, made, READABLE)
    return made


def compiled_from(texts: Sequence[Path], language: str) -> bytes:
    """The catalogue that texts come to.

    Raises:
        ValueError: two texts have the same key.
    """
    whole = Catalog(locale=language)
    for path in texts:
        for message in read(path, language):
            if not message.id:  # the file's own head
                continue
            if message.id in whole:
                raise ValueError(f"{path}: {message.id!r} is there already")
            whole[message.id] = message
    held = BytesIO()
    write_mo(held, whole)
    return held.getvalue()


def forms(message: Message) -> tuple[str, ...]:
    """What a message says: one text, or one for each plural form."""
    said = message.string
    return (said,) if isinstance(said, str) else tuple(said or ())


def read(path: Path, language: str) -> Catalog:
    """One file of texts."""
    with path.open("rb") as file:
        return read_po(file, locale=language)
