"""`consent.place`: the place that a participant belongs to, in a trial that draws places; never
changed. NULL: each person is drawn."""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0013", "0012"

_PLACE: Final = """
ALTER TABLE consent ADD COLUMN IF NOT EXISTS place text COLLATE "C";
DROP TRIGGER IF EXISTS consent_ends_once ON consent;
CREATE TRIGGER consent_ends_once BEFORE UPDATE ON consent
    FOR EACH ROW WHEN (
        OLD.withdrawn_at IS NOT NULL
        OR (OLD.lapsed_at IS NOT NULL AND NEW.lapsed_at IS DISTINCT FROM OLD.lapsed_at)
        OR (NEW.withdrawn_at IS NULL AND NEW.lapsed_at IS NOT DISTINCT FROM OLD.lapsed_at)
        OR (NEW.consent_id, NEW.record_id, NEW.pilot_id, NEW.pseudonym, NEW.given_at,
            NEW.notice_version, NEW.protocol_version, NEW.means, NEW.place)
        IS DISTINCT FROM (OLD.consent_id, OLD.record_id, OLD.pilot_id, OLD.pseudonym, OLD.given_at,
            OLD.notice_version, OLD.protocol_version, OLD.means, OLD.place)
    ) EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    run_sql(_PLACE)
