"""The requests with an Idempotency-Key, and what they wrote."""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0005", "0004"

# place: the index of the entry of a batch, else 0. fingerprint: SHA-256 of the request. versions:
# WriteRecord.versions.
_TABLE: Final = """
CREATE TABLE write_record (
    account text NOT NULL,
    key text NOT NULL,
    place integer NOT NULL,
    fingerprint bytea NOT NULL,
    versions jsonb NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account, key, place)
);
CREATE INDEX write_record_age ON write_record (recorded_at);
"""


def upgrade() -> None:
    run_sql(_TABLE)
