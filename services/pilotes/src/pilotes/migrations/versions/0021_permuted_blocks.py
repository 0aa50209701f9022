"""Permuted blocks: the arm that a consent was drawn, and how many people were drawn in each
stratum.

`consent.arm` is never changed; NULL: the pilot does not draw in blocks. An answer is stored only
while a second signature is awaited, in `joint_consent.stratum`: a period has the arm, and no table
links a person to their stratum.
"""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0021", "0020"

_DRAWN: Final = """
CREATE TABLE IF NOT EXISTS drawn_people (
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    stratum text COLLATE "C" NOT NULL,       -- empty: the trial has no question
    people integer NOT NULL CHECK (people > 0),  -- those who withdrew or were erased too
    PRIMARY KEY (pilot_id, stratum)
);
ALTER TABLE joint_consent ADD COLUMN IF NOT EXISTS stratum text COLLATE "C"
    CHECK (stratum IS NULL OR pending);
"""
_ARM: Final = """
ALTER TABLE consent ADD COLUMN IF NOT EXISTS arm text COLLATE "C";
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
            NEW.mandate, NEW.reading, NEW.place, NEW.arm)
        IS DISTINCT FROM (OLD.consent_id, OLD.record_id, OLD.pilot_id, OLD.pseudonym, OLD.given_at,
            OLD.notice_version, OLD.protocol_version, OLD.means, OLD.capacity, OLD.assisted_by,
            OLD.mandate, OLD.reading, OLD.place, OLD.arm)
    ) EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    run_sql(_DRAWN)
    run_sql(_ARM)
