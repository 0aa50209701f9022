"""The reasons of emergency accesses, which the traces of what is read under them have."""

from socle.postgres import run_sql

revision, down_revision = "0023", "0022"

_REASONS = """
ALTER TABLE record_opening ADD COLUMN IF NOT EXISTS reason text;
CREATE INDEX IF NOT EXISTS record_opening_emergency ON record_opening (member)
    WHERE source_type = 'Communication';
"""


def upgrade() -> None:
    run_sql(_REASONS)
