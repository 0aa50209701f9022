"""The index entries of contained resources, and versions of canonicals, of stored resources."""

from collections.abc import Iterator
from typing import Any, Final

from esante.core.domain.json_parser import parse_json
from esante.search.domain.definitions import parameters_of
from esante.search.domain.indexing import index
from esante.store.adapters.index_tables import INDEX_TABLES, index_rows
from esante.store.domain.index_rows import IndexEntries
from socle.errors import Refusal
from socle.postgres import Connection, run_in_migration

revision, down_revision = "0010", "0009"

_AT_ONCE_BYTES: Final = 4 * 1024 * 1024
# The first ones, whose texts are $2 bytes together; one at least.
_NEXT: Final = """
SELECT type, id, born FROM (
    SELECT *, sum(octet_length(content)) OVER (ORDER BY born) AS bytes,
        row_number() OVER (ORDER BY born) AS place
    FROM (
        SELECT type, id, born, content FROM resource
        WHERE born > $1 AND (content LIKE '%"contained"%' OR content LIKE '%|%')
        ORDER BY born LIMIT 1000
    ) following
) sized
WHERE place = 1 OR bytes <= $2 ORDER BY born"""
# Locked: a process of the version before can change them meanwhile.
_CONTENTS: Final = """
SELECT r.type, r.id, r.content FROM resource r
    JOIN unnest($1::text[], $2::text[]) AS n(type, id) ON r.type = n.type AND r.id = n.id
ORDER BY r.type, r.id FOR UPDATE OF r"""
# Elements only are added: those by absolute references to this server depend on its address.
_ADD: Final = """
UPDATE resource r SET tokens = r.tokens || a.tokens::bigint[], refs = r.refs || a.refs::bigint[]
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS a(type, id, tokens, refs)
WHERE r.type = a.type AND r.id = a.id"""


def _added_rows(resource_type: str, indexed: IndexEntries) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """(table, row) of contained resources, whose parameters have a path, and of canonicals."""
    known = parameters_of(resource_type)
    for table, rows in index_rows(indexed).items():
        for parameter, *values in rows:
            if "." in parameter or (table == "uri_value" and known[parameter].type == "reference"):
                yield table, (parameter, *values)


async def _index_stored_resources(connection: Connection) -> None:
    """Add the entries to stored resources, a few megabytes at a time."""
    last = -1
    while found := await connection.fetch(_NEXT, last, _AT_ONCE_BYTES):
        last = found[-1]["born"]
        identities = [each["type"] for each in found], [each["id"] for each in found]
        rows = await connection.fetch(_CONTENTS, *identities)
        added: list[tuple[str, str, str, str]] = []
        side: dict[str, list[tuple[Any, ...]]] = {table: [] for table in INDEX_TABLES}
        for row in rows:
            value = parse_json(row["content"].encode())
            try:
                indexed = index(value)
            except Refusal:
                continue  # it was stored when its contained resources did not count
            without = index({**value, "contained": []})
            tokens, refs = indexed.tokens - without.tokens, indexed.refs - without.refs
            identity = row["type"], row["id"]
            added.append((*identity, _literal(tokens), _literal(refs)))
            for table, values in _added_rows(row["type"], indexed):
                side[table].append((*identity, *values))
        if added:
            await connection.execute(_ADD, *map(list, zip(*added, strict=True)))
        for table, records in side.items():
            columns = ("type", "id", *INDEX_TABLES[table])
            await connection.copy_records_to_table(table, records=records, columns=columns)


def _literal(elements: frozenset[int]) -> str:
    return "{" + ",".join(map(str, elements)) + "}"


def upgrade() -> None:
    run_in_migration(_index_stored_resources)
