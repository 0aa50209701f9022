"""Accounts, their API keys, and the counters of their plans."""

from socle.postgres import run_sql

revision, down_revision = "0001", None

_KEYS = """
CREATE TABLE account (
    id text PRIMARY KEY,
    name text NOT NULL,
    organisation text NOT NULL,
    email text NOT NULL,
    purpose text NOT NULL,
    plan text NOT NULL,
    terms text NOT NULL,  -- the accepted version
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE api_key (
    id text PRIMARY KEY,
    account_id text NOT NULL REFERENCES account ON DELETE CASCADE,
    sha256 text NOT NULL UNIQUE CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    services text[] NOT NULL,  -- that it opens, all if empty
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX api_key_account ON api_key (account_id);
CREATE INDEX api_key_changed ON api_key (changed_at);
"""
# Counters are updated constantly and needed for a day at most. Unlogged tables write no WAL; they
# are empty after a crash of the server.
_COUNTERS = """
CREATE UNLOGGED TABLE plan_bucket (
    account text NOT NULL,
    class text NOT NULL,              -- of routes (PlanClass)
    tokens double precision NOT NULL, -- left at the instant `at`
    at timestamptz NOT NULL,
    day bigint NOT NULL,              -- UTC days since 1970
    used bigint NOT NULL,             -- requests of that day
    granted integer NOT NULL,         -- tokens of the last lease
    PRIMARY KEY (account, class)
) WITH (fillfactor = 50);
CREATE UNLOGGED TABLE open_stream (
    account text NOT NULL,
    replica text NOT NULL,
    open integer NOT NULL,
    seen_at timestamptz NOT NULL,     -- the last report of the replica
    PRIMARY KEY (account, replica)
);
CREATE INDEX open_stream_replica ON open_stream (replica);
"""


def upgrade() -> None:
    run_sql(_KEYS)
    run_sql(_COUNTERS)
