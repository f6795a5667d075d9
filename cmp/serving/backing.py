"""Backs up the records of a service that runs, and puts a copy back where none runs.

A copy is made by SQLite itself, of one moment, and is called one only after it was checked: its pages, and
its audit from the first entry to the last. What was in flight is held. PostgreSQL has tools of its own.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cmp.errors import Invalid, Refused, TryLater
from cmp.files.placing import read_given, remove_own, write_given, write_own
from cmp.files.settling import settle
from cmp.means import Means
from cmp.model.audit import AuditEntry
from cmp.model.operations import LIVING, Failure, OperationRecord, OperationState
from cmp.operations import changes
from cmp.operations.sql import columns_of
from cmp.serving.standing import DATABASE, only_here
from cmp.store.audit import checked

MAGIC: Final = b"SQLite format 3\0"
PLAIN: Final = slice(18, 20)
"""Bytes of a database file that say whether it has a log of writes beside it (SQLite file format, 1.3.3)."""
BESIDE: Final = ("-wal", "-shm", "-journal")
RESTORED: Final = "restored"


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A copy that was checked."""

    file: str
    bytes: int
    operations: int
    entries: int

    @property
    def document(self) -> dict[str, Any]:
        """What is in it."""
        return {
            "file": self.file,
            "bytes": self.bytes,
            "operations": self.operations,
            "entries": self.entries,
        }


@dataclass(frozen=True, slots=True)
class Restored:
    """A copy that was put back, and the operations that are held until somebody looked at them."""

    file: str
    held: tuple[str, ...]

    @property
    def document(self) -> dict[str, Any]:
        """What is held."""
        return {"file": self.file, "held": list(self.held)}


def back_up(means: Means, file: str) -> BackedUp:
    """Copy the records of this state's service, whether or not it runs, and check the copy.

    Raises:
        Invalid: there are none, or what is there is damaged.
        TryLater: they cannot be read, or the file cannot be written; there is none of that name then.
    """
    source = means.workshop.root / DATABASE
    if not source.exists():
        raise Invalid(f"{source} is not there: no service ran on this state", hint="name its --state")
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as living, _memory() as copy:
            living.backup(copy)
            content = _plain(copy.serialize())
    except sqlite3.Error as error:
        raise TryLater(f"{source} cannot be copied: {error}") from error
    with _opened(content, str(source)) as copy:
        found = BackedUp(file, len(content), _counted(copy), _checked_audit(copy, str(source)))
    try:
        write_given(Path(file), content)
    except OSError as error:
        raise TryLater(f"{file} cannot be written: {error.strerror}", hint="make room") from error
    return found


def restore(means: Means, file: str, *, replace: bool = False) -> Restored:
    """Put a copy back as the records of this state's service, which must not run.

    What was in flight when the copy was made is held: a person looks whether it happened meanwhile, and
    resumes it then.

    Raises:
        Conflict: a service runs on this state.
        Refused: there are records already, and nobody said to replace them.
        Invalid: the file is no copy, or damaged.
        TryLater: it cannot be written.
    """
    root = settle(means.workshop.root.absolute())
    try:
        content = read_given(Path(file))
    except (OSError, ValueError) as error:
        raise Invalid(f"{file} cannot be read: {error}") from error
    with only_here(root):
        target = root / DATABASE
        if target.exists() and not replace:
            raise Refused(f"{target} is there already", hint="give --replace to put the copy in its place")
        with _opened(_plain(content), file) as copy:
            _checked_audit(copy, file)
            held = _hold(copy, means)
            made = _plain(copy.serialize())
        try:
            for name in BESIDE:
                remove_own(root / f"{DATABASE}{name}")
            write_own(target, made)
        except OSError as error:
            raise TryLater(f"{target} cannot be written: {error.strerror}", hint="make room") from error
    return Restored(file, held)


@contextmanager
def _memory() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        yield connection


@contextmanager
def _opened(content: bytes, name: str) -> Iterator[sqlite3.Connection]:
    """A copy, opened; refused where any page of it is wrong.

    Raises:
        Invalid: it is no database of a service, or damaged.
    """
    remedy = "take another copy: `tricenter backup FILE` makes and checks one"
    with _memory() as copy:
        try:
            if not content.startswith(MAGIC):
                raise sqlite3.DatabaseError("it is no SQLite database")
            copy.deserialize(content)
            said = copy.execute("PRAGMA integrity_check").fetchone()[0]
            if said != "ok":
                raise sqlite3.DatabaseError(said)
            copy.execute("SELECT count(*) FROM service_operation")
        except sqlite3.Error as error:
            raise Invalid(f"{name} is no whole copy of a service's records: {error}", hint=remedy) from error
        yield copy


def _plain(content: bytes) -> bytes:
    """The same database without a log of writes beside it; a service makes one when it begins."""
    return content[: PLAIN.start] + b"\x01\x01" + content[PLAIN.stop :]


def _counted(copy: sqlite3.Connection) -> int:
    return int(copy.execute("SELECT count(*) FROM service_operation").fetchone()[0])


def _checked_audit(copy: sqlite3.Connection, name: str) -> int:
    """How many entries the audit has.

    Raises:
        Invalid: one is missing or was changed.
    """
    if not copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'state_audit'").fetchone():
        return 0
    rows = copy.execute("SELECT content FROM state_audit ORDER BY number")
    entries = (AuditEntry.model_validate_json(content) for (content,) in rows)
    named = ((f"{name}: entry {entry.number} of the audit", entry) for entry in entries)
    return sum(1 for _ in checked(named))


def _hold(copy: sqlite3.Connection, means: Means) -> tuple[str, ...]:
    """Hold what was in flight, and take it out of the engine's queue."""
    failure = Failure(
        code=RESTORED,
        message="it was in flight when the copy was made that is restored now",
        hint="look whether it happened meanwhile, then `tricenter operations resume ID`",
        status=409,
    )
    held = []
    states = json.dumps([each.value for each in LIVING])
    query = (
        "SELECT id, document FROM service_operation"
        " WHERE state IN (SELECT value FROM json_each(?)) ORDER BY created"
    )
    for key, document in copy.execute(query, [states]).fetchall():
        op = OperationRecord.model_validate_json(document)
        row = columns_of(changes.ended(op, OperationState.HELD, means.now(), failure))
        copy.execute(
            "UPDATE service_operation SET state = ?, document = ? WHERE id = ?",
            (row["state"], row["document"], key),
        )
        held.append(key)
    if copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'workflow_status'").fetchone():
        copy.execute(
            "UPDATE workflow_status SET status = 'CANCELLED' "
            "WHERE status IN ('PENDING', 'ENQUEUED', 'DELAYED')"
        )
    if copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'service_executor'").fetchone():
        copy.execute("DELETE FROM service_executor")
    copy.commit()
    return tuple(held)
