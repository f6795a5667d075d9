"""Keeps what a team declares and what it did: the SQL twins of environments and of the audit."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import ValidationError
from sqlalchemy import Connection, func, insert, select

from cmp.errors import Conflict, Invalid, TryLater
from cmp.model.audit import AuditEntry
from cmp.sentences import Sentence
from cmp.store.audit import MOST_TRIES, checked, following
from cmp.store.database import Database
from cmp.store.state_tables import audit, environments


@dataclass(frozen=True, slots=True)
class SqlRevisions:
    """Revisions of environments, one row each."""

    database: Database = field(repr=False)

    def all_of(self, name: str) -> tuple[str, ...]:
        """The revisions of an environment, the oldest first."""
        query = select(environments.c.revision).where(environments.c.name == name)
        with self.database.reading() as connection:
            return tuple(connection.scalars(query.order_by(environments.c.number)).all())

    def content(self, name: str, number: int) -> bytes:
        """What is kept under that number."""
        mine = (environments.c.name == name, environments.c.number == number)
        with self.database.reading() as connection:
            return bytes(connection.execute(select(environments.c.content).where(*mine)).scalar_one())

    def add(self, name: str, number: int, revision: str, content: bytes) -> None:
        """Keep the next one; who comes second finds the number taken, and is refused."""
        row = {"name": name, "number": number, "revision": revision, "content": content}
        with self.database.writing() as connection:
            connection.execute(insert(environments).values(**row))


@dataclass(frozen=True, slots=True)
class SqlAudit:
    """The audit of all who share a state: one chain, whoever adds to it."""

    database: Database = field(repr=False)

    def add(self, entry: AuditEntry) -> AuditEntry:
        """Append an entry; who finds the next number taken follows whoever took it."""
        for _ in range(MOST_TRIES):
            try:
                with self.database.writing() as connection:
                    made = following(entry, _last(connection))
                    row = {"number": made.number, "hash": made.hash, "content": made.to_json()}
                    connection.execute(insert(audit).values(**row))
            except Conflict:
                continue
            return made
        raise TryLater("the audit is written to by many others", hint="run the same command again")

    def entries(self) -> tuple[AuditEntry, ...]:
        """All entries, checked."""
        with self.database.reading() as connection:
            rows = connection.execute(select(audit.c.number, audit.c.content).order_by(audit.c.number)).all()
        return tuple(checked((f"entry {row.number}", _entry(bytes(row.content), row.number)) for row in rows))


def _last(connection: Connection) -> AuditEntry | None:
    newest = select(func.max(audit.c.number)).scalar_subquery()
    row = connection.execute(
        select(audit.c.number, audit.c.content).where(audit.c.number == newest)
    ).one_or_none()
    return None if row is None else _entry(bytes(row.content), row.number)


def _entry(content: bytes, number: int) -> AuditEntry:
    try:
        return AuditEntry.model_validate_json(content)
    except ValidationError as error:
        raise Invalid(
            Sentence("entry {number} is no entry of the audit: it was changed", number=number)
        ) from error
