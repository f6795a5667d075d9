"""Keeps the audit of changes: each entry is a file that names the hash of the one before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from cmp.errors import Invalid, TryLater
from cmp.model.audit import AuditEntry
from cmp.store.files import read, write_once

DIGITS: Final = 8
MOST_TRIES: Final = 100
"""Others that write at the same moment are let through so often."""


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
        Invalid: the last entry cannot be read.
        TryLater: it cannot be written.
    """
    for _ in range(MOST_TRIES):
        made = following(entry, _last(folder))
        path = folder / f"{made.number:0{DIGITS}}.json"
        write_once(path, made.to_json())
        if read(path, "the audit") == made.to_json():
            return made
    raise TryLater(f"{folder} is written to by many others", hint="run the same command again")


def entries(folder: Path) -> Iterator[AuditEntry]:
    """All entries, the oldest first.

    Raises:
        Invalid: one is missing, was changed, or follows another than it says.
    """
    yield from checked((str(path), _read(path)) for path in _files(folder))


def checked(named: Iterable[tuple[str, AuditEntry]]) -> Iterator[AuditEntry]:
    """Entries by their names, the oldest first, each one following the one before it.

    Raises:
        Invalid: one is missing, was changed, or follows another than it says.
    """
    earlier = None
    for name, entry in named:
        if not entry.follows(earlier):
            raise Invalid(f"{name} does not follow the entry before it: the audit was changed")
        earlier = entry
        yield entry


def _last(folder: Path) -> AuditEntry | None:
    found = _files(folder)
    return _read(found[-1]) if found else None


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.json") if path.stem.isdigit())


def _read(path: Path) -> AuditEntry:
    try:
        return AuditEntry.model_validate_json(read(path, "the audit"))
    except ValidationError as error:
        raise Invalid(f"{path} is no entry of the audit") from error
