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
from cmp.sentences import Sentence

LOCK: Final = 5_042_148
"""Any number: PostgreSQL's advisory lock while the tables are made."""

VERSIONS: Final = "state_version"
"""The table in which alembic keeps the layout."""

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

consents = Table(
    "state_consent",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("environment", String(80), nullable=False, index=True),
    Column("content", LargeBinary, nullable=False),
)

demands = Table(
    "state_demand",
    metadata,
    Column("environment", String(80), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""Which environments are changed by consent alone."""

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
"""Plans of moves by `plan` and `plan/HASH`, documents by their kind, other parts by `part/NAME`."""

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

environments = Table(
    "state_environment",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("revision", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""Every revision with all of its files; numbers count from 1 without a gap."""

audit = Table(
    "state_audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""One row an entry: its number is taken once, so that two that add at once do not both follow the same."""


def layout_of(connection: Connection) -> str | None:
    """The layout that a database has; None: nobody ever wrote a state there."""
    options = {"version_table": VERSIONS}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def refuse_newer(found: str | None) -> bool:
    """Refuse a layout that this version does not know; True where it is this version's own.

    Raises:
        Refused: a newer version of the program made it.
    """
    script = ScriptDirectory.from_config(_config())
    if found is not None and found not in {step.revision for step in script.walk_revisions()}:
        raise Refused(
            Sentence(
                "the state is kept in layout {found}, which this version does not know",
                found=f"{found!r:.40}",
            ),
            hint="use the newer version that made it",
        )
    return found == script.get_current_head()


def prepare(connection: Connection) -> None:
    """Bring the database to the layout that this version knows.

    Raises:
        Refused: a newer version of the program made it.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    if not refuse_newer(layout_of(connection)):
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "versions"))
    return config
