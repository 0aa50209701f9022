"""Exports of bulk data: the jobs, the versions that each contains, and their files."""

from typing import Final

from socle.postgres import run_sql

revision, down_revision = "0006", "0005"

# No foreign keys: the rows of a removed export are deleted later, in the background.
# export.part, export.place: the next version to write, by its part and its place in it.
# export_part: immutable versions, at most a thousand each. Those of `deleted` have no version.
# export_file.checksum: CRC-32 of the uncompressed file. export_chunk.content: raw DEFLATE, which
# begins at the byte `start` of the uncompressed file.
_TABLES: Final = """
CREATE TABLE export (
    id text COLLATE "C" PRIMARY KEY,
    owner text NOT NULL,
    specification jsonb NOT NULL,
    state text NOT NULL,
    requested timestamptz NOT NULL,
    expires timestamptz NOT NULL,
    polled timestamptz,
    polls integer NOT NULL DEFAULT 0,
    steps integer NOT NULL DEFAULT 0,
    selected bigint NOT NULL DEFAULT 0,
    written bigint NOT NULL DEFAULT 0,
    part integer NOT NULL DEFAULT 0,
    place integer NOT NULL DEFAULT 0,
    failure text
);
CREATE INDEX export_owner ON export (owner);
CREATE TABLE export_part (
    export text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    section text NOT NULL,
    type text NOT NULL,
    ids text[] NOT NULL,
    versions integer[] NOT NULL,
    PRIMARY KEY (export, number)
);
CREATE TABLE export_file (
    export text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    section text NOT NULL,
    type text NOT NULL,
    resources bigint NOT NULL,
    bytes bigint NOT NULL,
    chunks integer NOT NULL,
    checksum bigint NOT NULL,
    PRIMARY KEY (export, number)
);
CREATE TABLE export_chunk (
    export text COLLATE "C" NOT NULL,
    file integer NOT NULL,
    number integer NOT NULL,
    start bigint NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (export, file, number)
);
ALTER TABLE export_chunk ALTER COLUMN content SET STORAGE EXTERNAL;
"""


def upgrade() -> None:
    run_sql(_TABLES)
