"""Promises to participants: who decides and signs, restriction, receipts, the reading they chose.

A joint consent is no row of `consent` before both have signed: nothing can count it. Restricted
facts are in a table that no figure reads.
"""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0015", "0013"

_CAPACITY: Final = """
ALTER TABLE consent
    ADD COLUMN IF NOT EXISTS capacity text NOT NULL DEFAULT 'self'
        CHECK (capacity IN ('self', 'child', 'represented')),
    ADD COLUMN IF NOT EXISTS assisted_by text
        CHECK (assisted_by IN ('person_of_trust', 'curator', 'relative')),
    ADD COLUMN IF NOT EXISTS mandate jsonb,        -- of the second signer: type, scope, ends_on
    ADD COLUMN IF NOT EXISTS reading text NOT NULL DEFAULT 'plain'
        CHECK (reading IN ('plain', 'easy', 'english')),
    ADD COLUMN IF NOT EXISTS restricted_at timestamptz CHECK (restricted_at >= lapsed_at),
    ADD CHECK (restricted_at IS NULL OR lapsed_at IS NOT NULL),
    ADD CHECK ((mandate IS NULL) = (capacity = 'self'));
CREATE TABLE IF NOT EXISTS joint_consent (
    pilot_id text COLLATE "C" NOT NULL,
    pseudonym bytea NOT NULL CHECK (octet_length(pseudonym) = 32),
    digest bytea NOT NULL UNIQUE,    -- of the second signer's code, with a key not in the database
    capacity text NOT NULL CHECK (capacity IN ('child', 'represented')),
    assisted_by text CHECK (assisted_by IN ('person_of_trust', 'curator', 'relative')),
    notice_version text COLLATE "C" NOT NULL,
    protocol_version integer NOT NULL,
    means text NOT NULL CHECK (means IN ('account', 'device')),
    reading text NOT NULL CHECK (reading IN ('plain', 'easy', 'english')),
    started_at timestamptz NOT NULL,
    place text COLLATE "C",          -- as `consent.place`
    pending boolean NOT NULL,        -- whether the second signature is awaited
    PRIMARY KEY (pilot_id, pseudonym),
    FOREIGN KEY (pilot_id, notice_version) REFERENCES notice,
    FOREIGN KEY (pilot_id, protocol_version) REFERENCES protocol
);
"""
_RESTRICTED: Final = """
CREATE TABLE IF NOT EXISTS restricted_fact (
    pilot_id text COLLATE "C" NOT NULL,
    pseudonym bytea NOT NULL CHECK (octet_length(pseudonym) = 32),
    restricted_at timestamptz NOT NULL,
    content jsonb NOT NULL           -- as the person exports it
);
CREATE INDEX IF NOT EXISTS restricted_fact_of ON restricted_fact (pilot_id, pseudonym);
"""
_RECEIPTS: Final = """
CREATE TABLE IF NOT EXISTS receipt (
    locator bytea PRIMARY KEY,       -- follows from the participant's code and the pilot
    sealed bytea NOT NULL            -- with a key that follows from the same, and is not stored
);
"""
_ENDS_ONCE: Final = """
DROP TRIGGER IF EXISTS consent_ends_once ON consent;
CREATE TRIGGER consent_ends_once BEFORE UPDATE ON consent
    FOR EACH ROW WHEN (
        OLD.withdrawn_at IS NOT NULL
        OR (OLD.lapsed_at IS NOT NULL AND NEW.lapsed_at IS DISTINCT FROM OLD.lapsed_at)
        OR (OLD.restricted_at IS NOT NULL
            AND NEW.restricted_at IS DISTINCT FROM OLD.restricted_at)
        OR (NEW.withdrawn_at IS NULL
            AND (NEW.lapsed_at, NEW.restricted_at)
            IS NOT DISTINCT FROM (OLD.lapsed_at, OLD.restricted_at))
        OR (NEW.consent_id, NEW.record_id, NEW.pilot_id, NEW.pseudonym, NEW.given_at,
            NEW.notice_version, NEW.protocol_version, NEW.means, NEW.capacity, NEW.assisted_by,
            NEW.mandate, NEW.reading, NEW.place)
        IS DISTINCT FROM (OLD.consent_id, OLD.record_id, OLD.pilot_id, OLD.pseudonym, OLD.given_at,
            OLD.notice_version, OLD.protocol_version, OLD.means, OLD.capacity, OLD.assisted_by,
            OLD.mandate, OLD.reading, OLD.place)
    ) EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    run_sql(_CAPACITY)
    run_sql(_RESTRICTED)
    run_sql(_RECEIPTS)
    run_sql(_ENDS_ONCE)
