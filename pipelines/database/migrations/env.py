"""What Alembic runs to migrate: on the connection, and in the transaction, it was handed."""

from __future__ import annotations

from alembic import context

from pipelines.database.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=context.config.attributes["version_table"],
    render_as_batch=True,  # SQLite changes a column only by copying its table
    transactional_ddl=True,
)
context.run_migrations()
