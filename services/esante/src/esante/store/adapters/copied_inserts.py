"""New resources of one type, written by COPY: the cheapest way to write hundreds at once.

For resources that nobody changes: what updates need to leave out index tables (`index_digests`) is
not stored.
"""

from collections.abc import Sequence
from typing import Any, Final

from esante.store.adapters.index_tables import INDEX_TABLES, index_rows, sorted_keys
from esante.store.adapters.partitions import partition_of
from esante.store.domain.index_keys import self_key
from esante.store.ports import Change
from socle.outbox import wake_relay
from socle.postgres import Connection

_RESOURCE: Final = (
    *("type", "id", "version", "updated", "self", "patient", "date_low", "date_high"),
    *("tokens", "refs", "content"),
)
_VERSION: Final = ("type", "id", "version", "updated", "interaction", "content")
_ANNOUNCE: Final = """
INSERT INTO outbox (topic, key, headers, value)
SELECT topic, key, headers::jsonb, value
FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[])
    WITH ORDINALITY AS o(topic, key, headers, value, place) ORDER BY place"""


async def copy_resources(connection: Connection, changes: Sequence[Change]) -> None:
    """Write new resources of one type in the caller's transaction, without announcing them. Raises
    asyncpg.UniqueViolationError if one exists.

    The type has no main code, whose rows (`code_value`) need the order of creation.
    """
    resources, versions = [], []
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for each in changes:
        indexed, text = each.indexed, (each.text or b"").decode()
        assert indexed is not None
        assert not indexed.codes
        low, high = indexed.date or (None, None)
        name = (each.type, each.id)
        keys = sorted_keys(indexed.tokens), sorted_keys(indexed.refs)
        place = (self_key(*name), list(indexed.patients), low, high)
        resources.append((*name, each.version, each.updated, *place, *keys, text))
        versions.append((*name, each.version, each.updated, each.interaction, text))
        for table, own in index_rows(indexed).items():
            rows.setdefault(table, []).extend((*name, *row) for row in own)
    await connection.copy_records_to_table(
        partition_of(changes[0].type), records=resources, columns=_RESOURCE
    )
    await connection.copy_records_to_table("version", records=versions, columns=_VERSION)
    for table, found in rows.items():
        columns = ("type", "id", *INDEX_TABLES[table])
        await connection.copy_records_to_table(table, records=found, columns=columns)


async def announce(
    connection: Connection, rows: Sequence[tuple[str, str, str, bytes | None]]
) -> None:
    """Write the outbox rows of changes in the caller's transaction, in order."""
    await connection.execute(_ANNOUNCE, *map(list, zip(*rows, strict=True)))
    await wake_relay(connection)
