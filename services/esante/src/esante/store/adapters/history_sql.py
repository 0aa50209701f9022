"""The SQL of one page of a history, newest first, by the index on (type, updated).

Keyset pagination: a page begins after the last version of the previous one. Versions written
meanwhile come before the first page, so that none is repeated or skipped.
"""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg

from esante.store.ports import HistoryQuery

# The size of each text without the text itself: the texts of a page are selected afterwards.
_COLUMNS: Final = (
    "type, id, version, updated, interaction, author, coalesce(octet_length(content), 0) AS bytes"
)
SELECT_TEXTS: Final = """
SELECT v.content
FROM unnest($1::text[], $2::text[], $3::int[]) WITH ORDINALITY AS a(type, id, version, place)
JOIN version v USING (type, id, version) ORDER BY place"""
"""Selects the texts of those versions, in that order."""
_PAGE_BYTES: Final = 16 * 1024 * 1024
"""Limit of the texts on one page."""
_ORDER: Final = "ORDER BY updated DESC, type, id, version"
# The index is by type: the newest versions of each type are selected, then the newest of all.
_EACH_TYPE: Final = """
WITH RECURSIVE types(type) AS (
    (SELECT type FROM version ORDER BY type LIMIT 1)
    UNION ALL
    SELECT (SELECT v.type FROM version v WHERE v.type > t.type ORDER BY v.type LIMIT 1)
    FROM types t WHERE t.type IS NOT NULL
)
SELECT v.* FROM types t CROSS JOIN LATERAL ({each}) v"""


# Whether a version was still the current one at an instant (the format argument).
_STILL_CURRENT: Final = (
    "NOT EXISTS (SELECT FROM version n WHERE n.type = version.type AND n.id = version.id"
    " AND n.version = version.version + 1 AND n.updated <= {})"
)


def history_statement(page: HistoryQuery) -> str:
    """The SQL of a page and one more version; its arguments are `history_arguments`."""
    where, limit = _conditions(page)
    if page.type is not None:
        return f"SELECT {_COLUMNS} FROM version WHERE {where} {_ORDER} LIMIT ${limit}"  # noqa: S608
    each = (
        f"SELECT {_COLUMNS} FROM version WHERE type = t.type AND {where}"  # noqa: S608
        f" {_ORDER} LIMIT ${limit}"
    )
    return f"{_EACH_TYPE.format(each=each)} {_ORDER} LIMIT ${limit}"


def history_arguments(page: HistoryQuery) -> list[Any]:
    """The arguments of `history_statement`."""
    given = [each for each in (page.type, page.id, page.since, *page.at) if each is not None]
    return [*given, *(page.before or ()), page.limit + 1]


def _conditions(page: HistoryQuery) -> tuple[str, int]:
    """The WHERE clause, and the number of the argument of LIMIT."""
    parts: list[str] = []
    at = 0
    bounds = (
        (page.type, "type = {}"),
        (page.id, "id = {}"),
        (page.since, "updated >= {}"),
        (page.at[0], _STILL_CURRENT),
        (page.at[1], "updated < {}"),
    )
    for value, words in bounds:
        if value is not None:
            at += 1
            parts.append(words.format(f"${at}"))
    if page.before is not None:
        moment, resource_type, name, version = (f"${at + i}" for i in range(1, 5))
        at += 4
        parts.append(
            f"updated <= {moment}::timestamptz AND (updated < {moment}"
            f" OR type > {resource_type}::text OR (type = {resource_type} AND (id > {name}::text"
            f" OR (id = {name} AND version > {version}::int))))"
        )
    return " AND ".join(parts) or "true", at + 1


def within_bytes(lines: Sequence[asyncpg.Record]) -> Sequence[asyncpg.Record]:
    """The first versions whose texts fit on a page together; at least one."""
    total = 0
    for at, line in enumerate(lines):
        total += line["bytes"]
        if at and total > _PAGE_BYTES:
            return lines[:at]
    return lines
