"""Keeps the audit of changes: each entry is a file that names the hash of the one before.

Which entry is the newest is kept apart, beside the folder: whoever cuts the newest ones off leaves a chain
that is whole and too short.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from cmp.errors import Invalid, TryLater
from cmp.model.audit import AuditEntry
from cmp.model.base import Document
from cmp.model.sealing import canonical
from cmp.sentences import Sentence
from cmp.store.files import read, read_if_there, write_atomically, write_once

DIGITS: Final = 8
MOST_TRIES: Final = 100
"""Others that write at the same moment are let through so often."""


class Head(Document):
    """The newest entry."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class FileAudit:
    """The audit of a state folder."""

    folder: Path

    def add(self, entry: AuditEntry) -> AuditEntry:
        """Append an entry."""
        return add(self.folder, entry)

    def entries(self) -> tuple[AuditEntry, ...]:
        """All entries, checked."""
        return tuple(entries(self.folder))


@dataclass(frozen=True, slots=True)
class MemoryAudit:
    """An audit that forgets everything."""

    known: list[AuditEntry] = field(default_factory=list)

    def add(self, entry: AuditEntry) -> AuditEntry:
        """Append an entry."""
        made = following(entry, self.known[-1] if self.known else None)
        self.known.append(made)
        return made

    def entries(self) -> tuple[AuditEntry, ...]:
        """All entries."""
        return tuple(self.known)


def following(entry: AuditEntry, last: AuditEntry | None) -> AuditEntry:
    """An entry with its number, what it follows and its hash."""
    number, previous = (last.number, last.hash) if last else (0, "")
    return entry.model_copy(update={"number": number + 1, "previous": previous}).sealed()


def add(folder: Path, entry: AuditEntry) -> AuditEntry:
    """Append an entry; its number, what it follows and its hash are filled in here.

    No two entries say the same: they differ in their run, or in how it ended.

    Raises:
        Invalid: the last entry cannot be read, or newer ones were there.
        TryLater: it cannot be written.
    """
    for _ in range(MOST_TRIES):
        head = _head(folder)
        last = _last(folder)
        _refuse_cut(folder, head, last.number if last else 0)
        made = following(entry, last)
        path = folder / f"{made.number:0{DIGITS}}.json"
        write_once(path, made.to_json())
        if read(path, "the audit") == made.to_json():
            write_atomically(_beside(folder), canonical({"hash": made.hash, "number": made.number}) + b"\n")
            return made
    raise TryLater(
        Sentence("{folder} is written to by many others", folder=folder), hint="run the same command again"
    )


def entries(folder: Path) -> Iterator[AuditEntry]:
    """All entries, the oldest first.

    Raises:
        Invalid: one is missing, was changed, or follows another than it says.
    """
    head, newest = _head(folder), 0
    for entry in checked((str(path), _read(path)) for path in _files(folder)):
        if head is not None and entry.number == head.number and entry.hash != head.hash:
            raise Invalid(
                Sentence(
                    "{folder}: entry {number} is another entry than was written: the audit was changed",
                    folder=folder,
                    number=entry.number,
                )
            )
        newest = entry.number
        yield entry
    _refuse_cut(folder, head, newest)


def checked(named: Iterable[tuple[str, AuditEntry]]) -> Iterator[AuditEntry]:
    """Entries by their names, the oldest first, each one following the one before it.

    Raises:
        Invalid: one is missing, was changed, or follows another than it says.
    """
    earlier = None
    for name, entry in named:
        if not entry.follows(earlier):
            raise Invalid(
                Sentence("{name} does not follow the entry before it: the audit was changed", name=name)
            )
        earlier = entry
        yield entry


def _refuse_cut(folder: Path, head: Head | None, newest: int) -> None:
    """Refuse an audit whose newest entries are missing.

    Raises:
        Invalid: there were more.
    """
    if head is not None and newest < head.number:
        raise Invalid(
            Sentence(
                "{folder} ends with entry {newest}, and {number} were written: the newest are missing",
                folder=folder,
                newest=newest,
                number=head.number,
            ),
            hint="put them back from a copy; until then nothing is changed",
        )


def _head(folder: Path) -> Head | None:
    """Which entry is the newest, as it is kept apart; None where that was never kept.

    Read before the entries are: who writes meanwhile only adds to these.
    """
    path = _beside(folder)
    content = read_if_there(path, "the audit")
    if content is None:
        return None
    try:
        return Head.model_validate_json(content)
    except ValidationError as error:
        raise Invalid(
            Sentence("{path} does not say which entry of the audit is the newest", path=path)
        ) from error


def _beside(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-head.json")


def _last(folder: Path) -> AuditEntry | None:
    found = _files(folder)
    return _read(found[-1]) if found else None


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.json") if path.stem.isdigit())


def _read(path: Path) -> AuditEntry:
    try:
        return AuditEntry.model_validate_json(read(path, "the audit"))
    except ValidationError as error:
        raise Invalid(Sentence("{path} is no entry of the audit", path=path)) from error
