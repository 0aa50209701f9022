"""The processor time of uses, where it was measured."""

from socle.postgres import run_sql

revision, down_revision = "0008", "0007"


def upgrade() -> None:
    # Four bytes are as precise as the measurement.
    run_sql("ALTER TABLE use ADD COLUMN cpu_seconds real")
