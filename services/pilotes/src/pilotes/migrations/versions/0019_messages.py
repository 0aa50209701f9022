"""Messages by e-mail: whom they are sent to, and each of them.

An address is in no other table, and sealed with a key that is not in the database. A row without
one remains while the person takes part: it limits what is sent to them.
"""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0019", "0018"

_RECIPIENTS: Final = """
CREATE TABLE IF NOT EXISTS recipient (
    recipient_id uuid PRIMARY KEY,
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    pseudonym bytea CHECK (octet_length(pseudonym) = 32),   -- of a participant
    subject text COLLATE "C",                               -- of a member of the team
    coordinator boolean NOT NULL DEFAULT false,
    topics text[] NOT NULL DEFAULT '{}',                    -- of a member of the team
    language text NOT NULL CHECK (language IN ('fr', 'en')),
    sealed bytea,                    -- the address; NULL once it is erased
    chosen_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    refused boolean NOT NULL DEFAULT false,  -- the mail server knew no such address
    confirmations_on date NOT NULL,  -- the day of the last link that was requested
    confirmations integer NOT NULL,  -- requested on that day
    CHECK ((pseudonym IS NULL) <> (subject IS NULL)),
    CHECK (confirmed_at IS NULL OR sealed IS NOT NULL),
    UNIQUE (pilot_id, pseudonym),
    UNIQUE (pilot_id, subject)
);
"""
# `deliveries` counts the attempts that can have arrived: the database itself refuses a second
# reminder on one day.
_MESSAGES: Final = """
CREATE TABLE IF NOT EXISTS message (
    message_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    recipient_id uuid NOT NULL REFERENCES recipient ON DELETE CASCADE,
    cause text COLLATE "C" NOT NULL,
    type text NOT NULL,
    opens date CHECK ((opens IS NULL) = (type <> 'reminder')),  -- of the questionnaire
    automatic boolean NOT NULL DEFAULT false,                   -- of a pause
    attempts integer NOT NULL DEFAULT 0,
    deliveries integer NOT NULL DEFAULT 0 CHECK (deliveries >= 0),
    attempted_on date,
    next_attempt timestamptz NOT NULL,
    sent_at timestamptz,
    UNIQUE (recipient_id, cause)
);
CREATE UNIQUE INDEX IF NOT EXISTS one_reminder_a_day ON message (recipient_id, attempted_on)
    WHERE type = 'reminder' AND deliveries > 0;
CREATE INDEX IF NOT EXISTS message_due ON message (next_attempt) WHERE sent_at IS NULL;
"""
# It outlives the recipients of a day: whoever withdraws and comes back is a new one.
_REQUESTS: Final = """
CREATE TABLE IF NOT EXISTS mail_request (
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),  -- of an address, with PILOTES_KEY
    day date NOT NULL,
    requests integer NOT NULL,                                -- of links to confirm it
    PRIMARY KEY (digest, day)
);
"""


def upgrade() -> None:
    run_sql(_RECIPIENTS)
    run_sql(_MESSAGES)
    run_sql(_REQUESTS)
