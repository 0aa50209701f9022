"""The proof of each erasure at the end of a retention period; it contains nothing of the erased
facts."""

from socle.postgres import run_sql

revision, down_revision = "0005", "0004"


def upgrade() -> None:
    run_sql("""
CREATE TABLE forgetting (
    forgetting_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pilot_id text COLLATE "C" NOT NULL REFERENCES pilot,
    at timestamptz NOT NULL,
    retention_days integer NOT NULL,
    ended_at timestamptz NOT NULL,   -- when the retention period began
    rows bigint NOT NULL             -- number of rows erased
);
CREATE TRIGGER forgetting_stays BEFORE UPDATE OR DELETE ON forgetting
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER forgetting_is_kept BEFORE TRUNCATE ON forgetting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
""")
