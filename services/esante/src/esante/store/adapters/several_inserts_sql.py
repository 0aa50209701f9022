"""The SQL that writes several new resources in one statement.

Every row has the type and the id of its resource, so that no part joins another. Tables of which
the resources have no row are left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from esante.store.adapters.index_digests import digests_of
from esante.store.adapters.index_tables import (
    CODES,
    INDEX_TABLES,
    index_rows,
    key_array,
    text_array,
)
from esante.store.domain.index_keys import self_key
from esante.store.ports import Change

# As array literals, because the rows of a two-dimensional array must have one length.
_RESOURCES_AND_VERSIONS: Final = """
input AS MATERIALIZED (
    SELECT i.*, nextval('resource_born') AS born
    FROM unnest($1::text[], $2::text[], $3::int[], $4::timestamptz[], $5::text[], $6::text[],
        $7::bigint[], $8::text[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[],
        $13::text[], $14::bigint[], $15::bigint[], $16::text[], $17::bytea[])
    AS i(type, id, version, updated, interaction, content, self, patient, date_low, date_high,
        tokens, refs, codes, about, author, version_author, index_digests)
),
changed AS (
    INSERT INTO {table} (type, id, version, updated, born, self, patient, date_low, date_high,
        tokens, refs, content, author, index_digests)
    SELECT type, id, version, updated, born, self, patient::text[], date_low, date_high,
        tokens::bigint[], refs::bigint[], content, author, index_digests FROM input
),
versions AS (
    INSERT INTO version (type, id, version, updated, interaction, content, author)
    SELECT type, id, version, updated, interaction, content, version_author FROM input
),
events AS (
    INSERT INTO outbox (topic, key, headers, value)
    SELECT topic, key, headers::jsonb, value
    FROM unnest($18::text[], $19::text[], $20::text[], $21::bytea[])
        WITH ORDINALITY AS o(topic, key, headers, value, place) ORDER BY place
)"""
_FIRST_ROW_PARAMETER: Final = 22
_INDEX_ROWS: Final = """
rows_of_{side} AS (
    INSERT INTO {side} (type, id, {columns}) SELECT type, id, {columns}
    FROM unnest(${at}::text[], ${next}::text[], {arrays}) AS v(type, id, {columns})
)"""
_INSERT_CODES: Final = """
coded AS (
    INSERT INTO code_value (element, born, about)
    SELECT unnest(codes::bigint[]), born, about FROM input
)"""


def several_inserts(
    changes: Sequence[Change], announced: Sequence[tuple[str, str, str, bytes | None]], table: str
) -> tuple[str, list[Any]]:
    """The SQL that inserts new resources, and its arguments; it returns their number.

    `announced`: the outbox row of each change. `table`: the partition of all of them, or
    `resource`.
    """
    rows: dict[str, list[tuple[Any, ...]]] = {}
    resources = []
    for each in changes:
        assert each.indexed is not None
        own = index_rows(each.indexed)
        for side, found in own.items():
            rows.setdefault(side, []).extend((each.type, each.id, *row) for row in found)
        resources.append((*_resource(each), digests_of(each.indexed, each.version, own)))
    tables = tuple(side for side in INDEX_TABLES if side in rows)
    arguments = [*_columns(resources), *_columns(announced)]
    for side in tables:
        arguments += _columns(rows[side])
    if any(each.indexed is not None and each.indexed.codes for each in changes):
        tables = (*tables, CODES)
    return _statement(table, tables), arguments


def _resource(change: Change) -> tuple[Any, ...]:
    indexed, text = change.indexed, change.text
    assert indexed is not None
    assert text is not None
    low, high = indexed.date or (None, None)
    return (
        change.type,
        change.id,
        change.version,
        change.updated,
        change.interaction,
        text.decode(),
        self_key(change.type, change.id),
        text_array(indexed.patients),
        low,
        high,
        key_array(indexed.tokens),
        key_array(indexed.refs),
        "{" + ",".join(map(str, indexed.codes)) + "}",
        indexed.about,
        change.author,
        change.version_author,
    )


@lru_cache(maxsize=1000)
def _statement(table: str, tables: tuple[str, ...]) -> str:
    parts = [_RESOURCES_AND_VERSIONS.format(table=table)]
    at = _FIRST_ROW_PARAMETER
    for side in tables:
        if side == CODES:
            parts.append(_INSERT_CODES)
            continue
        columns: Mapping[str, str] = INDEX_TABLES[side]
        arrays = [f"${at + 2 + n}::{name}[]" for n, name in enumerate(columns.values())]
        parts.append(
            _INDEX_ROWS.format(
                side=side,
                columns=", ".join(columns),
                arrays=", ".join(arrays),
                at=at,
                next=at + 1,
            )
        )
        at += 2 + len(columns)
    return "WITH" + ",".join(parts) + "\nSELECT count(*) FROM input"


def _columns(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
