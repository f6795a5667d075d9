"""The second layout: how far carrying out a Plan has come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "second"
down_revision = "first"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "state_applying",
        sa.Column("environment", sa.String(80), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """There is no way back: an older program refuses a newer layout."""
    raise NotImplementedError
