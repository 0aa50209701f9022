"""Pilots store when their state became `closed`, which is before their record is closed.

That of earlier pilots is in the chain of decisions: their first step after the trial was opened.
Without a trial it is their last step before the record was closed.
"""

from socle.postgres import run_sql

revision, down_revision = "0011", "0010"


def upgrade() -> None:
    run_sql("""
ALTER TABLE pilot ADD COLUMN finished_at timestamptz;
UPDATE pilot SET finished_at = coalesce(
    (SELECT min(at) FROM decision
        WHERE decision.pilot_id = pilot.pilot_id AND kind = 'stage' AND at > trial_at),
    (SELECT max(at) FROM decision
        WHERE decision.pilot_id = pilot.pilot_id AND kind = 'stage'
            AND (closed_at IS NULL OR at < closed_at)),
    closed_at, changed_at)
WHERE stage IN ('evaluation', 'generalise', 'iterate', 'stop', 'closed');
""")
