"""Keeps operations in the service's database; they are handed over to an engine in the same transaction."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from cmp.errors import Invalid
from cmp.model.happenings import Event, Numbered, event_of
from cmp.model.operations import OperationRecord, Revision
from cmp.model.sealing import canonical
from cmp.operations.database import ServiceDatabase
from cmp.operations.memory import following, same
from cmp.operations.tables import documents, events, operations, revisions
from cmp.ports.operations import Change, Wanted
from cmp.sentences import Sentence


class SqlRecord:
    """The record of operations; an engine that carries them out is added by who inherits it."""

    def __init__(self, database: ServiceDatabase) -> None:
        self.database = database

    def hand_over(self, connection: Connection, record: OperationRecord) -> None:
        """Have an operation carried out, if the transaction comes to its end."""

    def begin(self, record: OperationRecord) -> OperationRecord:
        """Keep a new operation and have it carried out, in one transaction."""
        with self.database.writing() as connection:
            known = self._row(connection, record.id, lock=True)
            if known is None:
                connection.execute(insert(operations).values(**columns_of(record)))
                self.hand_over(connection, record)
                return record
        return same(known, record)

    def found(self, key: str) -> OperationRecord | None:
        """The operation of that id."""
        with self.database.reading() as connection:
            return self._row(connection, key)

    def listed(self, wanted: Wanted) -> tuple[OperationRecord, ...]:
        """Operations, the newest first."""
        query = select(operations.c.document).order_by(operations.c.created.desc(), operations.c.id.desc())
        if wanted.environment:
            query = query.where(operations.c.environment == wanted.environment)
        if wanted.state is not None:
            query = query.where(operations.c.state == wanted.state.value)
        with self.database.reading() as connection:
            if wanted.before:
                of_it = select(operations.c.created).where(operations.c.id == wanted.before)
                edge = connection.scalar(of_it) or ""
                older = operations.c.created < edge
                same_moment = and_(operations.c.created == edge, operations.c.id < wanted.before)
                query = query.where(or_(older, same_moment))
            found = connection.scalars(query.limit(wanted.limit)).all()
        return tuple(_record(each) for each in found)

    def change(self, key: str, change: Change, *, carry_on: bool = False) -> OperationRecord:
        """Change an operation in one transaction."""
        with self.database.writing() as connection:
            before = self._row(connection, key, lock=True)
            if before is None:
                raise Invalid(Sentence("there is no operation {key}", key=key))
            after = change(before)
            if after != before:
                of_it = operations.c.id == key
                connection.execute(update(operations).where(of_it).values(**columns_of(after)))
            if carry_on and after.round != before.round:
                self.hand_over(connection, after)
        return after

    def tell(self, key: str, told: tuple[Event, ...]) -> None:
        """Keep what happened, with the numbers that come next."""
        with self.database.writing() as connection:
            of_it = select(func.max(events.c.number)).where(events.c.operation == key)
            last = connection.scalar(of_it) or 0
            rows = [
                {"operation": key, "number": last + number, "content": canonical(event.document)}
                for number, event in enumerate(told, start=1)
            ]
            if rows:
                connection.execute(insert(events), rows)

    def told(self, key: str, after: int = 0, limit: int = 500) -> tuple[Numbered, ...]:
        """What happened after the event of a number."""
        query = (
            select(events.c.number, events.c.content)
            .where(events.c.operation == key, events.c.number > after)
            .order_by(events.c.number)
            .limit(limit)
        )
        with self.database.reading() as connection:
            rows = connection.execute(query).all()
        return tuple(Numbered(row.number, event_of(json.loads(row.content))) for row in rows)

    def keep(self, content: bytes, name: str = "") -> str:
        """Keep a document by its SHA-256, packed, once; under a name it takes the place of the one before."""
        digest = name or hashlib.sha256(content).hexdigest()
        if not name and self.kept(digest) is not None:
            return digest
        packed = zlib.compress(content, 1)
        of_it = documents.c.digest == digest
        with self.database.writing() as connection:
            if connection.execute(update(documents).where(of_it).values(content=packed)).rowcount == 0:
                connection.execute(insert(documents).values(digest=digest, content=packed))
        return digest

    def kept(self, name: str) -> bytes | None:
        """The document of that SHA-256 or name."""
        with self.database.reading() as connection:
            found = connection.scalar(select(documents.c.content).where(documents.c.digest == name))
        return None if found is None else zlib.decompress(found)

    def counts(self) -> Mapping[tuple[str, str], int]:
        """How many operations there are by kind and state."""
        query = select(operations.c.kind, operations.c.state, func.count()).group_by(
            operations.c.kind, operations.c.state
        )
        with self.database.reading() as connection:
            return {(kind, state): count for kind, state, count in connection.execute(query)}

    def push(self, revision: Revision, parent: str) -> Revision:
        """Make a revision the head of its environment."""
        with self.database.writing() as connection:
            head = self._head(connection, revision.environment)
            made = following(revision, head, parent)
            if head is None or made != head:
                row = {"environment": made.environment, "number": made.number, "id": made.id}
                connection.execute(insert(revisions).values(**row, document=_bytes(made)))
        return made

    def head(self, environment: str) -> Revision | None:
        """The newest revision."""
        with self.database.reading() as connection:
            return self._head(connection, environment)

    def heads(self) -> tuple[Revision, ...]:
        """The newest revision of every environment, by name."""
        newest = select(revisions.c.environment, func.max(revisions.c.number).label("number"))
        newest_of = newest.group_by(revisions.c.environment).subquery()
        both = and_(
            revisions.c.environment == newest_of.c.environment, revisions.c.number == newest_of.c.number
        )
        query = select(revisions.c.document).join(newest_of, both).order_by(revisions.c.environment)
        with self.database.reading() as connection:
            return tuple(Revision.model_validate_json(each) for each in connection.scalars(query))

    def revision(self, environment: str, key: str) -> Revision | None:
        """A revision by its id, the newest of those with the same files."""
        query = (
            select(revisions.c.document)
            .where(revisions.c.environment == environment, revisions.c.id == key)
            .order_by(revisions.c.number.desc())
            .limit(1)
        )
        with self.database.reading() as connection:
            found = connection.scalar(query)
        return None if found is None else Revision.model_validate_json(found)

    def _head(self, connection: Connection, environment: str) -> Revision | None:
        query = select(revisions.c.document).where(revisions.c.environment == environment)
        found = connection.scalar(query.order_by(revisions.c.number.desc()).limit(1))
        return None if found is None else Revision.model_validate_json(found)

    def _row(self, connection: Connection, key: str, *, lock: bool = False) -> OperationRecord | None:
        query = select(operations.c.document).where(operations.c.id == key)
        found = connection.scalar(query.with_for_update() if lock else query)
        return None if found is None else _record(found)


def columns_of(record: OperationRecord) -> Mapping[str, Any]:
    """An operation as a row of its table."""
    return {
        "id": record.id,
        "environment": record.environment,
        "kind": record.kind,
        "state": record.state.value,
        "created": record.created,
        "document": _bytes(record),
    }


def _record(content: bytes) -> OperationRecord:
    return OperationRecord.model_validate_json(content)


def _bytes(document: OperationRecord | Revision) -> bytes:
    return canonical(document.model_dump(mode="json"))
