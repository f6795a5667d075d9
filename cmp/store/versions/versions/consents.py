"""The layout with consents: who agreed to what, and which environments ask for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "consents"
down_revision = "third"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "state_consent",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("environment", sa.String(80), nullable=False, index=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "state_demand",
        sa.Column("environment", sa.String(80), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """There is no way back: an older program refuses a newer layout."""
    raise NotImplementedError
