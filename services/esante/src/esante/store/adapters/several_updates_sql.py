"""The SQL that updates several resources of one partition in one statement, each as if alone.

A resource that another transaction has locked, or that is not what its change replaces, is left
out with all that belongs to it: the statement waits for no other.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from esante.store.adapters.index_digests import digests_of, table_changes
from esante.store.adapters.index_tables import (
    ALL_TABLES,
    CODES,
    INDEX_TABLES,
    ON_CODE_CONFLICT,
    UNLESS_UNCHANGED,
    index_rows,
    key_array,
    text_array,
)
from esante.store.ports import Change

# As array literals, because the rows of a two-dimensional array must have one length.
# The last two conditions are always true. PostgreSQL expects ten rows of arrays of unknown length:
# it would plan each execution again for fewer, which takes longer than the execution.
_RESOURCES_AND_VERSIONS: Final = """
locked AS MATERIALIZED (
    SELECT i.* FROM unnest($1::int[], $2::text[], $3::text[], $4::int[], $5::timestamptz[],
        $6::text[], $7::text[], $8::int[], $9::bytea[], $10::text[], $11::timestamptz[],
        $12::timestamptz[], $13::text[], $14::text[], $15::bytea[], $16::text[],
        $17::text[], $18::text[], $19::text[], $20::bytea[])
    AS i(place, type, id, version, updated, interaction, content, replaces, replaced_digests,
        patient, date_low, date_high, tokens, refs, index_digests, author,
        topic, key, headers, value)
    JOIN {table} r ON r.type = i.type AND r.id = i.id
    WHERE r.version = i.replaces AND r.index_digests IS NOT DISTINCT FROM i.replaced_digests
        AND i.place > 0 AND i.version > 0
    FOR NO KEY UPDATE OF r SKIP LOCKED
),
changed AS (
    UPDATE {table} r SET version = i.version, updated = i.updated, patient = i.patient::text[],
        date_low = i.date_low, date_high = i.date_high, tokens = i.tokens::bigint[],
        refs = i.refs::bigint[], content = i.content, index_digests = i.index_digests
    FROM locked i WHERE r.type = i.type AND r.id = i.id
    RETURNING i.*, r.born
),
versions AS (
    INSERT INTO version (type, id, version, updated, interaction, content, author)
    SELECT type, id, version, updated, interaction, content, author FROM changed
),
events AS (
    INSERT INTO outbox (topic, key, headers, value)
    SELECT topic, key, headers::jsonb, value FROM changed
)"""
_FIRST_ROW_PARAMETER: Final = 21
_INSERT_INDEX_ROWS: Final = """
rows_of_{side} AS (
    INSERT INTO {side} (type, id, {columns}) SELECT c.type, c.id, {values}
    FROM unnest(${at}::int[], {arrays}) AS v(place, {columns}) JOIN changed c USING (place)
)"""
_DELETE_INDEX_ROWS: Final = """
forgotten_{side} AS (
    DELETE FROM {side} v USING changed c
    WHERE v.type = c.type AND v.id = c.id AND c.place = ANY (${at}::int[])
)"""
_INSERT_CODES: Final = """
coded AS (
    SELECT v.element, c.born, v.about
    FROM unnest(${at}::int[], ${at_1}::bigint[], ${at_2}::bigint[]) AS v(place, element, about)
    JOIN changed c USING (place)
),
codes AS (
    INSERT INTO code_value (element, born, about) SELECT element, born, about FROM coded
    {conflict}
)"""
_DELETE_CODES: Final = """
forgotten_codes AS (
    DELETE FROM code_value v USING changed c
    WHERE v.born = c.born AND c.place = ANY (${at}::int[]){unless}
)"""


def several_updates(
    changes: Sequence[Change], announced: Sequence[tuple[str, str, str, bytes | None]], table: str
) -> tuple[str, list[Any]]:
    """The SQL that updates resources, and its arguments; it returns the places of those it has
    updated, the first of which is 1.

    `changes`: of resources in that partition, each in one of them. `announced`: the outbox row of
    each change.
    """
    resources: list[tuple[Any, ...]] = []
    rows: dict[str, list[tuple[Any, ...]]] = {}
    emptied: dict[str, list[int]] = {}
    for place, (change, own_event) in enumerate(zip(changes, announced, strict=True), 1):
        indexed = change.indexed
        assert indexed is not None
        own = index_rows(indexed)
        if indexed.codes:
            own[CODES] = [(code, indexed.about) for code in indexed.codes]
        digests = digests_of(indexed, change.version, own)
        resources.append((place, *_resource(change, digests), *own_event))
        known = table_changes(change, digests)
        for side in ALL_TABLES:
            if known is None or side in known.filled:
                emptied.setdefault(side, []).append(place)
            if side in own and (known is None or side in known.changed):
                rows.setdefault(side, []).extend((place, *row) for row in own[side])
    inserted = tuple(side for side in ALL_TABLES if side in rows)
    deleted = tuple(side for side in ALL_TABLES if side in emptied)
    arguments = [
        *_columns(resources),
        *(column for side in inserted for column in _columns(rows[side])),
        *(emptied[side] for side in deleted),
    ]
    return _statement(table, inserted, deleted), arguments


def _resource(change: Change, digests: bytes) -> tuple[Any, ...]:
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
        change.replaces,
        change.replaced_digests,
        text_array(indexed.patients),
        low,
        high,
        key_array(indexed.tokens),
        key_array(indexed.refs),
        digests,
        change.version_author,
    )


@lru_cache(maxsize=1000)
def _statement(table: str, inserted: tuple[str, ...], emptied: tuple[str, ...]) -> str:
    parts = [_RESOURCES_AND_VERSIONS.format(table=table)]
    at = _FIRST_ROW_PARAMETER
    for side in inserted:
        if side == CODES:
            numbers = {"at": at, "at_1": at + 1, "at_2": at + 2}
            parts.append(_INSERT_CODES.format(conflict=ON_CODE_CONFLICT, **numbers))
            at += 3
            continue
        columns = INDEX_TABLES[side]
        parts.append(
            _INSERT_INDEX_ROWS.format(
                side=side,
                columns=", ".join(columns),
                values=", ".join(f"v.{each}" for each in columns),
                arrays=", ".join(f"${at + n}::{t}[]" for n, t in enumerate(columns.values(), 1)),
                at=at,
            )
        )
        at += 1 + len(columns)
    for side in emptied:
        if side == CODES:
            unless = UNLESS_UNCHANGED if CODES in inserted else ""
            parts.append(_DELETE_CODES.format(at=at, unless=unless))
        else:
            parts.append(_DELETE_INDEX_ROWS.format(side=side, at=at))
        at += 1
    return "WITH" + ",".join(parts) + "\nSELECT place FROM changed"


def _columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
