"""Lays out the tables of address management; addresses are bytes, which sort the same in every database.

The version of the layout stands in the database. Steps from one version to the next come with the service.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    func,
    insert,
    inspect,
    select,
)

from cmp.errors import Refused
from cmp.sentences import Sentence

VERSION: Final = 1
"""The layout that this version of the program knows."""

LOCK: Final = 5_042_147
"""Any number: PostgreSQL's advisory lock while the tables are made."""

metadata = MetaData()

schema = Table("ipam_schema", metadata, Column("version", Integer, primary_key=True))

regions = Table(
    "ipam_region",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("rd", String(200), nullable=False),
    Column("description", String(200), nullable=False),
)

BIG = BigInteger().with_variant(Integer, "sqlite")

LABELS: Final = ("zone", "center", "owner", "purpose", "dns_name", "description")

holdings = Table(
    "ipam_holding",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("region", String(63), ForeignKey("ipam_region.name"), nullable=False),
    Column("family", SmallInteger, nullable=False),
    Column("name", String(128), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("start", LargeBinary(16), nullable=False),
    Column("length", SmallInteger, nullable=False),
    Column("status", String(12), nullable=False),
    Column("gateway", LargeBinary(16)),
    Column("parent", BIG, ForeignKey("ipam_holding.id"), index=True),
    *(Column(label, String(253), nullable=False) for label in LABELS),
    UniqueConstraint("region", "name", "family"),
    UniqueConstraint("region", "start", "length", "kind"),
)

holes = Table(
    "ipam_hole",
    metadata,
    Column("parent", BIG, ForeignKey("ipam_holding.id", ondelete="CASCADE"), primary_key=True),
    Column("start", LargeBinary(16), primary_key=True),
    Column("end", LargeBinary(16), nullable=False),
    Column("bits", SmallInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Free addresses in a row, and the largest power of two that is not larger than their number."""

quarantine = Table(
    "ipam_quarantine",
    metadata,
    Column("parent", BIG, ForeignKey("ipam_holding.id", ondelete="CASCADE"), primary_key=True),
    Column("start", LargeBinary(16), primary_key=True),
    Column("end", LargeBinary(16), nullable=False),
    Column("until", BigInteger, nullable=False),
)
"""What was released and is not given away before a moment, in seconds since 1970."""

Index("ipam_hole_bits", holes.c.parent, holes.c.bits)


def prepare(connection: Connection) -> None:
    """Make the tables where there are none.

    Raises:
        Refused: a newer version of the program made them.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    metadata.create_all(connection)
    if not is_made(connection):
        connection.execute(insert(schema).values(version=VERSION))


def is_made(connection: Connection) -> bool:
    """True where the tables are there; whoever only looks makes none.

    Raises:
        Refused: a newer version of the program made them.
    """
    if not inspect(connection).has_table(schema.name):
        return False
    found = connection.scalar(select(func.max(schema.c.version)))
    if found is not None and found > VERSION:
        raise Refused(
            Sentence(
                "the addresses are kept in layout {found}, and this version knows {VERSION} only",
                found=found,
                VERSION=VERSION,
            ),
            hint="use the newer version that made it",
        )
    return found is not None
