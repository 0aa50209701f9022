"""The SQL statements of a search. Each covers groups of types, with one criterion per group."""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from esante.core.domain.permissions import RevisionCheck
from esante.search.adapters.criteria_sql import criterion_sql, newest_first_sql
from esante.search.adapters.index_table_sql import index_rows_sql
from esante.search.adapters.order import after_cursor_sql, order_sql, sort_value_sql
from esante.search.adapters.statement_builder import Row, Statement
from esante.search.domain.query.criteria import Amounts, Criterion, Dates, Strings, UrisBelow
from esante.search.domain.query.limits import DEFAULT_COUNT, MAX_BYTES
from esante.search.domain.query.model import Query
from esante.store.adapters.revision_sql import revision_sql

Branches: TypeAlias = Sequence[tuple[tuple[str, ...], Criterion]]
"""(types, criterion) of each group."""
FarEnd: TypeAlias = tuple[str, Criterion]
"""The type of the resources at the far end of a join, and the criterion that they meet."""
BoundStatement: TypeAlias = tuple[str, list[Any]]
"""A statement and its arguments."""

UNLIMITED_PAGE: Final = DEFAULT_COUNT
"""Pages of at most so many resources are not limited to `MAX_BYTES`."""
_RETURNED: Final = ("type", "id", "version", "updated", "born", "content")
_WITH_REFERENCES: Final = (*_RETURNED, "self", "refs")
"""Columns of pages with inclusions."""


def page_statement(
    query: Query,
    found: Branches,
    place: Sequence[Any] | None,
    check: RevisionCheck | None = None,
    *,
    is_checked: bool = False,
) -> BoundStatement:
    """Selects the matches of one page, and one more.

    `place`: the position after which the page begins, from `Cursors.read`; None for the first page.
    `check`: its revision is the column `revision` of each row. `is_checked`: the revision is read
    by another part of the same statement.
    """
    is_checked = is_checked or check is not None
    # To sort, all matches are read, not only those of the page.
    statement = Statement(is_checked=is_checked, is_short=not query.sort)
    returned = "*"
    if check is not None:
        members = [statement.bind(each, "text") for each in check.members]
        returned = f"*, ({revision_sql(members)}) AS revision"
    of_branch = returned if len(found) == 1 else "*"
    limit = statement.bind(query.count + 1, "int")
    order = order_sql(query.sort)
    names = _WITH_REFERENCES if query.includes else _RETURNED
    parts = []
    for types, criterion in found:
        row = statement.row(types)
        keys = "".join(
            f", {sort_value_sql(key, row)} AS k{n}" for n, key in enumerate(query.sort, 1)
        )
        columns = ", ".join(f"{row.name}.{each}" for each in names)
        inner = f"SELECT {columns}{keys} {_page_where(query, row, criterion, statement, place)}"
        after = "" if place is None else f" WHERE {after_cursor_sql(query, place, statement)}"
        branch = f"SELECT {of_branch} FROM ({inner}) s{after}"  # noqa: S608
        parts.append(f"({branch} ORDER BY {order} LIMIT {limit})")
    union = " UNION ALL ".join(parts)
    page = f"SELECT {returned} FROM ({union}) s ORDER BY {order} LIMIT {limit}"  # noqa: S608
    page = parts[0][1:-1] if len(parts) == 1 else page
    return page if query.count <= UNLIMITED_PAGE else _limit_bytes(page, order), statement.arguments


def count_statement(found: Branches) -> BoundStatement:
    """Counts the matches."""
    statement = Statement()
    counts = [
        f"(SELECT count(*) {_where(statement.row(types), criterion, statement)})"
        for types, criterion in found
    ]
    return f"SELECT {' + '.join(counts)}", statement.arguments


def referring_sql(far: FarEnd, parameter: int, statement: Statement, *, max_rows: int) -> str:
    """Selects the elements of `refs` by which a parameter refers to the matches, as one array.

    `parameter`: its key. NULL if there are more than `max_rows` matches.
    """
    matches = _far_end(*far, "self", statement, max_rows)
    key = statement.bind(parameter, "bigint")
    return _unless_many(matches, f"SELECT self # {key} FROM far", statement, max_rows)  # noqa: S608


def referred_sql(far: FarEnd, parameter: int, statement: Statement, *, max_rows: int) -> str:
    """Selects the keys (`self`) of the resources that the matches refer to by a parameter, as one
    array; NULL if there are more than `max_rows` matches.

    `parameter`: its key. References by other parameters yield keys that no resource has.
    """
    matches = _far_end(*far, "refs", statement, max_rows)
    key = statement.bind(parameter, "bigint")
    referred = f"SELECT DISTINCT element # {key} FROM far, unnest(refs) AS e(element)"  # noqa: S608
    return _unless_many(matches, referred, statement, max_rows)


def ids_sql(far: FarEnd, statement: Statement, *, max_rows: int) -> str:
    """Selects the ids of the matches, as one array; NULL if there are more than `max_rows`."""
    resource_type, criterion = far
    if isinstance(criterion, Strings | Amounts | UrisBelow | Dates):
        limit = statement.bind(max_rows + 1, "int")
        matches = f"{index_rows_sql(criterion, resource_type, statement)} LIMIT {limit}"
    else:
        matches = _far_end(resource_type, criterion, "id", statement, max_rows)
    return _unless_many(matches, "SELECT id FROM far", statement, max_rows)


def _far_end(
    resource_type: str, criterion: Criterion, column: str, statement: Statement, max_rows: int
) -> str:
    row = statement.row((resource_type,))
    where = _where(row, criterion, statement)
    return f"SELECT {row.name}.{column} {where} LIMIT {statement.bind(max_rows + 1, 'int')}"


def _unless_many(far: str, selected: str, statement: Statement, max_rows: int) -> str:
    few = f"(SELECT count(*) FROM far) <= {statement.bind(max_rows, 'int')}"  # noqa: S608
    return f"(WITH far AS MATERIALIZED ({far}) SELECT CASE WHEN {few} THEN ARRAY({selected}) END)"


def match_statement(resource_type: str, criterion: Criterion) -> BoundStatement:
    """Selects at most two matches.

    MATERIALIZED makes PostgreSQL plan for all matches; otherwise it would scan the table, expecting
    to find two soon.
    """
    statement = Statement()
    row = statement.row((resource_type,))
    where = _where(row, criterion, statement)
    found = f"SELECT {row.name}.type, {row.name}.id, {row.name}.version {where}"
    sql = f"WITH found AS MATERIALIZED ({found}) SELECT * FROM found LIMIT 2"  # noqa: S608
    return sql, statement.arguments


def include_statement(found: Branches, *, max_rows: int) -> BoundStatement:
    """Selects included resources, at most `max_rows` and one more. `found`: their criteria."""
    statement = Statement()
    limit = statement.bind(max_rows + 1, "int")
    parts = []
    for types, criterion in found:
        row = statement.row(types)
        columns = ", ".join(f"{row.name}.{each}" for each in _WITH_REFERENCES)
        parts.append(f"(SELECT {columns} {_where(row, criterion, statement)} LIMIT {limit})")
    union = " UNION ALL ".join(parts)
    return _limit_bytes(f"SELECT * FROM ({union}) s LIMIT {limit}"), statement.arguments  # noqa: S608


def is_truncated(rows: Sequence[Any]) -> bool:
    """Whether rows were omitted because their texts are too long together."""
    return bool(rows) and rows[0].get("found", 0) > len(rows)


def _limit_bytes(statement: str, order: str = "") -> str:
    """Limits a statement to its first rows with up to about `MAX_BYTES` of texts.

    The column `found` has the number of rows without this limit, for `is_truncated`.
    """
    ordered = f"ORDER BY {order}" if order else ""
    return (
        "SELECT * FROM (SELECT *, count(*) OVER () AS found, sum(octet_length(content))"  # noqa: S608
        f" OVER ({ordered} ROWS UNBOUNDED PRECEDING) - octet_length(content) AS before"
        f" FROM ({statement}) p) q WHERE before < {MAX_BYTES} {ordered}"
    )


def _page_where(
    query: Query, row: Row, criterion: Criterion, statement: Statement, place: Sequence[Any] | None
) -> str:
    if query.sort:
        return _where(row, criterion, statement)
    before = None if place is None else statement.bind(place[-1], "bigint")
    condition = newest_first_sql(criterion, row, statement, before=before)
    return f"FROM {row.source} WHERE {row.typed} AND ({condition})"


def _where(row: Row, criterion: Criterion, statement: Statement) -> str:
    return f"FROM {row.source} WHERE {row.typed} AND ({criterion_sql(criterion, row, statement)})"
