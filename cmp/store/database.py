"""A state that a team shares in one database, on SQLite or PostgreSQL: its transactions and its layout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from sqlalchemy import URL, Connection
from sqlalchemy.exc import IntegrityError

from cmp.errors import Conflict
from cmp.store.sql import READING, alone, engine_of, told
from cmp.store.state_tables import prepare


class Database:
    """A shared state: opened once a call, brought to this version's layout at the first question."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self._engine = engine_of(url, pooled=False)
        self._turn = Lock()
        self._ready = False

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads.

        Raises:
            TryLater: the database cannot be reached.
            Refused: a newer version made it.
        """
        self._prepare()
        with told(self.url, "the state"), self._engine.connect() as plain:
            options: dict[str, Any] = {READING: True}
            if self.url.get_backend_name() == "postgresql":
                options["isolation_level"] = "REPEATABLE READ"
            with plain.execution_options(**options) as connection, connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that writes; all of it happens or nothing.

        Raises:
            Conflict: somebody else has just written the same.
            TryLater: the database cannot be reached or written; nothing has changed.
        """
        self._prepare()
        with self._turn, told(self.url, "the state"):
            try:
                with self._engine.begin() as connection:
                    yield connection
            except IntegrityError as error:
                raise Conflict("somebody else has just written the same", hint="ask again") from error

    def _prepare(self) -> None:
        with self._turn:
            if self._ready:
                return
            with alone(self.url), told(self.url, "the state"):
                if self.url.get_backend_name() == "sqlite":
                    with self._engine.connect() as connection:
                        raw = connection.connection.driver_connection
                        if raw is not None:
                            raw.execute("PRAGMA journal_mode=WAL")
                with self._engine.begin() as connection:
                    prepare(connection)
            self._ready = True
