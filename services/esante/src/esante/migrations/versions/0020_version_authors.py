"""Who wrote each version; of those written before, it is unknown."""

from socle.postgres import run_sql

revision, down_revision = "0020", "0019"


def upgrade() -> None:
    run_sql("ALTER TABLE version ADD COLUMN IF NOT EXISTS author text")
