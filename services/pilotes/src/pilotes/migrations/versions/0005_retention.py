"""The proof of each erasure at the end of a retention period, without what was erased."""

from socle.postgres import run_sql

revision, down_revision = "0005", "0004"


def upgrade() -> None:
    run_sql("""
CREATE TABLE forgetting (
    forgetting_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    at timestamptz NOT NULL,
    retention_days integer NOT NULL,
    ended_at timestamptz NOT NULL,   -- what the days count from
    rows bigint NOT NULL             -- of people's facts
);
CREATE TRIGGER forgetting_stays BEFORE UPDATE OR DELETE ON forgetting
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER forgetting_is_kept BEFORE TRUNCATE ON forgetting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
""")
