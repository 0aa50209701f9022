"""The SQL that writes one new or changed resource: most writes are of one.

Its values are parameters of their own rather than arrays of one (`write_sql`), and tables of which
it has no row are left out, which takes PostgreSQL and the driver less time.
"""

from functools import lru_cache
from typing import Any, Final, Literal

from esante.store.adapters.index_tables import CODES, INDEX_TABLES, index_rows
from esante.store.domain.index_keys import self_key
from esante.store.ports import Change

_Operation = Literal["insert", "update"]

_WRITE_RESOURCE: Final[dict[_Operation, str]] = {
    "insert": """
changed AS (
    INSERT INTO {table} (type, id, version, updated, self, patient, date_low, date_high, tokens,
        refs, content)
    VALUES ($1, $2, $3, $4, $7, $8, $9, $10, $11, $12, $6)
    RETURNING born
)""",
    "update": """
changed AS (
    UPDATE {table} SET version = $3, updated = $4, patient = $8, date_low = $9, date_high = $10,
        tokens = $11, refs = $12, content = $6
    WHERE type = $1 AND id = $2 AND version = $7
    RETURNING born
)""",
}
# They depend on `changed`, so that nothing is written of a resource that another one has changed.
# The types are stated, because PostgreSQL does not infer them in a SELECT.
_VERSION_AND_EVENT: Final = """
versions AS (
    INSERT INTO version (type, id, version, updated, interaction, content)
    SELECT $1::text, $2::text, $3::integer, $4::timestamptz, $5::text, $6::text FROM changed
),
events AS (
    INSERT INTO outbox (topic, key, headers, value)
    SELECT $13::text, $14::text, $15::text::jsonb, $16::bytea FROM changed
)"""
_FIRST_ROW_PARAMETER: Final = 17
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
# An unchanged code must not be deleted: all parts of the statement see the table as it was before,
# so that its insertion would conflict with the unique index.
_UNLESS_UNCHANGED: Final = " AND v.element <> ALL (${at}::bigint[])"
_INSERT_CODES: Final = """
codes AS (
    INSERT INTO code_value (element, born, about)
    SELECT element, c.born, ${about}::bigint FROM changed c, unnest(${at}::bigint[]) AS v(element)
    {conflict}
)"""
_ON_CONFLICT: Final = """
    ON CONFLICT (element, born) DO UPDATE SET about = excluded.about
    WHERE code_value.about IS DISTINCT FROM excluded.about"""


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
        list(indexed.tokens),
        list(indexed.refs),
        *announced,
    ]
    rows = index_rows(indexed)
    for each in rows.values():
        arguments += zip(*each, strict=True)
    if indexed.codes:
        arguments += (list(indexed.codes), indexed.about)
    operation: _Operation = "update" if change.replaces else "insert"
    tables = (*rows, CODES) if indexed.codes else tuple(rows)
    return _statement(operation, table, tables), arguments


@lru_cache(maxsize=1000)
def _statement(operation: _Operation, table: str, tables: tuple[str, ...]) -> str:
    """The SQL for a resource of that partition. `tables`: the index tables with rows of it."""
    parts = [_WRITE_RESOURCE[operation].format(table=table), _VERSION_AND_EVENT]
    at = _FIRST_ROW_PARAMETER
    for side in tables:
        if side != CODES:
            columns = INDEX_TABLES[side]
            arrays = ", ".join(f"${at + n}::{t}[]" for n, t in enumerate(columns.values()))
            parts.append(
                _INSERT_INDEX_ROWS.format(side=side, columns=", ".join(columns), arrays=arrays)
            )
            at += len(columns)
    has_codes = CODES in tables
    if has_codes:
        conflict = _ON_CONFLICT if operation == "update" else ""
        parts.append(_INSERT_CODES.format(at=at, about=at + 1, conflict=conflict))
    if operation == "update":
        parts += [_DELETE_INDEX_ROWS.format(side=side) for side in INDEX_TABLES]
        unless = _UNLESS_UNCHANGED.format(at=at) if has_codes else ""
        parts.append(_DELETE_CODES.format(unless=unless))
    return "WITH" + ",".join(parts) + "\nSELECT count(*) FROM changed"
