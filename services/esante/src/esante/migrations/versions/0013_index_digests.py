"""The digests of the index rows of each resource, so that an update writes only changed ones."""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0013", "0012"

# NULL: unknown, as for every resource stored before. A later migration that writes index rows of
# stored resources must set it to NULL for them.
_COLUMN: Final = "ALTER TABLE resource ADD COLUMN IF NOT EXISTS index_digests bytea"


def upgrade() -> None:
    run_sql(_COLUMN)
