"""Keeps journals of Plans that are carried out: one an environment, each written whole."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from cmp.errors import Invalid
from cmp.model.apply_journal import ApplyJournal
from cmp.model.sealing import canonical
from cmp.sentences import Sentence
from cmp.store.files import read_if_there, remove, write_atomically

WHAT = "the journal of what is carried out"


def bytes_of(journal: ApplyJournal) -> bytes:
    """What is kept of a journal."""
    return canonical(journal.model_dump(mode="json")) + b"\n"


def save(journal: ApplyJournal, path: Path) -> None:
    """Write a journal so that a reader, or the run after a crash, sees it whole.

    Raises:
        TryLater: the file cannot be written; what was there is unchanged.
    """
    write_atomically(path, bytes_of(journal))


def load(path: Path) -> ApplyJournal | None:
    """The journal in a file; None where there is none.

    Raises:
        Invalid: it is none that this version reads.
        NotOurs: somebody else may have put it there.
    """
    content = read_if_there(path, WHAT)
    return None if content is None else parsed_journal(content, path)


def parsed_journal(content: bytes, path: Path) -> ApplyJournal:
    """The journal that some bytes are.

    Raises:
        Invalid: they are none that this version reads.
    """
    try:
        return ApplyJournal.model_validate_json(content)
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
            hint="move it away: `tricenter apply` looks at every cloud anew and does what is missing",
        ) from error


def forget(path: Path) -> None:
    """Remove a journal, if there is one."""
    remove(path)
