"""The SQL that writes one new or changed resource: most writes are of one.

Its values are parameters of their own rather than arrays of one (`write_sql`), and tables of which
it has no row are left out, which takes PostgreSQL and the driver less time. So are, in an update,
those whose rows stay the same (`index_digests`).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

from esante.store.adapters.index_digests import digests_of, table_changes
from esante.store.adapters.index_tables import (
    ALL_TABLES,
    CODES,
    INDEX_TABLES,
    ON_CODE_CONFLICT,
    index_rows,
    sorted_keys,
)
from esante.store.domain.index_keys import self_key
from esante.store.ports import Change

_Operation = Literal["insert", "update"]

_WRITE_RESOURCE: Final[dict[_Operation, str]] = {
    "insert": """
changed AS (
    INSERT INTO {table} (type, id, version, updated, self, patient, date_low, date_high, tokens,
        refs, content, index_digests, author)
    VALUES ($1, $2, $3, $4, $7, $8, $9, $10, $11, $12, $6, $17, $18)
    RETURNING born
)""",
    "update": """
changed AS (
    UPDATE {table} SET version = $3, updated = $4, patient = $8, date_low = $9, date_high = $10,
        tokens = $11, refs = $12, content = $6, index_digests = $17
    WHERE type = $1 AND id = $2 AND version = $7 AND index_digests IS NOT DISTINCT FROM $18
    RETURNING born
)""",
}
# One that was indexed again meanwhile is not updated: rows that are left out here would be those of
# the digests no more, and this statement would not see, nor delete, rows that are newer than it.
# They depend on `changed`, so that nothing is written of a resource that another one has changed.
# The types are stated, because PostgreSQL does not infer them in a SELECT.
_VERSION_AND_EVENT: Final = """
versions AS (
    INSERT INTO version (type, id, version, updated, interaction, content, author)
    SELECT $1::text, $2::text, $3::integer, $4::timestamptz, $5::text, $6::text, $19::text
    FROM changed
),
events AS (
    INSERT INTO outbox (topic, key, headers, value)
    SELECT $13::text, $14::text, $15::text::jsonb, $16::bytea FROM changed
)"""
_FIRST_ROW_PARAMETER: Final[dict[_Operation, int]] = {"insert": 20, "update": 20}
_DELETE_INDEX_ROWS: Final = """
forgotten_{side} AS (
    DELETE FROM {side} v USING changed WHERE v.type = $1 AND v.id = $2
)"""
_INSERT_INDEX_ROWS: Final = """
rows_of_{side} AS (
    INSERT INTO {side} (type, id, {columns})
    SELECT $1::text, $2::text, {columns} FROM changed, unnest({arrays}) AS v({columns})
)"""
_DELETE_CODES: Final = """
forgotten_codes AS (
    DELETE FROM code_value v USING changed c WHERE v.born = c.born{unless}
)"""
# As `UNLESS_UNCHANGED` of several resources.
_UNLESS_UNCHANGED: Final = " AND v.element <> ALL (${at}::bigint[])"
_INSERT_CODES: Final = """
codes AS (
    INSERT INTO code_value (element, born, about)
    SELECT element, c.born, ${about}::bigint FROM changed c, unnest(${at}::bigint[]) AS v(element)
    {conflict}
)"""


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a statement depends on, beside its arguments."""

    operation: _Operation
    partition: str
    inserted: tuple[str, ...]
    """The index tables that get rows."""
    emptied: tuple[str, ...] = ()
    """The index tables whose former rows are deleted."""


def single_write(
    change: Change, announced: tuple[str, str, str, bytes | None], table: str
) -> tuple[str, list[Any]]:
    """The SQL that writes a change, and its arguments; it returns how many resources it changed.

    `change`: not a deletion. `announced`: its outbox row. `table`: the partition of its type.
    """
    indexed, text = change.indexed, change.text
    assert indexed is not None
    assert text is not None
    low, high = indexed.date or (None, None)
    rows = index_rows(indexed)
    digests = digests_of(indexed, change.version, rows)
    arguments: list[Any] = [
        change.type,
        change.id,
        change.version,
        change.updated,
        change.interaction,
        text.decode(),
        change.replaces or self_key(change.type, change.id),
        indexed.patients,
        low,
        high,
        sorted_keys(indexed.tokens),
        sorted_keys(indexed.refs),
        *announced,
        digests,
    ]
    tables = (*rows, CODES) if indexed.codes else tuple(rows)
    shape = _shape(change, table, tables=tables, digests=digests)
    arguments.append(change.replaced_digests if change.replaces else change.author)
    arguments.append(change.version_author)
    for side in shape.inserted:
        if side == CODES:
            arguments += (list(indexed.codes), indexed.about)
        else:
            arguments += zip(*rows[side], strict=True)
    return _statement(shape), arguments


def _shape(change: Change, partition: str, *, tables: tuple[str, ...], digests: bytes) -> _Shape:
    """The statement of a change. `tables`: the index tables with rows of it, codes last."""
    if not change.replaces:
        return _Shape("insert", partition, tables)
    changes = table_changes(change, digests)
    if changes is None:
        return _Shape("update", partition, tables, ALL_TABLES)
    inserted = tuple(each for each in tables if each in changes.changed)
    emptied = tuple(each for each in ALL_TABLES if each in changes.filled)
    return _Shape("update", partition, inserted, emptied)


@lru_cache(maxsize=1000)
def _statement(shape: _Shape) -> str:
    written = _WRITE_RESOURCE[shape.operation].format(table=shape.partition)
    parts = [written, _VERSION_AND_EVENT]
    at = _FIRST_ROW_PARAMETER[shape.operation]
    for side in shape.inserted:
        if side == CODES:
            conflict = ON_CODE_CONFLICT if shape.operation == "update" else ""
            parts.append(_INSERT_CODES.format(at=at, about=at + 1, conflict=conflict))
            continue
        columns = INDEX_TABLES[side]
        arrays = ", ".join(f"${at + n}::{t}[]" for n, t in enumerate(columns.values()))
        names = ", ".join(columns)
        parts.append(_INSERT_INDEX_ROWS.format(side=side, columns=names, arrays=arrays))
        at += len(columns)
    for side in shape.emptied:
        if side == CODES:
            unless = _UNLESS_UNCHANGED.format(at=at) if CODES in shape.inserted else ""
            parts.append(_DELETE_CODES.format(unless=unless))
        else:
            parts.append(_DELETE_INDEX_ROWS.format(side=side))
    return "WITH" + ",".join(parts) + "\nSELECT count(*) FROM changed"
