"""Indexes of the index tables, and of resources in the order of change."""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0002", "0001"

# They contain the id, so that index-only scans suffice.
_VALUES: Final = """
CREATE INDEX string_value_folded ON string_value (type, parameter, folded, id);
CREATE INDEX uri_value_value ON uri_value (type, parameter, value, id);
CREATE INDEX date_value_low ON date_value (type, parameter, low, id);
CREATE INDEX quantity_value_value ON quantity_value (type, parameter, value, id);
"""
# By main date, in the order of `_sort`: resources without one come last.
_PARTITIONS: Final = """
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT inhrelid::regclass::text FROM pg_inherits
        WHERE inhparent = 'resource'::regclass
    LOOP
        EXECUTE format('CREATE INDEX %1$s_updated ON %1$s (updated)', name);
        EXECUTE format('DROP INDEX %1$s_date', name);
        EXECUTE format(
            'CREATE INDEX %1$s_date ON %1$s (date_low DESC NULLS LAST, born DESC)', name);
    END LOOP;
END $$;
"""


def upgrade() -> None:
    run_sql(_VALUES)
    run_sql(_PARTITIONS)
