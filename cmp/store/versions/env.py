"""Is run by alembic: takes the steps over the connection that it was handed."""

from __future__ import annotations

from alembic import context

from cmp.store.state_tables import VERSIONS, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSIONS,
    transactional_ddl=True,
)
context.run_migrations()
