"""The log of accepted facts of the trials, and what is derived from it.

Rows of `exposure` and `use` are only added; a withdrawal deletes a person's rows in both.
`cohort.arm` and `cohort.first_exposure` are derived from `exposure`, and do not depend on the order
in which its rows were added.
"""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0003", "0002"

_LOG: Final = """
CREATE TABLE cohort (
    participant bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    pseudonym bytea NOT NULL,
    first_exposure timestamptz,      -- NULL: not exposed yet
    arm text COLLATE "C",            -- of their first exposure
    UNIQUE (pilot_id, pseudonym)
);
CREATE TABLE exposure (
    participant bigint NOT NULL REFERENCES cohort,
    at timestamptz NOT NULL,
    arm text COLLATE "C" NOT NULL,
    PRIMARY KEY (participant, at, arm)
);
-- One row for each person, arm, status and fact of a gateway record. Thousands of inserts per
-- second: no foreign keys, and few narrow columns.
CREATE TABLE use (
    participant bigint NOT NULL,
    at timestamptz NOT NULL,         -- whole seconds, rounded down
    bytes bigint NOT NULL,
    seconds double precision NOT NULL,  -- the gateway's time for all of them
    count bigint NOT NULL,           -- requests
    useful boolean NOT NULL,         -- answered without an error
    fact text COLLATE "C",           -- the usage fact the responses declared, if any
    arm text COLLATE "C" NOT NULL,   -- the arm that was served; the control arm during a pause
    pilot_id text COLLATE "C" NOT NULL
);
CREATE INDEX use_of_participant ON use (pilot_id, participant);
-- One row per gateway replica, never deleted. sequences: the numbers of its stored records, a
-- single range unless records are missing. stopped: its last record announced a normal end.
CREATE TABLE heard_replica (
    replica text COLLATE "C" PRIMARY KEY,
    sequences int8multirange NOT NULL,
    stopped boolean NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
"""
_REPORTS: Final = """
CREATE TABLE report (
    report_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    kind text NOT NULL CHECK (kind IN ('incident', 'accessibility', 'comment')),
    severity text CHECK (severity IN ('minor', 'moderate', 'severe')),
    said text NOT NULL,              -- what the reporter wrote
    reporter text NOT NULL,          -- keyed digest of the reporter's subject (reporter_name)
    role text NOT NULL,
    reported_at timestamptz NOT NULL,
    -- of a severe incident: when its pilot was paused, or found not running
    stopped_at timestamptz,
    CHECK ((kind = 'incident') = (severity IS NOT NULL))
);
CREATE INDEX report_of_pilot ON report (pilot_id, report_id DESC);
CREATE INDEX report_of_reporter ON report (pilot_id, reporter, reported_at);
CREATE INDEX report_stopping ON report (report_id)
    WHERE severity = 'severe' AND stopped_at IS NULL;
"""
_SURVEYS: Final = """
CREATE TABLE survey (
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    survey_id text COLLATE "C" NOT NULL,
    content jsonb NOT NULL,
    written_at timestamptz NOT NULL,
    written_by text NOT NULL,
    PRIMARY KEY (pilot_id, survey_id)
);
CREATE TABLE survey_answer (
    participant bigint NOT NULL REFERENCES cohort,
    pilot_id text COLLATE "C" NOT NULL,
    survey_id text COLLATE "C" NOT NULL,
    occasion text COLLATE "C" NOT NULL,
    answered_at timestamptz NOT NULL,
    scores jsonb NOT NULL,           -- by "sus", "nps" or question id: a number
    texts jsonb NOT NULL,            -- by question id: a free text
    PRIMARY KEY (participant, survey_id, occasion),
    FOREIGN KEY (pilot_id, survey_id) REFERENCES survey
);
CREATE INDEX survey_answer_of_pilot ON survey_answer (pilot_id, survey_id);
"""


def upgrade() -> None:
    run_sql(_LOG)
    run_sql(_REPORTS)
    run_sql(_SURVEYS)
