"""Contributions store the day they were received, and not the instant.

The gateway counts callers by address for a day: together with its counts, the instant could reveal
the author.
"""

from socle.postgres import run_sql

revision, down_revision = "0010", "0009"


def upgrade() -> None:
    run_sql("""
ALTER TABLE contribution
    ALTER COLUMN received_at TYPE date USING (received_at AT TIME ZONE 'UTC')::date;
ALTER TABLE contribution RENAME COLUMN received_at TO received_on;
""")
