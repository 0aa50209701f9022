"""The changes of what opens records: a revision of each person's open records. And the array of
thousands of open records in a search."""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0018", "0017"

# A random number for each change of what opens records to a member; their XOR is the revision of
# the member (`store.adapters.revision_sql`). Rows are added only, so that no writer waits for
# another. '' is a member of every person's: provisions of Consents can concern anybody, and so can
# openings that name a profession.
_TABLES: Final = """
CREATE TABLE access_change (
    member text COLLATE "C" NOT NULL,
    token bigint NOT NULL
);
CREATE INDEX access_change_member ON access_change (member) INCLUDE (token);
"""
_FUNCTIONS: Final = """
CREATE OR REPLACE FUNCTION add_opening_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO access_change (member, token)
    SELECT member, hashtextextended(gen_random_uuid()::text, 0)
    FROM (SELECT DISTINCT CASE WHEN member LIKE '%profession:%' THEN '' ELSE member END AS member
          FROM changed) AS m;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION add_provision_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO access_change (member, token)
    SELECT '', hashtextextended(gen_random_uuid()::text, 0) WHERE EXISTS (SELECT FROM changed);
    RETURN NULL;
END $$;
"""
# One trigger for each event: several in one have no transition table.
_TRIGGERS: Final = "".join(
    f"CREATE TRIGGER {table}_{event.lower()}_{rows.lower()} AFTER {event} ON {table}"
    f" REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION {function}();"
    for table, function in (
        ("record_opening", "add_opening_change"),
        ("record_provision", "add_provision_change"),
    )
    for event, rows in (
        ("INSERT", "NEW"),
        ("UPDATE", "OLD"),
        ("UPDATE", "NEW"),
        ("DELETE", "OLD"),
    )
)

# A cast of its own is not immutable, and the array not a constant, which is hashed.
_ARRAY: Final = """
CREATE OR REPLACE FUNCTION bigint_array(text) RETURNS bigint[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT $1::bigint[]'"""


def upgrade() -> None:
    run_sql(_TABLES)
    run_sql(_FUNCTIONS)
    run_sql(_TRIGGERS)
    run_sql(_ARRAY)
