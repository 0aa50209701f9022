"""`invitation.place`: the place of the people who are invited, in a trial that draws places; never
changed. NULL: each person states theirs."""

from socle.postgres import run_sql

revision, down_revision = "0020", "0019"


def upgrade() -> None:
    run_sql('ALTER TABLE invitation ADD COLUMN IF NOT EXISTS place text COLLATE "C"')
