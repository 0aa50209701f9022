"""Disclosed figures of a pilot: the tranche of each person, and the published sums.

A withdrawal removes the person's tranche in the transaction that erases them. A closed pilot has no
salt and no withdrawals: its disclosed figures stay when the facts are erased.
"""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0004", "0003"

_TABLES: Final = """
CREATE TABLE shown_figures (
    pilot_id text COLLATE "C" PRIMARY KEY REFERENCES pilot,
    content jsonb NOT NULL,
    broken integer[] NOT NULL DEFAULT '{}',   -- tranches that lost a person since then
    sound boolean NOT NULL DEFAULT true,      -- no sample ratio mismatch was found
    looked_at timestamptz                     -- last update; NULL: none yet
);
CREATE TABLE shown_person (
    participant bigint PRIMARY KEY REFERENCES cohort ON DELETE CASCADE,
    pilot_id text COLLATE "C" NOT NULL REFERENCES shown_figures,
    tranche integer NOT NULL,                 -- 0: they wait for another one
    first integer NOT NULL                    -- the first tranche they were in
);
CREATE INDEX shown_person_of_pilot ON shown_person (pilot_id, tranche);
CREATE TABLE pilot_cost (
    cost_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    content jsonb NOT NULL,
    given_at timestamptz NOT NULL,
    given_by text NOT NULL
);
CREATE INDEX pilot_cost_of_pilot ON pilot_cost (pilot_id, cost_id DESC);
CREATE TRIGGER pilot_cost_stays BEFORE UPDATE OR DELETE ON pilot_cost
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
_LEAVING: Final = """
CREATE FUNCTION dissolve_tranche() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE shown_figures SET broken = array_append(broken, OLD.tranche)
    FROM pilot WHERE shown_figures.pilot_id = OLD.pilot_id AND pilot.pilot_id = OLD.pilot_id
        AND pilot.stage <> 'closed' AND NOT OLD.tranche = ANY(broken);
    RETURN NULL;
END $$;
CREATE TRIGGER shown_person_leaves AFTER DELETE ON shown_person
    FOR EACH ROW WHEN (OLD.tranche > 0) EXECUTE FUNCTION dissolve_tranche();
"""


def upgrade() -> None:
    run_sql(_TABLES)
    run_sql(_LEAVING)
