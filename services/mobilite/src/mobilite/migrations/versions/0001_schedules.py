"""The versions of each feed's schedule, the one in service, and the outbox that announces it.

`facts` is the `FeedVersion` as JSON. The other columns are documented at `ImportRecord`.
"""

from socle.outbox import DDL_V1
from socle.postgres import run_sql

revision, down_revision = "0001", None


def upgrade() -> None:
    run_sql(DDL_V1)
    run_sql("""
        CREATE TABLE feed_version (
            feed_id text NOT NULL,
            sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
            packed_at timestamptz NOT NULL,
            facts jsonb NOT NULL,
            PRIMARY KEY (feed_id, sha256)
        );
        CREATE TABLE feed_schedule (
            feed_id text PRIMARY KEY,
            sha256 text,
            source_tag text,
            source_problem text,
            attempted_at timestamptz NOT NULL,
            outcome text NOT NULL CHECK (outcome IN ('imported', 'unchanged', 'refused')),
            problem text,
            FOREIGN KEY (feed_id, sha256) REFERENCES feed_version
        );
    """)
