"""The contents of Binary resources that are sent as bytes, and the compartments of those stored."""

from typing import Final

from esante.core.domain.json_parser import parse_json
from esante.search.domain.indexing import index
from socle.postgres import Connection, run_in_migration, run_sql

revision, down_revision = "0004", "0003"

# content: an id that several versions can have. place: from 0. sha1: of the bytes. A row of
# binary_upload exists until a version refers to the content.
_TABLES: Final = """
CREATE TABLE binary_upload (
    content uuid PRIMARY KEY,
    started_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE binary_chunk (
    content uuid NOT NULL,
    place integer NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (content, place)
);
ALTER TABLE binary_chunk ALTER data SET STORAGE EXTERNAL;
CREATE TABLE binary_content (
    id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    content uuid NOT NULL,
    size bigint NOT NULL,
    sha1 bytea NOT NULL,
    PRIMARY KEY (id, version)
);
"""
_STORED: Final = """
SELECT id, content FROM resource_other
WHERE type = 'Binary' AND id > $1 AND content LIKE '%"securityContext"%' ORDER BY id LIMIT 10"""
_UPDATE: Final = """
UPDATE resource_other SET patient = $2, refs = $3 WHERE type = 'Binary' AND id = $1"""


async def _index_compartments(connection: Connection) -> None:
    """Index the compartments of stored Binaries, ten at a time, since each can have megabytes."""
    last = ""
    while rows := await connection.fetch(_STORED, last):
        for row in rows:
            entries = index(parse_json(row["content"].encode()))
            await connection.execute(_UPDATE, row["id"], entries.patients, list(entries.refs))
        last = rows[-1]["id"]


def upgrade() -> None:
    run_sql(_TABLES)
    run_in_migration(_index_compartments)
