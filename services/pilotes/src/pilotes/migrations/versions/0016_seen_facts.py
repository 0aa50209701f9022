"""The facts that services report, in pilots or not: the last hour in which each was seen."""

from socle.postgres import run_sql

revision, down_revision = "0016", "0015"

_FACTS = """
CREATE TABLE IF NOT EXISTS seen_fact (
    fact text COLLATE "C" PRIMARY KEY,
    hour timestamptz NOT NULL           -- its beginning
)"""


def upgrade() -> None:
    run_sql(_FACTS)
