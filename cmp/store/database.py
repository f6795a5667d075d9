"""A state that a team shares in one database, on SQLite or PostgreSQL: its transactions and its layout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, local
from typing import Any

from sqlalchemy import URL, Connection, Table, insert, update
from sqlalchemy.exc import IntegrityError

from cmp.errors import Conflict
from cmp.store.sql import READING, alone, at_one_moment, engine_of, keep_a_log, nothing_in, told
from cmp.store.state_tables import layout_of, metadata, prepare, refuse_newer


class Database:
    """A shared state; who looks makes nothing, who writes brings it to this version's layout first."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self._engine = engine_of(url, pooled=False)
        self._turn = Lock()
        self._ready = False
        self._mine = local()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads; where nobody ever wrote it finds nothing, and makes nothing.

        Raises:
            TryLater: the database cannot be reached.
            Refused: a newer version made it.
        """
        if (joined := self._joined) is not None:
            yield joined
            return
        if not self._ready and self._is_empty():
            with nothing_in(metadata) as connection:
                yield connection
            return
        with told(self.url, "the state"), at_one_moment(self._engine) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that writes; all of it happens or nothing.

        Raises:
            Conflict: somebody else has just written the same.
            TryLater: the database cannot be reached or written; nothing has changed.
            Refused: a newer version made it.
        """
        if (joined := self._joined) is not None:
            yield joined
            return
        self._prepare()
        with self._turn, told(self.url, "the state"):
            try:
                with self._engine.begin() as connection:
                    yield connection
            except IntegrityError as error:
                raise Conflict("somebody else has just written the same", hint="ask again") from error

    @contextmanager
    def together(self) -> Iterator[None]:
        """One transaction for all that this thread reads and writes meanwhile; all of it happens or nothing.

        Raises:
            Conflict, Refused, TryLater: as `writing` does.
        """
        with self.writing() as connection:
            outer, self._mine.connection = self._joined, connection
            try:
                yield
            finally:
                self._mine.connection = outer

    @property
    def _joined(self) -> Connection | None:
        """The transaction that this thread is in; None: each verb is one of its own."""
        return getattr(self._mine, "connection", None)

    @property
    def is_together(self) -> bool:
        """True within `together`."""
        return self._joined is not None

    def _is_empty(self) -> bool:
        """True where nobody ever wrote anything; a layout of an earlier version is brought to this one's."""
        if self.url.get_backend_name() == "sqlite" and not Path(str(self.url.database)).exists():
            return True
        with told(self.url, "the state"), self._engine.connect() as plain:
            looking = plain.execution_options(**{READING: True})
            with looking.begin():
                found = layout_of(looking)
            if found is None:
                return True
            self._ready = refuse_newer(found)
        if not self._ready:
            self._prepare()
        return False

    def _prepare(self) -> None:
        with self._turn:
            if self._ready:
                return
            with alone(self.url), told(self.url, "the state"):
                keep_a_log(self._engine)
                with self._engine.begin() as connection:
                    prepare(connection)
            self._ready = True


def put(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Write a row under its key, whether there is one or not."""
    where = [table.c[name] == value for name, value in key.items()]
    if connection.execute(update(table).where(*where).values(**values)).rowcount == 0:
        connection.execute(insert(table).values(**key, **values))
