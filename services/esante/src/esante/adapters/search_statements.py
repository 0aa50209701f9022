"""Whole statements of a search, each of groups of types that have one criterion between them."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from esante.adapters.search_order import after_sql, key_sql, order_sql
from esante.adapters.search_sql import Row, Statement, criterion_sql
from esante.domain.query.criteria import Criterion
from esante.domain.query.model import Query

Branches: TypeAlias = Sequence[tuple[tuple[str, ...], Criterion]]
Made: TypeAlias = tuple[str, list[Any]]
"""A statement and its arguments."""

_HIT = "type, id, version, updated, born, self, refs, content"


def page_statement(query: Query, found: Branches, place: Sequence[Any] | None) -> Made:
    """One page and one resource more, after that place where there is one."""
    statement = Statement()
    limit = statement.put(query.count + 1, "int")
    order = order_sql(query.sort)
    parts = []
    for types, criterion in found:
        row = statement.row(types)
        keys = "".join(f", {key_sql(key, row)} AS k{n}" for n, key in enumerate(query.sort, 1))
        columns = ", ".join(f"{row.name}.{each}" for each in _HIT.split(", "))
        inner = f"SELECT {columns}{keys} {_where(row, criterion, statement)}"
        after = "" if place is None else f" WHERE {after_sql(query, place, statement)}"
        parts.append(f"(SELECT * FROM ({inner}) s{after} ORDER BY {order} LIMIT {limit})")  # noqa: S608
    if len(parts) == 1:
        return parts[0][1:-1], statement.arguments
    union = " UNION ALL ".join(parts)
    return f"SELECT * FROM ({union}) s ORDER BY {order} LIMIT {limit}", statement.arguments  # noqa: S608


def count_statement(found: Branches) -> Made:
    """How many there are."""
    statement = Statement()
    counts = [
        f"(SELECT count(*) {_where(statement.row(types), criterion, statement)})"
        for types, criterion in found
    ]
    return f"SELECT {' + '.join(counts)}", statement.arguments


def probe_statement(resource_type: str, criterion: Criterion, *, most: int, column: str) -> Made:
    """A column of the first resources found, one more than `most`."""
    statement = Statement()
    row = statement.row((resource_type,))
    where = _where(row, criterion, statement)
    limit = statement.put(most + 1, "int")
    return f"SELECT {row.name}.{column} {where} LIMIT {limit}", statement.arguments


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
        columns = ", ".join(f"{row.name}.{each}" for each in _HIT.split(", "))
        parts.append(f"(SELECT {columns} {_where(row, criterion, statement)} LIMIT {limit})")
    union = " UNION ALL ".join(parts)
    return f"SELECT * FROM ({union}) s LIMIT {limit}", statement.arguments  # noqa: S608


def _where(row: Row, criterion: Criterion, statement: Statement) -> str:
    return f"FROM {row.source} WHERE {row.typed} AND ({criterion_sql(criterion, row, statement)})"
