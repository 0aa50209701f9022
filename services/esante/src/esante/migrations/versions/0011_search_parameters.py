"""The search parameters that uploaded SearchParameters define."""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0011", "0010"

# stored: the code of its index entries. state: `indexing` or `ready`. place: `born` of the last
# resource that is indexed by it. SearchParameters that were stored before define nothing until they
# are written again.
_TABLE: Final = """
CREATE TABLE search_parameter (
    base text NOT NULL,
    code text NOT NULL,
    id text COLLATE "C" NOT NULL,
    stored text NOT NULL,
    definition jsonb NOT NULL,
    added timestamptz NOT NULL,
    place bigint NOT NULL,
    state text NOT NULL,
    PRIMARY KEY (base, code)
);
"""


def upgrade() -> None:
    run_sql(_TABLE)
