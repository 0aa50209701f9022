"""OAuth: authorization requests, launches, consents, grants, codes, tokens and revocations.

Codes, tokens, tickets and launch handles are stored as SHA-256: a copy of the database does not
contain any that could be used.
"""

from socle.postgres import run_sql

revision, down_revision = "0003", "0002"

_TABLES = """
CREATE TABLE authorizations_asked (
    ticket       bytea PRIMARY KEY,
    subject      text NOT NULL,
    client       text NOT NULL,
    redirect_uri text NOT NULL,
    state        text NOT NULL,
    scopes       text NOT NULL,
    challenge    text NOT NULL,
    nonce        text,
    launch       text,
    until        timestamptz NOT NULL
);
CREATE TABLE launches (
    handle    bytea PRIMARY KEY,
    subject   text NOT NULL,
    patient   text,
    encounter text,
    intent    text,
    until     timestamptz NOT NULL
);
CREATE TABLE consents (
    subject text NOT NULL,
    client  text NOT NULL,
    offered text NOT NULL,
    given   text NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (subject, client)
);
CREATE TABLE grants (
    id           text PRIMARY KEY,
    client       text NOT NULL,
    subject      text NOT NULL,
    role         text NOT NULL,
    scopes       text NOT NULL,
    patient      text,
    encounter    text,
    intent       text,
    organisation text,
    nonce        text,
    until        timestamptz NOT NULL,
    revoked      boolean NOT NULL DEFAULT false
);
CREATE INDEX grants_of ON grants (subject, client);
CREATE TABLE codes (
    code         bytea PRIMARY KEY,
    grant_id     text NOT NULL REFERENCES grants ON DELETE CASCADE,
    redirect_uri text NOT NULL,
    challenge    text NOT NULL,
    until        timestamptz NOT NULL,
    used         boolean NOT NULL DEFAULT false
);
CREATE INDEX codes_of ON codes (grant_id);
CREATE TABLE refresh_tokens (
    token    bytea PRIMARY KEY,
    grant_id text NOT NULL REFERENCES grants ON DELETE CASCADE,
    until    timestamptz NOT NULL,
    used     boolean NOT NULL DEFAULT false
);
CREATE INDEX refresh_tokens_of ON refresh_tokens (grant_id);
CREATE TABLE assertions_seen (
    client text NOT NULL,
    jti    text NOT NULL,
    until  timestamptz NOT NULL,
    PRIMARY KEY (client, jti)
);
CREATE TABLE revocations (
    reference text PRIMARY KEY,
    until     timestamptz NOT NULL
);
"""


def upgrade() -> None:
    run_sql(_TABLES)
