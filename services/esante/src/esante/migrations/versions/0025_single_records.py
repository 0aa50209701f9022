"""Faster work on single records: an index of openings by record and member, with which a search
looks them up, and space on the pages of resources, so that an update stays on the page of what it
replaces."""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0025", "0024"

# It replaces the index of the records of CareTeams.
_INDEX: Final = """
CREATE INDEX IF NOT EXISTS record_opening_of
    ON record_opening (element, member) INCLUDE (starts, ends);
DROP INDEX IF EXISTS record_opening_element
"""
# An update on the same page, which changes no key, leaves all indexes of the resource as they are
# (a heap-only tuple). Resources that nobody changes need no space.
_UNCHANGED: Final = ("resource_auditevent", "resource_provenance")
_SET: Final = """
DO $$
DECLARE one regclass;
BEGIN
    FOR one IN SELECT relid FROM pg_partition_tree('resource')
        WHERE isleaf AND relid::text NOT IN {unchanged}
    LOOP
        EXECUTE format('ALTER TABLE %s SET (fillfactor = 80)', one);
    END LOOP;
END $$"""


def upgrade() -> None:
    run_sql(_INDEX)
    run_sql(_SET.format(unchanged=_UNCHANGED))
