"""A page of a search with chains or `_has`, in one round trip.

The function `joined_page` of the database looks up the far ends, and plans the page once it knows
what they are (migration 0014): a single statement would be planned for any number of them.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any, Final

import asyncpg

from esante.core.domain.permissions import RevisionCheck
from esante.search.adapters.lookups import DependentLookupError, Lookups
from esante.search.adapters.order import sort_types
from esante.search.adapters.statement_builder import Found, Statement
from esante.search.adapters.statements import UNLIMITED_PAGE, Branches, page_statement
from esante.search.domain.query.model import Query
from esante.store.adapters.revision_sql import revision_sql
from socle.postgres import Connection

_COLUMNS: Final = {
    "type": "text",
    "id": "text",
    "version": "integer",
    "updated": "timestamptz",
    "born": "bigint",
    "content": "text",
}
_LIMITED_COLUMNS: Final = {"found": "bigint", "before": "bigint"}
_MEMBERS: Final = ("$6", "$7", "$8", "$9")
_PLACEHOLDER: Final = re.compile(r"\$([0-9]+)::")


async def find_joined_page(
    connection: Connection,
    query: Query,
    criteria: Branches,
    place: Sequence[Any] | None,
    *,
    max_rows: int,
    check: RevisionCheck | None,
) -> list[asyncpg.Record] | None:
    """The rows of `page_statement`; None if a far end has more than `max_rows` matches, or if the
    search needs several statements.

    `criteria`: with joins. `place`, `check`: as in `page_statement`.
    """
    if query.includes or query.total or query.counts_only:
        return None
    lookups = Lookups(max_rows, Statement(is_checked=check is not None))
    try:
        replaced = [(types, lookups.replace(criterion)) for types, criterion in criteria]
    except DependentLookupError:
        return None
    lookup = f"SELECT ARRAY[{', '.join(f'({each})::text' for each in lookups.selected)}]"
    columns = _columns(query)
    named = ", ".join(f"{name} {sql_type}" for name, sql_type in columns.items())
    # Its first row then has no type.
    otherwise = "SELECT " + ", ".join(f"NULL::{each}" for each in columns.values())
    members = () if check is None else check.members
    revision = "" if check is None else f", ({revision_sql(_MEMBERS)}) AS revision"
    rows = await connection.fetch(
        f"SELECT *{revision} FROM joined_page($1, $2, $3, $4, $5) AS page({named})",  # noqa: S608
        *as_template(lookup, lookups.statement.arguments),
        *as_template(*page_statement(query, replaced, place, is_checked=check is not None)),
        otherwise,
        *members,
    )
    return None if rows and rows[0]["type"] is None else rows


def _columns(query: Query) -> dict[str, str]:
    keys = {f"k{number}": each for number, each in enumerate(sort_types(query.sort), 1)}
    limited = {} if query.count <= UNLIMITED_PAGE else _LIMITED_COLUMNS
    return _COLUMNS | keys | limited


def as_template(sql: str, arguments: Sequence[Any]) -> tuple[str, list[str | None]]:
    """The statement as a template of PostgreSQL's `format`, which quotes the literals in it; and
    these literals, without those that the lookups find, which follow them."""
    given = [each for each in arguments if not isinstance(each, Found)]
    before = accumulate((not isinstance(each, Found) for each in arguments), initial=1)
    numbers = [
        len(given) + each.place if isinstance(each, Found) else number
        for each, number in zip(arguments, before, strict=False)
    ]
    template = _PLACEHOLDER.sub(
        lambda found: f"%{numbers[int(found[1]) - 1]}$L::", sql.replace("%", "%%")
    )
    return template, [_literal(each) for each in given]


def _literal(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return _array(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _array(values: Iterable[Any]) -> str:
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: Any) -> str:
    if not isinstance(value, str):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
