"""Whole statements of a search, each of groups of types that have one criterion between them."""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from esante.search.adapters.criteria_sql import Row, Statement, criterion_sql, newest_sql
from esante.search.adapters.order import after_sql, key_sql, order_sql
from esante.search.domain.query.criteria import Criterion
from esante.search.domain.query.model import Query

Branches: TypeAlias = Sequence[tuple[tuple[str, ...], Criterion]]
Made: TypeAlias = tuple[str, list[Any]]
"""A statement and its arguments."""

MOST_BYTES: Final = 32 * 1024 * 1024
"""Of the texts of a long page, and of those of what it includes."""
_SHORT: Final = 50
"""Resources on a page that need no such limit."""
_SHOWN: Final = ("type", "id", "version", "updated", "born", "content")
_FOLLOWED: Final = (*_SHOWN, "self", "refs")
"""What inclusions are found by, besides."""


def page_statement(query: Query, found: Branches, place: Sequence[Any] | None) -> Made:
    """One page and one resource more, after that place where there is one."""
    statement = Statement()
    limit = statement.put(query.count + 1, "int")
    order = order_sql(query.sort)
    told = _FOLLOWED if query.includes else _SHOWN
    parts = []
    for types, criterion in found:
        row = statement.row(types)
        keys = "".join(f", {key_sql(key, row)} AS k{n}" for n, key in enumerate(query.sort, 1))
        columns = ", ".join(f"{row.name}.{each}" for each in told)
        inner = f"SELECT {columns}{keys} {_page_where(query, row, criterion, statement, place)}"
        after = "" if place is None else f" WHERE {after_sql(query, place, statement)}"
        parts.append(f"(SELECT * FROM ({inner}) s{after} ORDER BY {order} LIMIT {limit})")  # noqa: S608
    union = " UNION ALL ".join(parts)
    page = f"SELECT * FROM ({union}) s ORDER BY {order} LIMIT {limit}"  # noqa: S608
    page = parts[0][1:-1] if len(parts) == 1 else page
    return page if query.count <= _SHORT else _light(page, order), statement.arguments


def count_statement(found: Branches) -> Made:
    """How many there are."""
    statement = Statement()
    counts = [
        f"(SELECT count(*) {_where(statement.row(types), criterion, statement)})"
        for types, criterion in found
    ]
    return f"SELECT {' + '.join(counts)}", statement.arguments


def referring_statement(
    resource_type: str, criterion: Criterion, parameter: int, *, most: int
) -> Made:
    """The elements of `refs` by which a parameter refers to what is found; NULL past `most`."""
    statement = Statement()
    far = _first(resource_type, criterion, "self", statement, most)
    key = statement.put(parameter, "bigint")
    return _unless_many(far, f"SELECT self # {key} FROM far", statement, most)  # noqa: S608


def referred_statement(
    resource_type: str, criterion: Criterion, parameter: int, *, most: int
) -> Made:
    """`self` of what is referred to by a parameter of what is found; NULL past `most` of these.
    Undone with this parameter, the elements of others are keys that no resource has."""
    statement = Statement()
    far = _first(resource_type, criterion, "refs", statement, most)
    key = statement.put(parameter, "bigint")
    told = f"SELECT DISTINCT element # {key} FROM far, unnest(refs) AS e(element)"  # noqa: S608
    return _unless_many(far, told, statement, most)


def _first(
    resource_type: str, criterion: Criterion, column: str, statement: Statement, most: int
) -> str:
    row = statement.row((resource_type,))
    where = _where(row, criterion, statement)
    return f"SELECT {row.name}.{column} {where} LIMIT {statement.put(most + 1, 'int')}"


def _unless_many(far: str, told: str, statement: Statement, most: int) -> Made:
    few = f"(SELECT count(*) FROM far) <= {statement.put(most, 'int')}"  # noqa: S608
    made = f"WITH far AS MATERIALIZED ({far}) SELECT CASE WHEN {few} THEN ARRAY({told}) END"
    return made, statement.arguments


def match_statement(resource_type: str, criterion: Criterion) -> Made:
    """Two of the resources found at most. Planned as if all were wanted: PostgreSQL would else hope
    to meet two soon by reading the whole table."""
    statement = Statement()
    row = statement.row((resource_type,))
    where = _where(row, criterion, statement)
    found = f"SELECT {row.name}.type, {row.name}.id, {row.name}.version {where}"
    told = f"WITH found AS MATERIALIZED ({found}) SELECT * FROM found LIMIT 2"  # noqa: S608
    return told, statement.arguments


def include_statement(found: Branches, *, most: int) -> Made:
    """Resources to include, one more than `most`."""
    statement = Statement()
    limit = statement.put(most + 1, "int")
    parts = []
    for types, criterion in found:
        row = statement.row(types)
        columns = ", ".join(f"{row.name}.{each}" for each in _FOLLOWED)
        parts.append(f"(SELECT {columns} {_where(row, criterion, statement)} LIMIT {limit})")
    union = " UNION ALL ".join(parts)
    return _light(f"SELECT * FROM ({union}) s LIMIT {limit}"), statement.arguments  # noqa: S608


def is_cut(rows: Sequence[Any]) -> bool:
    """Whether there were more rows, whose texts are too long together."""
    return bool(rows) and rows[0].get("found", 0) > len(rows)


def _light(statement: str, order: str = "") -> str:
    """Its first rows, of `MOST_BYTES` of texts or little more, each with how many there were."""
    ordered = f"ORDER BY {order}" if order else ""
    return (
        "SELECT * FROM (SELECT *, count(*) OVER () AS found, sum(octet_length(content))"  # noqa: S608
        f" OVER ({ordered} ROWS UNBOUNDED PRECEDING) - octet_length(content) AS before"
        f" FROM ({statement}) p) q WHERE before < {MOST_BYTES} {ordered}"
    )


def _page_where(
    query: Query, row: Row, criterion: Criterion, statement: Statement, place: Sequence[Any] | None
) -> str:
    if query.sort:
        return _where(row, criterion, statement)
    before = None if place is None else statement.put(place[-1], "bigint")
    told = newest_sql(criterion, row, statement, before=before)
    return f"FROM {row.source} WHERE {row.typed} AND ({told})"


def _where(row: Row, criterion: Criterion, statement: Statement) -> str:
    return f"FROM {row.source} WHERE {row.typed} AND ({criterion_sql(criterion, row, statement)})"
