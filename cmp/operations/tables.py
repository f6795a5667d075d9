"""Lays out the tables in which a service keeps operations, revisions and who may ask."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    func,
    select,
)

from cmp.errors import Refused

LAYOUT: Final = 1
"""Raised when a table changes; a database of a later layout is left alone."""
LOCK: Final = 5_042_149
"""Any number: PostgreSQL's advisory lock while the tables are made."""

metadata = MetaData()

layouts = Table("service_layout", metadata, Column("layout", Integer, primary_key=True))

operations = Table(
    "service_operation",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("environment", String(80), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("state", String(20), nullable=False),
    Column("created", String(40), nullable=False),
    Column("document", LargeBinary, nullable=False),
    Index("service_operation_newest", "created", "id"),
    Index("service_operation_state", "state", "kind"),
)

events = Table(
    "service_event",
    metadata,
    Column("operation", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

documents = Table(
    "service_document",
    metadata,
    Column("digest", String(200), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""By SHA-256, or by a name such as `plan:HASH`; packed."""

revisions = Table(
    "service_revision",
    metadata,
    Column("environment", String(80), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("id", String(64), nullable=False, index=True),
    Column("document", LargeBinary, nullable=False),
)

accounts = Table(
    "service_account",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("made_by", String(200), nullable=False),
    Column("disabled", Boolean, nullable=False),
)

rights = Table(
    "service_right",
    metadata,
    Column("account", String(200), primary_key=True),
    Column("role", String(40), primary_key=True),
    Column("environment", String(80), primary_key=True),
)

tokens = Table(
    "service_token",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("account", String(200), nullable=False, index=True),
    Column("expires", String(40), nullable=False),
)

codes = Table(
    "service_code",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("role", String(40), nullable=False),
    Column("used", Boolean, nullable=False),
)

executors = Table(
    "service_executor",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("beat", Float, nullable=False),
    Column("taken_by", String(200), nullable=False),
)
"""Processes that carry operations out; `beat` is 0 for one that has ended."""

schedules = Table(
    "service_schedule",
    metadata,
    Column("environment", String(80), primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("document", LargeBinary, nullable=False),
)

notices = Table(
    "service_notice",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("address", String(200), primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("due", String(40), nullable=False),
    Column("state", String(10), nullable=False),
    Column("why", String(400), nullable=False),
)


def prepare(connection: Connection) -> None:
    """Make the tables where there are none.

    Raises:
        Refused: a newer version of the program made them.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    metadata.create_all(connection)
    found = connection.scalar(select(func.max(layouts.c.layout)))
    if found is None:
        connection.execute(layouts.insert().values(layout=LAYOUT))
    elif found > LAYOUT:
        raise Refused(
            f"the service's tables have layout {found}, which this version does not know",
            hint="use the newer version that made them",
        )
