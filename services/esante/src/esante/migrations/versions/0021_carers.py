"""Invitations of carers and legal representatives. Their links are rows of `record_opening`."""

from socle.postgres import run_sql

revision, down_revision = "0021", "0020"

# code: SHA-256 of the code that accepts it.
_TABLE = """
CREATE TABLE IF NOT EXISTS carer_invitation (
    related_person text COLLATE "C" PRIMARY KEY,
    patient text COLLATE "C" NOT NULL,
    reasons smallint NOT NULL,
    code bytea NOT NULL UNIQUE,
    until timestamptz NOT NULL
);
"""


def upgrade() -> None:
    run_sql(_TABLE)
