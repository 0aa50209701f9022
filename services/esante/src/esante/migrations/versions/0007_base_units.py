"""Quantities in base units of UCUM, and positions of Locations, of stored resources."""

from typing import Any, Final

from esante.core.domain.json_parser import parse_json
from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.definitions import parameters_of
from esante.search.domain.indexing import index
from esante.store.domain.index_keys import parameter_key, present_element
from socle.postgres import Connection, run_in_migration

revision, down_revision = "0007", "0006"

_STORED: Final = """
SELECT type, id, born, content FROM resource
WHERE type = ANY($1) AND born > $2 ORDER BY born LIMIT 1000"""
_DELETE: Final = """
DELETE FROM quantity_value v USING unnest($1::text[], $2::text[]) AS o(type, id)
WHERE v.type = o.type AND v.id = o.id"""
_LOCATED: Final = """
UPDATE resource SET tokens = tokens || $1::bigint
WHERE type = 'Location' AND id = ANY($2) AND NOT tokens @> ARRAY[$1::bigint]"""
_COLUMNS: Final = ("type", "parameter", "low", "high", "value", "unit", "pair", "id")
_NEAR: Final = present_element(parameter_key("Location", "near"))


def _indexed_types() -> list[str]:
    """The types that have quantities or a position."""
    return sorted(
        each
        for each in RESOURCE_TYPES
        if any(p.type in ("quantity", "special") for p in parameters_of(each).values())
    )


async def _index_stored_resources(connection: Connection) -> None:
    """Index the quantities of stored resources again, a thousand at a time."""
    last, types = -1, _indexed_types()
    while rows := await connection.fetch(_STORED, types, last):
        found: list[tuple[Any, ...]] = []
        located = []
        for row in rows:
            indexed = index(parse_json(row["content"].encode()))
            for q in indexed.quantities:
                numbers = (q.low, q.high, q.value, q.unit, q.pair)
                found.append((row["type"], q.parameter, *numbers, row["id"]))
            if row["type"] == "Location" and indexed.quantities:
                located.append(row["id"])
        await connection.execute(
            _DELETE, [each["type"] for each in rows], [each["id"] for each in rows]
        )
        await connection.copy_records_to_table("quantity_value", records=found, columns=_COLUMNS)
        await connection.execute(_LOCATED, _NEAR, located)
        last = rows[-1]["born"]


def upgrade() -> None:
    run_in_migration(_index_stored_resources)
