"""Alembic's environment: migrates on the connection and in the transaction of `migrations`."""

from alembic import context

_attributes = context.config.attributes
context.configure(
    connection=_attributes["connection"],
    target_metadata=None,
    version_table=_attributes["version_table"],
    transactional_ddl=True,
)
context.run_migrations()
