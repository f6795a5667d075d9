"""Opens the one database of a service: a pool of connections, each transaction whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from cmp.errors import Conflict
from cmp.operations.tables import prepare
from cmp.store.sql import READING, alone, engine_of, keep_a_log, told, url_of

WHAT = "the service's records"


class ServiceDatabase:
    """The database that all processes of a service share."""

    def __init__(self, url: str) -> None:
        self.url = url_of(url, Path())
        self.engine = engine_of(self.url)
        self._turn = Lock()

    def prepare(self) -> None:
        """Make what is not there yet.

        Raises:
            Refused: a newer version made it.
            TryLater: it cannot be reached or written.
        """
        with alone(self.url), told(self.url, WHAT):
            keep_a_log(self.engine)
            with self.engine.begin() as connection:
                prepare(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads.

        Raises:
            TryLater: the database cannot be reached.
        """
        with (
            told(self.url, WHAT),
            self.engine.connect() as plain,
            plain.execution_options(**{READING: True}) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes; of one process one at a time.

        Raises:
            Conflict: somebody else has just written the same.
            TryLater: the database cannot be reached or written; nothing has changed.
        """
        with self._turn, told(self.url, WHAT):
            try:
                with self.engine.begin() as connection:
                    yield connection
            except IntegrityError as error:
                raise Conflict("somebody else has just written the same", hint="ask again") from error

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()
