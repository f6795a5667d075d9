"""Opens databases: SQLite in a file of the state folder, PostgreSQL by its URL; failures become sentences."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, MetaData, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import NullPool

from cmp.errors import Invalid, TryLater
from cmp.files.placing import claim_own, open_own

PATIENCE: Final = 60
"""Seconds to wait for others who write; 64 allocators at once need about one."""

READING: Final = "tricenter_reading"
"""Execution option of a transaction that only reads: in SQLite it waits for no writer."""

IO_ERROR: Final = "disk I/O error"
LEAST_ROOM: Final = 64 * 1024
"""Bytes without which SQLite cannot open a database that others may use at the same time."""

REASONS: Final = (
    ("database or disk is full", "the disk is full"),
    ("No space left", "the disk is full"),
    ("database is locked", "others have kept it locked all the time"),
    ("lock timeout", "others have kept it locked all the time"),
    ("readonly database", "it may not be written"),
    ("unable to open", "its file or folder cannot be opened or made"),
    ("not a database", "its file is no database"),
    ("malformed", "its file is damaged: put back a copy"),
)


def url_of(given: str | None, path: Path) -> URL:
    """The URL of the database: the one given, or the file.

    Raises:
        Invalid: what is given is no URL of SQLite or PostgreSQL.
    """
    if given is None:
        return URL.create("sqlite", database=str(path))
    try:
        url = make_url(given)
    except ArgumentError as error:
        raise Invalid("the address of the database is no URL", hint="such as postgresql:///ipam") from error
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database:
        return url
    raise Invalid(f"addresses are kept in SQLite or PostgreSQL, not in {url.get_backend_name()}")


def engine_of(url: URL, *, pooled: bool = True) -> Engine:
    """An engine whose transactions begin as writers; SQLite keeps a log of writes (WAL) beside its file.

    Without a pool each transaction has a connection of its own, and none is left open after it.

    Raises:
        Invalid: the driver of the database is not installed.
    """
    pool: dict[str, Any] = {"pool_size": 8, "max_overflow": 64} if pooled else {"poolclass": NullPool}
    try:
        if url.get_backend_name() != "sqlite":
            return create_engine(url, **pool, **({"pool_timeout": PATIENCE} if pooled else {}))
        engine = create_engine(url, **pool, connect_args={"timeout": PATIENCE})
    except (ImportError, NoSuchModuleError) as error:
        raise Invalid(f"{error}", hint="install tricenter with its extra `postgresql`") from error
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    """Leave transactions to us; a killed process loses nothing, a power cut at most the last moments."""
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", "synchronous=NORMAL", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get(READING)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def keep_a_log(engine: Engine) -> None:
    """Have SQLite keep a log of writes (WAL) beside its file from now on; PostgreSQL has its own.

    Raises:
        DBAPIError: the file cannot be opened or written; `told` makes a sentence of it.
    """
    if engine.url.get_backend_name() != "sqlite":
        return
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        if raw is not None:
            raw.execute("PRAGMA journal_mode=WAL")


@contextmanager
def at_one_moment(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads, and reads all of it as it stood at one moment."""
    options: dict[str, Any] = {READING: True}
    if engine.url.get_backend_name() == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    with (
        engine.connect() as plain,
        plain.execution_options(**options) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def alone(url: URL) -> Iterator[None]:
    """Let no other process prepare the same SQLite file meanwhile; PostgreSQL looks after that itself.

    The file is made here, for nobody else (0600): SQLite gives its log beside it the same permissions.

    Raises:
        NotOurs: a link or something of somebody else stands in the way.
        TryLater: the folder cannot be made or written.
    """
    if url.get_backend_name() != "sqlite":
        yield
        return
    path = Path(str(url.database))
    try:
        file = open_own(path.with_name(f"{path.name}.lock"))
        claim_own(path)
    except OSError as error:
        raise TryLater(
            f"cannot open {path}: {error.strerror}", hint="put that right and try again"
        ) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def nothing_in(metadata: MetaData) -> Iterator[Connection]:
    """Tables in which nothing is kept: what a database holds that nobody ever wrote to."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def told(url: URL, what: str = "the addresses") -> Iterator[None]:
    """Turn a database's failures into a sentence, in which it keeps `what`.

    Raises:
        TryLater: it is full, locked, read-only, damaged or not to be reached; nothing has changed.
    """
    try:
        yield
    except PoolTimeout as error:
        raise TryLater(f"too many ask {shown(url)} at once; nothing has changed", hint="ask again") from error
    except DBAPIError as error:
        said = str(error.orig).strip()
        reason = next(
            (ours for theirs, ours in REASONS if theirs in said), said.splitlines()[0] if said else ""
        )
        if IO_ERROR in said and _is_full(url):
            reason = "the disk is full"
        raise TryLater(
            f"{what} in {shown(url)} cannot be used: {reason}; nothing has changed",
            hint="put that right and run the command again",
        ) from error


def _is_full(url: URL) -> bool:
    """True when the disk of an SQLite database has no room: beside the file SQLite maps another of 32 KiB."""
    if not url.database:
        return False
    with suppress(OSError):
        return shutil.disk_usage(Path(url.database).parent).free < LEAST_ROOM
    return False


def shown(url: URL) -> str:
    """A database as people may read it: the file, or the URL without its password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.render_as_string(hide_password=True)


def clock_of(connection: Connection) -> float:
    """The moment in seconds by the clock that all holders share: of the server, or of this machine."""
    if connection.dialect.name == "postgresql":
        return float(connection.scalar(select(func.extract("epoch", func.clock_timestamp()))) or 0)
    return float(connection.scalar(select((func.julianday("now") - 2440587.5) * 86400)) or 0)
