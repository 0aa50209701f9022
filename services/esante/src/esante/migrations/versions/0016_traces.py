"""Traces: one hash chain, which cannot be changed; its head, its anchor, and how much of each
journal is stored."""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0016", "0015"

_TABLES: Final = """
CREATE TABLE trace (
    number bigint PRIMARY KEY,       -- 1, 2, 3…: one chain for all processes
    at timestamptz NOT NULL,
    patients text[] NOT NULL,        -- derived from the record
    record bytea NOT NULL,           -- the exact bytes that are hashed
    hash bytea NOT NULL              -- SHA-256 of the previous hash and the record
);
CREATE INDEX trace_of_patient ON trace USING gin (patients);
CREATE INDEX trace_at ON trace USING brin (at);
-- One row each. `head`: the last trace. `anchor`: the last one that was pruned. `rendered`: traces
-- up to this one are AuditEvents.
CREATE TABLE trace_chain (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    head bigint NOT NULL,
    head_hash bytea NOT NULL,
    anchor bigint NOT NULL,
    anchor_hash bytea NOT NULL,
    rendered bigint NOT NULL
);
INSERT INTO trace_chain VALUES (true, 0, decode(repeat('00', 32), 'hex'), 0,
    decode(repeat('00', 32), 'hex'), 0);
CREATE TABLE trace_journal (
    journal uuid PRIMARY KEY,
    stored bigint NOT NULL,          -- bytes of the file that are in `trace`
    at timestamptz NOT NULL DEFAULT now()
);
"""
# TRUNCATE fires statement triggers only. Pruning deletes the oldest up to an anchor that it has
# recorded before, in the same transaction.
_FROZEN: Final = """
CREATE OR REPLACE FUNCTION refuse_trace_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.number <= (SELECT anchor FROM trace_chain) THEN RETURN OLD; END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER trace_stays BEFORE UPDATE OR DELETE ON trace
    FOR EACH ROW EXECUTE FUNCTION refuse_trace_change();
CREATE TRIGGER trace_is_retained BEFORE TRUNCATE ON trace
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_trace_change();
"""


def upgrade() -> None:
    run_sql(_TABLES)
    run_sql(_FROZEN)
