"""Proposed amendments, and consents that cover nothing more since their terms changed.

`consent.lapsed_at`: from then on the consent covers nothing; the person can agree to the new terms,
or withdraw. `cohort.observed_from`: their observation began afresh, so earlier exposures do not
start it. `pilot.pause_reason`: public. `report.paused_trial`: whether that incident
paused it. A pilot that covers `/fhir` concerns health, whatever was declared: those whose trial was
not opened get that field here, the others keep the one that their decisions contain.
"""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0012", "0011"

_AMENDMENT: Final = """
CREATE TABLE amendment (
    pilot_id text COLLATE "C" PRIMARY KEY REFERENCES pilot,
    content jsonb NOT NULL,          -- the protocol, with the number of its version
    digest text NOT NULL,
    processing jsonb NOT NULL,       -- the entry of the register that applies with it
    reason text NOT NULL,
    proposed_at timestamptz NOT NULL,
    proposed_by text NOT NULL
);
"""
_CONSENT: Final = """
ALTER TABLE consent ADD COLUMN lapsed_at timestamptz CHECK (lapsed_at >= given_at);
DROP INDEX consent_standing;
CREATE UNIQUE INDEX consent_standing ON consent (pilot_id, pseudonym) INCLUDE (given_at)
    WHERE withdrawn_at IS NULL AND lapsed_at IS NULL;
DROP TRIGGER consent_ends_once ON consent;
CREATE TRIGGER consent_ends_once BEFORE UPDATE ON consent
    FOR EACH ROW WHEN (
        OLD.withdrawn_at IS NOT NULL
        OR (OLD.lapsed_at IS NOT NULL AND NEW.lapsed_at IS DISTINCT FROM OLD.lapsed_at)
        OR (NEW.withdrawn_at IS NULL AND NEW.lapsed_at IS NOT DISTINCT FROM OLD.lapsed_at)
        OR (NEW.consent_id, NEW.record_id, NEW.pilot_id, NEW.pseudonym, NEW.given_at,
            NEW.notice_version, NEW.protocol_version, NEW.means)
        IS DISTINCT FROM (OLD.consent_id, OLD.record_id, OLD.pilot_id, OLD.pseudonym, OLD.given_at,
            OLD.notice_version, OLD.protocol_version, OLD.means)
    ) EXECUTE FUNCTION refuse_change();
ALTER TABLE cohort ADD COLUMN observed_from timestamptz;
"""
_PAUSES: Final = """
ALTER TABLE pilot ADD COLUMN pause_reason text NOT NULL DEFAULT '';
ALTER TABLE report ADD COLUMN paused_trial boolean NOT NULL DEFAULT false;
CREATE INDEX report_pausing ON report (pilot_id, stopped_at) WHERE paused_trial;
"""
_HEALTH: Final = """
UPDATE pilot SET field = 'both' FROM protocol
WHERE protocol.pilot_id = pilot.pilot_id AND version = protocol_version AND field = 'mobilite'
    AND trial_at IS NULL AND EXISTS (
        SELECT FROM jsonb_array_elements_text(content -> 'routes') AS route
        WHERE route = '/fhir' OR route LIKE '/fhir/%');
"""


def upgrade() -> None:
    run_sql(_AMENDMENT)
    run_sql(_CONSENT)
    run_sql(_PAUSES)
    run_sql(_HEALTH)
