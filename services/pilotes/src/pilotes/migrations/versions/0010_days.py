"""Of what anybody says the day is kept, and not the instant: the gateway counts callers by address
for a day, and both instants together would say who spoke."""

from socle.postgres import run_sql

revision, down_revision = "0010", "0009"


def upgrade() -> None:
    run_sql("""
ALTER TABLE contribution
    ALTER COLUMN received_at TYPE date USING (received_at AT TIME ZONE 'UTC')::date;
ALTER TABLE contribution RENAME COLUMN received_at TO received_on;
""")
