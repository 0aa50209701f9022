"""Contributions: opinions on a pilot, without data that could identify the author."""

from socle.postgres import run_sql

revision, down_revision = "0009", "0008"


def upgrade() -> None:
    run_sql("""
CREATE TABLE contribution (
    contribution_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    said text NOT NULL,              -- empty: erased
    digest bytea,                    -- text_digest(said); NULL: erased
    received_at timestamptz NOT NULL,
    revision integer NOT NULL DEFAULT 1,
    state text NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'published', 'set_aside')),
    answer text NOT NULL DEFAULT '',
    reason text CHECK (reason IN ('off_topic', 'personal', 'unlawful', 'repeated', 'unanswered')),
    answered_at timestamptz,
    answered_by text,                -- the subject of a member of the team
    answered_as text,
    UNIQUE (pilot_id, digest),
    CHECK ((state = 'set_aside') = (reason IS NOT NULL)),
    CHECK ((state = 'published') = (answer <> '')),
    CHECK (state <> 'published' OR said <> '')
);
CREATE INDEX contribution_of_pilot ON contribution (pilot_id, contribution_id DESC);
CREATE INDEX contribution_published ON contribution (pilot_id, contribution_id DESC)
    WHERE state = 'published';
CREATE INDEX contribution_received ON contribution (pilot_id, received_at);
""")
