"""Who was disclosed with whom is stored at less than half the cost.

A foreign key checked and locked a row of `cohort` for each of tens of thousands of people. They are
read and stored in one transaction, which shares the lock that an erasure holds alone: they exist.
What the key did for a withdrawal is done by a trigger.
"""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0024", "0023"

_LEAVING: Final = """
CREATE FUNCTION remove_shown_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM shown_person WHERE participant = OLD.participant;
    RETURN NULL;
END $$;
CREATE TRIGGER cohort_leaves AFTER DELETE ON cohort
    FOR EACH ROW EXECUTE FUNCTION remove_shown_person();
"""


def upgrade() -> None:
    run_sql(_LEAVING)
    run_sql("ALTER TABLE shown_person DROP CONSTRAINT shown_person_participant_fkey")
    # Only the end of a retention period read it; every change of a tranche wrote it.
    run_sql("DROP INDEX shown_person_of_pilot")
