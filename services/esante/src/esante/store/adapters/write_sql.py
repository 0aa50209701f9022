"""The SQL that writes changes, in one round trip for any number of them.

A statement is for one operation; an update or a delete is for one partition, so that PostgreSQL
opens no other. Inserts and the writes of one resource have statements of their own
(`several_inserts_sql`, `single_write_sql`), which take less time, as have updates of several
requests (`several_updates_sql`), each of which is done or not. Version, index and outbox rows are
written only for the resource rows that were changed. The id of an outbox row is assigned while
the resource row is locked, so that the events of a resource are in order.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, groupby
from typing import Any, Final, Literal

from esante.store.adapters.index_digests import digests_of_change
from esante.store.adapters.index_tables import (
    INDEX_TABLES,
    ON_CODE_CONFLICT,
    UNLESS_UNCHANGED,
    index_rows,
    key_array,
    text_array,
)
from esante.store.adapters.partitions import partition_of
from esante.store.adapters.several_inserts_sql import several_inserts
from esante.store.adapters.single_write_sql import single_write
from esante.store.domain.index_keys import self_key
from esante.store.domain.index_rows import IndexEntries
from esante.store.ports import Change

WriteOperation = Literal["insert", "update", "delete"]

_STATEMENT_BYTES: Final = 1024 * 1024
"""Bytes of the texts that one statement writes: its arguments take ten times as much."""
_INPUT: Final = """
input AS MATERIALIZED (
    SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::int[], $5::timestamptz[],
        $6::text[], $7::text[], $8::int[], $9::bigint[], $10::text[], $11::timestamptz[],
        $12::timestamptz[], $13::text[], $14::text[], $15::bytea[], ${author}::text[])
    AS i(place, type, id, version, updated, interaction, content, replaces, self, patient,
        date_low, date_high, tokens, refs, index_digests, author)
)"""
_AUTHORS: Final[dict[str, int]] = {"update": 42, "delete": 20}
"""The parameter of the versions' authors, the last one."""
_WRITE_RESOURCE: Final[dict[str, str]] = {
    "update": """
changed AS (
    UPDATE {table} r SET version = i.version, updated = i.updated, patient = i.patient::text[],
        date_low = i.date_low, date_high = i.date_high, tokens = i.tokens::bigint[],
        refs = i.refs::bigint[], content = i.content, index_digests = i.index_digests
    FROM input i WHERE r.type = i.type AND r.id = i.id AND r.version = i.replaces
    RETURNING r.type, r.id, r.born
)""",
    "delete": """
changed AS (
    DELETE FROM {table} r USING input i
    WHERE r.type = i.type AND r.id = i.id AND r.version = i.replaces
    RETURNING r.type, r.id, r.born
)""",
}
_REINDEX_RESOURCE: Final = """
changed AS (
    UPDATE {table} r SET patient = i.patient::text[], date_low = i.date_low,
        date_high = i.date_high, tokens = i.tokens::bigint[], refs = i.refs::bigint[],
        index_digests = i.index_digests
    FROM input i WHERE r.type = i.type AND r.id = i.id AND r.version = i.version
    RETURNING r.type, r.id, r.born
)"""
_PLACED: Final = "placed AS (SELECT i.*, c.born FROM changed c JOIN input i USING (type, id))"
_VERSIONS: Final = """
versions AS (
    INSERT INTO version (type, id, version, updated, interaction, content, author)
    SELECT type, id, version, updated, interaction, content, author FROM placed
)"""
_EVENTS: Final = """
events AS (
    INSERT INTO outbox (topic, key, headers, value)
    SELECT o.topic, o.key, o.headers::jsonb, o.value
    FROM unnest($16::text[], $17::text[], $18::text[], $19::bytea[])
        WITH ORDINALITY AS o(topic, key, headers, value, place)
    JOIN placed USING (place) ORDER BY place
)"""
_DELETE_INDEX_ROWS: Final = """
forgotten_{side} AS (
    DELETE FROM {side} v USING changed c WHERE v.type = c.type AND v.id = c.id
)"""
_DELETE_CODES: Final = """
forgotten_codes AS (
    DELETE FROM code_value v USING changed c WHERE v.born = c.born{unless}
)"""
_INSERT_CODES: Final = """
coded AS (
    SELECT v.element, p.born, v.about
    FROM unnest($39::int[], $40::bigint[], $41::bigint[]) AS v(place, element, about)
    JOIN placed p USING (place)
),
codes AS (
    INSERT INTO code_value (element, born, about) SELECT element, born, about FROM coded{conflict}
)"""
_INSERT_INDEX_ROWS: Final = """
strings AS (
    INSERT INTO string_value (type, parameter, folded, exact, id)
    SELECT p.type, v.parameter, v.folded, v.exact, p.id
    FROM unnest($20::int[], $21::text[], $22::text[], $23::text[])
        AS v(place, parameter, folded, exact) JOIN placed p USING (place)
),
uris AS (
    INSERT INTO uri_value (type, parameter, value, id)
    SELECT p.type, v.parameter, v.value, p.id
    FROM unnest($24::int[], $25::text[], $26::text[]) AS v(place, parameter, value)
    JOIN placed p USING (place)
),
dates AS (
    INSERT INTO date_value (type, parameter, low, high, pair, id)
    SELECT p.type, v.parameter, v.low, v.high, v.pair, p.id
    FROM unnest($27::int[], $28::text[], $29::timestamptz[], $30::timestamptz[], $31::bigint[])
        AS v(place, parameter, low, high, pair) JOIN placed p USING (place)
),
quantities AS (
    INSERT INTO quantity_value (type, parameter, low, high, value, unit, pair, id)
    SELECT p.type, v.parameter, v.low, v.high, v.value, v.unit, v.pair, p.id
    FROM unnest($32::int[], $33::text[], $34::numeric[], $35::numeric[], $36::numeric[],
        $37::bigint[], $38::bigint[]) AS v(place, parameter, low, high, value, unit, pair)
    JOIN placed p USING (place)
)"""


def write_operation(change: Change) -> WriteOperation:
    """The operation of a change on the row of its resource."""
    if change.indexed is None:
        return "delete"
    return "update" if change.replaces else "insert"


def statement_of(
    operation: WriteOperation,
    changes: Sequence[Change],
    announced: Sequence[tuple[str, str, str, bytes | None]],
) -> tuple[str, list[Any]]:
    """The SQL that writes changes of one operation, and its arguments; it returns how many
    resources it changed.

    `changes`: of one partition, unless they are inserts. `announced`: the outbox row of each.
    """
    table = partition_of(changes[0].type)
    if len(changes) == 1 and operation != "delete":
        return single_write(changes[0], announced[0], table)
    if operation == "insert":
        same = all(partition_of(each.type) == table for each in changes)
        return several_inserts(changes, announced, table if same else "resource")
    return write_statement(operation, table), write_arguments(changes, announced)


@lru_cache(maxsize=200)
def write_statement(operation: Literal["update", "delete"], table: str) -> str:
    """The SQL that updates or deletes resources of a partition; it returns how many."""
    parts = [
        _INPUT.format(author=_AUTHORS[operation]),
        _WRITE_RESOURCE[operation].format(table=table),
        _PLACED,
        _VERSIONS,
        _EVENTS,
    ]
    if operation == "update":
        parts += [_INSERT_INDEX_ROWS, _INSERT_CODES.format(conflict=ON_CODE_CONFLICT)]
    parts += [_DELETE_INDEX_ROWS.format(side=side) for side in INDEX_TABLES]
    parts.append(_DELETE_CODES.format(unless=UNLESS_UNCHANGED if operation == "update" else ""))
    return "WITH" + ",".join(parts) + "\nSELECT count(*) FROM changed"


@lru_cache(maxsize=100)
def reindex_statement(table: str) -> str:
    """The SQL that replaces the index entries of resources in one partition, with the arguments of
    `write_statement` and no events. A resource that has another version by now is left as it is.
    """
    parts = [
        _INPUT.format(author=_AUTHORS["update"]),
        _REINDEX_RESOURCE.format(table=table),
        _PLACED,
        _EVENTS,
        _INSERT_INDEX_ROWS,
        _INSERT_CODES.format(conflict=ON_CODE_CONFLICT),
        *(_DELETE_INDEX_ROWS.format(side=side) for side in INDEX_TABLES),
        _DELETE_CODES.format(unless=UNLESS_UNCHANGED),
    ]
    return "WITH" + ",".join(parts) + "\nSELECT count(*) FROM changed"


def split_into_statements(changes: Sequence[Change]) -> list[Sequence[Change]]:
    """The changes that each statement writes, in order."""
    sizes = [len(each.text or b"") for each in changes]
    if sum(sizes) <= _STATEMENT_BYTES:
        return [changes]
    # A change belongs to the statement in which its text starts.
    ends = accumulate(sizes, initial=0)
    groups = groupby(zip(changes, ends, strict=False), key=lambda each: each[1] // _STATEMENT_BYTES)
    return [[change for change, _ in group] for _, group in groups]


def write_arguments(
    changes: Sequence[Change], announced: Sequence[tuple[str, str, str, bytes | None]]
) -> list[Any]:
    """The arguments of `write_statement`. `announced`: the outbox row of each change."""
    return [
        *_resource_columns(changes),
        *_columns(announced, 4),
        *_index_row_columns(changes),
        [each.version_author for each in changes],
    ]


def _resource_columns(changes: Sequence[Change]) -> list[list[Any]]:
    rows = [
        (
            place,
            change.type,
            change.id,
            change.version,
            change.updated,
            change.interaction,
            None if change.text is None else change.text.decode(),
            change.replaces,
            self_key(change.type, change.id),
            *_index_columns(change.indexed),
            digests_of_change(change),
        )
        for place, change in enumerate(changes, 1)
    ]
    return _columns(rows, 15)


def _index_columns(indexed: IndexEntries | None) -> tuple[Any, ...]:
    if indexed is None:
        return ("{}", None, None, "{}", "{}")
    low, high = indexed.date or (None, None)
    # As array literals, because the rows of a two-dimensional array must have one length.
    return (
        text_array(indexed.patients),
        low,
        high,
        key_array(indexed.tokens),
        key_array(indexed.refs),
    )


def _index_row_columns(changes: Sequence[Change]) -> list[list[Any]]:
    found = [(place, each.indexed) for place, each in enumerate(changes, 1) if each.indexed]
    if not found:
        return []
    rows: dict[str, list[tuple[Any, ...]]] = {side: [] for side in INDEX_TABLES}
    for at, each in found:
        for side, of_resource in index_rows(each).items():
            rows[side].extend((at, *row) for row in of_resource)
    codes = [(at, code, each.about) for at, each in found for code in each.codes]
    columns = [_columns(rows[side], 1 + len(names)) for side, names in INDEX_TABLES.items()]
    return [column for of_table in (*columns, _columns(codes, 3)) for column in of_table]


def _columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
