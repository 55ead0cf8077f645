"""Alembic runs this: the migrations in versions/, on the connection that export/database.py hands over."""

from __future__ import annotations

from alembic import context

from export.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
