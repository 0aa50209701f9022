"""What is written by page: questionnaires, and roles that a person accepts.

`survey.revision`: how often a questionnaire was written, so that the second of two editors
overwrites nothing. `role_invitation`: links to a role in a pilot, by a digest of their last part;
deleted with the salt.
"""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0023", "0022"

_INVITATIONS: Final = """
CREATE TABLE IF NOT EXISTS role_invitation (
    invitation_id text COLLATE "C" PRIMARY KEY,  -- SHA-256, in hexadecimal
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    role text NOT NULL,
    name text NOT NULL,        -- the one that the team uses for the person
    inviter text NOT NULL,     -- the name of the coordinator, for the person
    invited_by text NOT NULL,  -- their subject
    invited_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'withdrawn')),
    settled_at timestamptz CHECK ((settled_at IS NULL) = (state = 'open'))
);
CREATE INDEX IF NOT EXISTS role_invitation_by_pilot ON role_invitation (pilot_id, invited_at);
"""


def upgrade() -> None:
    run_sql("ALTER TABLE survey ADD COLUMN IF NOT EXISTS revision integer NOT NULL DEFAULT 1")
    run_sql(_INVITATIONS)
