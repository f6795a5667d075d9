"""Lays out the tables of a shared state; `cmp/store/versions` takes a database from one layout to the next.

Documents are kept as the canonical bytes that their files have: what was sealed stays what was sealed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    func,
    select,
)

from cmp.errors import Refused

LOCK: Final = 5_042_148
"""Any number: PostgreSQL's advisory lock while the tables are made."""

metadata = MetaData()

plans = Table(
    "state_plan",
    metadata,
    Column("environment", String(80), primary_key=True),
    Column("beside", String(80), primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
)

applied = Table(
    "state_applied",
    metadata,
    Column("environment", String(80), primary_key=True),
    Column("complete", Boolean, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

applying = Table(
    "state_applying",
    metadata,
    Column("environment", String(80), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""How far carrying out a Plan has come."""

journals = Table(
    "state_journal",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("environment", String(80), nullable=False, index=True),
    Column("content", LargeBinary, nullable=False),
)

moves = Table(
    "state_move",
    metadata,
    Column("environment", String(80), primary_key=True),
    Column("network", String(80), primary_key=True),
    Column("kind", String(80), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""Plans of moves by `plan` and `plan/HASH`, and the documents of a move by their kind."""

keys = Table(
    "state_key",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("public", LargeBinary, nullable=False),
    Column("own", Boolean, nullable=False),
)
"""Public parts alone: who reads the database signs nothing."""

leases = Table(
    "state_lease",
    metadata,
    Column("environment", String(80), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("run", String(80), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("command", String(300), nullable=False),
    Column("host", String(200), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("since", String(40), nullable=False),
    Column("beat", Float, nullable=False),
    Column("held", Boolean, nullable=False),
)

clusters = Table(
    "state_cluster",
    metadata,
    Column("cloud", String(80), primary_key=True),
    Column("identity", String(200), nullable=False),
)


def prepare(connection: Connection) -> None:
    """Bring the database to the layout that this version knows.

    Raises:
        Refused: a newer version of the program made it.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "versions"))
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    known = {step.revision for step in script.walk_revisions()}
    options = {"version_table": "state_version"}
    found = MigrationContext.configure(connection, opts=options).get_current_revision()
    if found is not None and found not in known:
        raise Refused(
            f"the state is kept in layout {found!r:.40}, which this version does not know",
            hint="use the newer version that made it",
        )
    if found != script.get_current_head():
        command.upgrade(config, "head")
