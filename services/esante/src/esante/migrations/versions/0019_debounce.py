"""When readings were received, and since when a patient has changes that are not judged."""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0019", "0018"

# received: NULL for what came before this migration: long ago. changed: the first change since the
# last evaluation; NULL: there is none.
_COLUMNS: Final = """
ALTER TABLE home_care_reading ADD COLUMN IF NOT EXISTS received timestamptz;
ALTER TABLE home_care_patient ADD COLUMN IF NOT EXISTS changed timestamptz;
"""


def upgrade() -> None:
    run_sql(_COLUMNS)
