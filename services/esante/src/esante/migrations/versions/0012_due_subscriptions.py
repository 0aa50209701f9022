"""The index of the subscriptions that are due, by origin and account, which take turns."""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0012", "0011"

_INDEX: Final = """
CREATE INDEX IF NOT EXISTS subscription_due_by_account
    ON subscription (origin, (author ->> 'account'), (failures > 0), due)
    WHERE due < 'infinity'
"""


def upgrade() -> None:
    run_sql(_INDEX)
