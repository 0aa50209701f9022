"""The slots that appointments hold, and what the rules of home care have read and raised."""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0017", "0016"

# reading: what one resource says to one input of the rules. refused: why it is not usable.
# alert: the state of one rule for one patient. due: when the rules of a patient are evaluated next.
_TABLES: Final = """
CREATE TABLE held_slot (
    slot text COLLATE "C" PRIMARY KEY,
    appointment text COLLATE "C" NOT NULL
);
CREATE INDEX held_slot_of ON held_slot (appointment);
CREATE TABLE home_care_patient (
    patient text COLLATE "C" PRIMARY KEY,
    due timestamptz NOT NULL,
    notified_on date,
    notified integer NOT NULL DEFAULT 0
);
CREATE INDEX home_care_patient_due ON home_care_patient (due);
CREATE TABLE home_care_reading (
    type text NOT NULL,
    id text COLLATE "C" NOT NULL,
    input text NOT NULL,
    patient text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    value numeric,
    refused text,
    PRIMARY KEY (type, id, input)
);
CREATE INDEX home_care_reading_of ON home_care_reading (patient);
CREATE TABLE home_care_alert (
    patient text COLLATE "C" NOT NULL,
    rule text NOT NULL,
    state text NOT NULL,
    episode integer NOT NULL,
    since timestamptz NOT NULL,
    message text NOT NULL,
    written timestamptz NOT NULL,
    notified timestamptz,
    PRIMARY KEY (patient, rule)
);
"""
# Of two stored appointments of one slot, the older one has it. Absolute references count from their
# next version on.
_HOLD_STORED: Final = r"""
INSERT INTO held_slot (slot, appointment)
SELECT DISTINCT ON (slot) slot, id FROM (
    SELECT r.id, r.updated, substring(
        s ->> 'reference' FROM '^Slot/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?$'
    ) AS slot
    FROM resource r,
        jsonb_array_elements(coalesce(r.content::jsonb -> 'slot', '[]'::jsonb)) AS s
    WHERE r.type = 'Appointment' AND r.content::jsonb ->> 'status'
        IN ('pending', 'booked', 'arrived', 'checked-in', 'fulfilled')
) held
WHERE slot IS NOT NULL ORDER BY slot, updated"""


def upgrade() -> None:
    run_sql(_TABLES)
    run_sql(_HOLD_STORED)
