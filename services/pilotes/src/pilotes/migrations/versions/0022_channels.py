"""How messages reach somebody: by e-mail, or as notifications of a browser (Web Push)."""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0022", "0021"

_CHANNEL: Final = """
ALTER TABLE recipient ADD COLUMN IF NOT EXISTS channel text NOT NULL DEFAULT 'mail'
    CHECK (channel IN ('mail', 'push'));   -- of the address, also once it is erased
"""


def upgrade() -> None:
    run_sql(_CHANNEL)
