"""Participants: notices, enrolment codes, consents and their periods.

No table contains a participant's name or subject: a consent has the pseudonym of the person in one
pilot. Triggers prevent changes of ended periods and published notices.
"""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0002", "0001"

_TABLES: Final = """
CREATE TABLE notice (
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    version text COLLATE "C" NOT NULL,
    content jsonb NOT NULL,
    digest text NOT NULL,            -- SHA-256 of content, in hexadecimal
    published_at timestamptz NOT NULL,
    published_by text NOT NULL,
    PRIMARY KEY (pilot_id, version)
);
CREATE INDEX notice_latest ON notice (pilot_id, published_at DESC);
CREATE TABLE invitation (
    invitation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    label text NOT NULL,
    uses integer NOT NULL CHECK (uses > 0),          -- of each of its codes, at most
    made_at timestamptz NOT NULL,
    made_by text NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX invitation_of_pilot ON invitation (pilot_id, invitation_id DESC);
CREATE TABLE enrolment_code (
    digest bytea PRIMARY KEY,        -- HMAC-SHA256 with a key that is not in the database
    invitation_id bigint NOT NULL REFERENCES invitation ON DELETE CASCADE,
    used integer NOT NULL DEFAULT 0
);
CREATE INDEX enrolment_code_of ON enrolment_code (invitation_id);
CREATE TABLE consent (
    consent_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record_id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    pilot_id text COLLATE "C" NOT NULL,
    pseudonym bytea NOT NULL CHECK (octet_length(pseudonym) = 32),
    given_at timestamptz NOT NULL,
    withdrawn_at timestamptz CHECK (withdrawn_at >= given_at),  -- NULL: active
    notice_version text COLLATE "C" NOT NULL,
    protocol_version integer NOT NULL,
    means text NOT NULL CHECK (means IN ('account', 'device')),
    FOREIGN KEY (pilot_id, notice_version) REFERENCES notice,
    FOREIGN KEY (pilot_id, protocol_version) REFERENCES protocol
);
CREATE UNIQUE INDEX consent_standing ON consent (pilot_id, pseudonym) INCLUDE (given_at)
    WHERE withdrawn_at IS NULL;
CREATE INDEX consent_of_person ON consent (pilot_id, pseudonym, consent_id);
"""
_FROZEN: Final = """
CREATE TRIGGER notice_stays BEFORE UPDATE OR DELETE ON notice
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER notice_is_kept BEFORE TRUNCATE ON notice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER consent_ends_once BEFORE UPDATE ON consent
    FOR EACH ROW WHEN (
        OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
        OR (NEW.consent_id, NEW.record_id, NEW.pilot_id, NEW.pseudonym, NEW.given_at,
            NEW.notice_version, NEW.protocol_version, NEW.means)
        IS DISTINCT FROM (OLD.consent_id, OLD.record_id, OLD.pilot_id, OLD.pseudonym, OLD.given_at,
            OLD.notice_version, OLD.protocol_version, OLD.means)
    ) EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    run_sql(_TABLES)
    run_sql(_FROZEN)
