"""A page of a search with chains: what they lead to is looked up, then the page is planned."""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0014", "0013"

# `lookup` and `page` are templates of `format`, which quotes the values. STABLE: both see one
# snapshot, that of the calling statement. A lookup is NULL if it finds too much.
_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION joined_page(
    lookup text, lookup_values text[], page text, page_values text[], otherwise text
) RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$
DECLARE
    found text[];
BEGIN
    EXECUTE format(lookup, VARIADIC lookup_values) INTO found;
    IF array_position(found, NULL) IS NULL THEN
        RETURN QUERY EXECUTE format(page, VARIADIC page_values || found);
    ELSE
        RETURN QUERY EXECUTE otherwise;
    END IF;
END $$"""


def upgrade() -> None:
    run_sql(_FUNCTION)
