"""The first layout: Plans, what was applied, journals, moves of networks, keys, leases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "first"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _documents()
    _changes()


def _documents() -> None:
    """Plans, what was applied, journals and moves."""
    op.create_table(
        "state_plan",
        sa.Column("environment", sa.String(80), primary_key=True),
        sa.Column("beside", sa.String(80), primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "state_applied",
        sa.Column("environment", sa.String(80), primary_key=True),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "state_journal",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("environment", sa.String(80), nullable=False, index=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "state_move",
        sa.Column("environment", sa.String(80), primary_key=True),
        sa.Column("network", sa.String(80), primary_key=True),
        sa.Column("kind", sa.String(80), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def _changes() -> None:
    """Keys, leases and clusters: who may sign, who changes what, and where."""
    op.create_table(
        "state_key",
        sa.Column("fingerprint", sa.String(64), primary_key=True),
        sa.Column("public", sa.LargeBinary, nullable=False),
        sa.Column("own", sa.Boolean, nullable=False),
    )
    op.create_table(
        "state_lease",
        sa.Column("environment", sa.String(80), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("run", sa.String(80), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("command", sa.String(300), nullable=False),
        sa.Column("host", sa.String(200), nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("since", sa.String(40), nullable=False),
        sa.Column("beat", sa.Float, nullable=False),
        sa.Column("held", sa.Boolean, nullable=False),
    )
    op.create_table(
        "state_cluster",
        sa.Column("cloud", sa.String(80), primary_key=True),
        sa.Column("identity", sa.String(200), nullable=False),
    )


def downgrade() -> None:
    """There is no way back: an older program refuses a newer layout."""
    raise NotImplementedError
