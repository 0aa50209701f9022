"""What coordinators type in a form of the lab and have not sent yet."""

from socle.postgres import run_sql

revision, down_revision = "0018", "0017"


def upgrade() -> None:
    run_sql("""
CREATE TABLE IF NOT EXISTS lab_draft (
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    form text NOT NULL,
    author text NOT NULL,
    revision integer NOT NULL,
    opened jsonb NOT NULL,
    typed jsonb NOT NULL,
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (pilot_id, form, author)
);
CREATE INDEX IF NOT EXISTS lab_draft_by_age ON lab_draft (saved_at);
""")
