"""Makes SQLite bear many threads and processes at once, the way the services use it.

No fsync: a lab's data is worth a reset, not a wait. Writers take the write lock before they read, else
SQLite answers "database is locked" at once when two transactions read and then write. Connections are kept,
where oslo.db would open a new one per transaction and read the whole schema again.
"""

from __future__ import annotations

import sqlite3
from typing import Any

import sqlalchemy
from oslo_db import exception as db_exceptions
from oslo_db.sqlalchemy import enginefacade, engines, exc_filters
from sqlalchemy import event, exc, orm, pool
from sqlalchemy.engine import Engine

from .layout import say

_WAIT_MS = 60_000


def tune() -> None:
    """Install all of it; call once, before a service opens its database."""
    event.listen(Engine, "connect", _on_connect)
    _mark_writers()
    event.listen(orm.Session, "after_begin", _lock_early)
    exc_filters.filters("sqlite", exc.OperationalError, r".*database is locked")(_as_deadlock)
    engines.sqlalchemy = _Pooling()


def _on_connect(connection: Any, _record: Any) -> None:
    """Wait for locks, and never for the disk."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute(f"PRAGMA busy_timeout={_WAIT_MS}")
        connection.execute("PRAGMA synchronous=OFF")


def _mark_writers() -> None:
    """Note on each session whether enginefacade opened it for writing."""
    factory = enginefacade._TransactionFactory  # noqa: SLF001 - no public hook tells readers from writers
    create_session = factory._create_session  # noqa: SLF001 - as above

    def marked(self: Any, mode: Any, bind: Any = None) -> Any:
        session = create_session(self, mode, bind=bind)
        session.info["lab_writes"] = mode is enginefacade._WRITER  # noqa: SLF001 - as above
        return session

    factory._create_session = marked  # noqa: SLF001 - as above


def _lock_early(session: Any, transaction: Any, connection: Any) -> None:
    """Begin a writing transaction with the write lock in hand."""
    if session.info.get("lab_writes") and not transaction.nested and connection.dialect.name == "sqlite":
        raw = connection.connection.dbapi_connection
        raw.execute("ROLLBACK")
        raw.execute("BEGIN IMMEDIATE")


def _as_deadlock(error: Exception, _match: Any, _engine: str, _is_disconnect: bool) -> None:
    """Have what still meets a lock retried, as a deadlock would be."""
    say("database is locked")
    raise db_exceptions.DBDeadlock(error)


class _Pooling:
    """Stands for the sqlalchemy module in oslo.db, with a connection pool in place of none."""

    def __getattr__(self, name: str) -> Any:
        return getattr(sqlalchemy, name)

    @staticmethod
    def create_engine(url: Any, **options: Any) -> Any:
        if options.get("poolclass") is pool.NullPool:
            options.update(poolclass=pool.QueuePool, pool_size=16, max_overflow=64)
            options.setdefault("connect_args", {})["check_same_thread"] = False
        return sqlalchemy.create_engine(url, **options)
