"""Main codes in the order of creation, with the patient that the resource is about."""

from typing import Final

from esante.core.domain.json_parser import parse_json
from esante.search.domain.definitions import ABOUT, MAIN_CODE
from esante.search.domain.indexing import index
from esante.store.domain.index_keys import compartment_key, parameter_key
from socle.postgres import Connection, run_in_migration, run_sql

revision, down_revision = "0003", "0002"

# element: the key of the code. born: of the resource. about: the key of the patient, if any.
_TABLE: Final = """
CREATE TABLE code_value (
    element bigint NOT NULL,
    born bigint NOT NULL,
    about bigint
)
"""
_INDEXES: Final = """
CREATE UNIQUE INDEX code_value_newest ON code_value (element, born);
CREATE INDEX code_value_about ON code_value (element, about);
CREATE INDEX code_value_of ON code_value (born)
"""
_STORED: Final = """
SELECT type, born, refs, content FROM resource
WHERE type = ANY($1) AND born > $2 ORDER BY born LIMIT 1000"""


async def _index_stored_resources(connection: Connection) -> None:
    """Index the codes of stored resources, a thousand at a time."""
    last = -1
    while rows := await connection.fetch(_STORED, list(MAIN_CODE), last):
        codes = [
            (code, row["born"], _about(row["type"], row["refs"]))
            for row in rows
            for code in index(parse_json(row["content"].encode())).codes
        ]
        await connection.copy_records_to_table("code_value", records=codes)
        last = rows[-1]["born"]


def _about(resource_type: str, refs: list[int]) -> int | None:
    """The key of the patient that a resource is about; None without one.

    It is referred to by the parameter `ABOUT`, and the resource is in its compartment.
    """
    referred = {each ^ parameter_key(resource_type, ABOUT) for each in refs}
    return next(iter(referred & {each ^ compartment_key("Patient") for each in refs}), None)


def upgrade() -> None:
    run_sql(_TABLE)
    run_in_migration(_index_stored_resources)
    run_sql(_INDEXES)
