"""The key of the cursors of searches."""

from socle.postgres import run_sql

revision, down_revision = "0024", "0023"

_KEY = """
CREATE TABLE IF NOT EXISTS cursor_key (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    key bytea NOT NULL CHECK (length(key) = 32)
);
INSERT INTO cursor_key (key)
SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
ON CONFLICT DO NOTHING"""


def upgrade() -> None:
    run_sql(_KEY)
