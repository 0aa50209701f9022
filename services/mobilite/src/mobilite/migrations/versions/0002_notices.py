"""The notices of operators without software, and every change made to them.

`ends_at` is the end of `Notice.content.period`; `once` the Idempotency-Key of the publication.
"""

from socle.postgres import run_sql

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    run_sql("""
        CREATE TABLE notice (
            id text PRIMARY KEY,
            feed_id text NOT NULL,
            kind text NOT NULL CHECK (kind IN ('alert', 'cancellation')),
            content jsonb NOT NULL,
            version integer NOT NULL CHECK (version > 0),
            author text NOT NULL,
            published_at timestamptz NOT NULL,
            changed_at timestamptz NOT NULL,
            withdrawn_at timestamptz,
            ends_at timestamptz,
            once text,
            UNIQUE (feed_id, author, once)
        );
        CREATE INDEX notice_by_feed ON notice (feed_id, published_at DESC, id DESC);
        CREATE TABLE notice_change (
            notice_id text NOT NULL REFERENCES notice,
            version integer NOT NULL,
            at timestamptz NOT NULL,
            author text NOT NULL,
            content jsonb NOT NULL,
            withdrawn boolean NOT NULL,
            PRIMARY KEY (notice_id, version)
        );
    """)
