"""Keeps journals by which Plans are carried out and environments are taken down, each written whole."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from cmp.errors import Invalid
from cmp.model.base import Document
from cmp.model.sealing import canonical
from cmp.sentences import Sentence
from cmp.store.files import read_if_there, remove, write_atomically

D = TypeVar("D", bound=Document)

WHAT = "the journal of what is carried out"


def bytes_of(journal: Document) -> bytes:
    """What is kept of a journal."""
    return canonical(journal.model_dump(mode="json")) + b"\n"


def save(journal: Document, path: Path) -> None:
    """Write a journal so that a reader, or the run after a crash, sees it whole.

    Raises:
        TryLater: the file cannot be written; what was there is unchanged.
    """
    write_atomically(path, bytes_of(journal))


def load(path: Path, kind: type[D]) -> D | None:
    """The journal in a file; None where there is none.

    Raises:
        Invalid: it is none that this version reads.
        NotOurs: somebody else may have put it there.
    """
    content = read_if_there(path, WHAT)
    return None if content is None else parsed_journal(content, path, kind)


def parsed_journal(content: bytes, path: Path, kind: type[D]) -> D:
    """The journal that some bytes are.

    Raises:
        Invalid: they are none that this version reads.
    """
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(
            Sentence(
                "{path} is no journal that this version reads: {place}: {first}",
                path=path,
                place=place,
                first=first["msg"],
            ),
            hint="move it away: the next run looks at every cloud anew and does what is missing",
        ) from error


def forget(path: Path) -> None:
    """Remove a journal, if there is one."""
    remove(path)
