"""Subscriptions whose criteria are tried for every change, which are few for one account."""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0009", "0008"

_COLUMN: Final = (
    "ALTER TABLE subscription ADD COLUMN IF NOT EXISTS unindexed boolean NOT NULL DEFAULT false"
)


def upgrade() -> None:
    run_sql(_COLUMN)
