"""How many people each arm of a trial had reached, day by day.

`people` is exact: it is rounded down to a multiple of k before anybody reads it, and written only
once k more came than went, or the other way (`disclosure/domain/thresholds.py`).
"""

from socle.postgres import run_sql

revision, down_revision = "0017", "0016"


def upgrade() -> None:
    run_sql("""
CREATE TABLE IF NOT EXISTS recruitment (
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    arm text NOT NULL,
    day date NOT NULL,
    people integer NOT NULL CHECK (people >= 0),
    PRIMARY KEY (pilot_id, arm, day)
);
""")
