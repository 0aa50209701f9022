"""The log of accepted facts of the trials, and what is derived from it.

Rows of `exposure` and `use` are only added; a withdrawal deletes a person's rows in both.
`cohort.arm` and `cohort.first_exposure` follow from `exposure`, in whatever order it was filled.
"""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0003", "0002"

_LOG: Final = """
CREATE TABLE cohort (
    participant bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    pseudonym bytea NOT NULL,
    first_exposure timestamptz,      -- NULL: was never reached by the pilot
    arm text COLLATE "C",            -- of their first exposure
    UNIQUE (pilot_id, pseudonym)
);
CREATE TABLE exposure (
    participant bigint NOT NULL REFERENCES cohort,
    at timestamptz NOT NULL,
    arm text COLLATE "C" NOT NULL,
    PRIMARY KEY (participant, at, arm)
);
-- Thousands of rows a second: no reference is checked, and what is written is narrow.
CREATE TABLE use (
    participant bigint NOT NULL,
    at timestamptz NOT NULL,         -- whole seconds, rounded down
    bytes bigint NOT NULL,
    seconds double precision NOT NULL,
    count bigint NOT NULL,           -- exchanges
    useful boolean NOT NULL,
    fact text COLLATE "C",
    arm text COLLATE "C" NOT NULL,   -- as served: the control one during a pause
    pilot_id text COLLATE "C" NOT NULL
);
CREATE INDEX use_of_participant ON use (pilot_id, participant);
-- One row a replica for ever: the numbers of its records are one range, but for what is lost.
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
    said text NOT NULL,
    reporter text NOT NULL,          -- a digest that the pilot's salt makes: nobody by name
    role text NOT NULL,
    reported_at timestamptz NOT NULL,
    stopped_at timestamptz,          -- of a severe one: its pilot was stopped, or did not run
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
    scores jsonb NOT NULL,           -- numbers by sus, nps or question
    texts jsonb NOT NULL,            -- free texts by question
    PRIMARY KEY (participant, survey_id, occasion),
    FOREIGN KEY (pilot_id, survey_id) REFERENCES survey
);
CREATE INDEX survey_answer_of_pilot ON survey_answer (pilot_id, survey_id);
"""


def upgrade() -> None:
    run_sql(_LOG)
    run_sql(_REPORTS)
    run_sql(_SURVEYS)
