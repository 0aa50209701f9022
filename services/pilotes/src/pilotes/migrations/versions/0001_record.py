"""The record: pilots, protocols, evidence, memberships, decisions; the outbox.

Decisions, evidence and frozen protocols cannot be changed: triggers refuse it, and `python -m
pilotes verify` finds changes that bypassed them.
"""

from typing import Final

from socle.outbox import DDL_V1
from socle.postgres import run_sql

revision, down_revision = "0001", None

_TABLES: Final = """
CREATE TABLE pilot (
    pilot_id text COLLATE "C" PRIMARY KEY CHECK (pilot_id ~ '^[a-z][a-z0-9-]{0,47}$'),
    revision integer NOT NULL,
    stage text NOT NULL CHECK (stage IN ('idea', 'codesign', 'ready', 'opinion', 'trial',
        'evaluation', 'generalise', 'iterate', 'stop', 'closed')),
    paused boolean NOT NULL DEFAULT false,
    field text NOT NULL CHECK (field IN ('esante', 'mobilite', 'both')),
    title text NOT NULL,
    description jsonb NOT NULL,
    processing jsonb NOT NULL,
    salt bytea,                      -- sealed with PILOTES_KEY; NULL once it is destroyed
    protocol_version integer,        -- the one in force; NULL before the first
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    trial_at timestamptz,            -- when its trial was opened for the first time
    closed_at timestamptz
);
CREATE TABLE protocol (
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    version integer NOT NULL,
    content jsonb NOT NULL,
    digest text NOT NULL,
    reason text NOT NULL,            -- of the amendment; empty for the first version
    written_at timestamptz NOT NULL,
    written_by text NOT NULL,
    frozen_at timestamptz,           -- never changed from then on
    PRIMARY KEY (pilot_id, version)
);
CREATE TABLE evidence (
    evidence_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    kind text NOT NULL,
    protocol_version integer,        -- the one it concerns, if any
    content jsonb NOT NULL,
    digest text NOT NULL,
    given_at timestamptz NOT NULL,
    given_by text NOT NULL,
    given_as text NOT NULL           -- the role in which they gave it
);
CREATE INDEX evidence_of_pilot ON evidence (pilot_id, kind, evidence_id);
CREATE TABLE membership (
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    subject text COLLATE "C" NOT NULL,
    role text NOT NULL CHECK (role IN ('project_holder', 'crnum_member', 'partner')),
    name text NOT NULL,
    given_at timestamptz NOT NULL,
    given_by text NOT NULL,
    PRIMARY KEY (pilot_id, subject)
);
CREATE INDEX membership_of_subject ON membership (subject);
CREATE TABLE decision (
    number bigint PRIMARY KEY,       -- 1, 2, 3…: one chain for all pilots together
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    jws text NOT NULL,               -- the signed statement (RFC 7515, compact)
    previous text NOT NULL,          -- hash of the decision before; empty for the first
    hash text NOT NULL UNIQUE        -- SHA-256 of jws, in hexadecimal
);
CREATE INDEX decision_of_pilot ON decision (pilot_id, number);
"""
# TRUNCATE fires statement triggers only.
_FROZEN: Final = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER decision_stays BEFORE UPDATE OR DELETE ON decision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_is_kept BEFORE TRUNCATE ON decision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON evidence
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER evidence_is_kept BEFORE TRUNCATE ON evidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER protocol_stays BEFORE UPDATE OR DELETE ON protocol
    FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER protocol_is_kept BEFORE TRUNCATE ON protocol
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER pilot_stays BEFORE DELETE ON pilot
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    run_sql(_TABLES)
    run_sql(_FROZEN)
    run_sql(DDL_V1)
