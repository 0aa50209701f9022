"""An index of openings by record and member, with which a search looks up single records."""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0025", "0024"

# It replaces the index of the records of CareTeams.
_INDEX: Final = """
CREATE INDEX IF NOT EXISTS record_opening_of
    ON record_opening (element, member) INCLUDE (starts, ends);
DROP INDEX IF EXISTS record_opening_element
"""


def upgrade() -> None:
    run_sql(_INDEX)
