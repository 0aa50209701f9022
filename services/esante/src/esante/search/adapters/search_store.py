"""Searches in PostgreSQL: one statement per page, after those that look up the far ends of chains.

All statements of a search see one snapshot, except those of a search that only counts.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, Final

import asyncpg

from esante.core.domain.permissions import Access, RevisionCheck
from esante.core.domain.resource import Resource
from esante.search.adapters.cursors import Cursors
from esante.search.adapters.includes import find_included
from esante.search.adapters.joined_page import find_joined_page
from esante.search.adapters.joins import FEW, JoinResolver
from esante.search.adapters.labels_sql import MAX_LABELS, labels_statement
from esante.search.adapters.statements import (
    Branches,
    count_statement,
    is_truncated,
    match_statement,
    page_statement,
)
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.limits import too_costly
from esante.search.domain.query.model import Query
from esante.search.domain.query.narrowing import TypeFilter, narrow_query
from esante.search.ports import AccessFilter, Matched, SearchPage
from esante.store.adapters.resource_store import PostgresTransaction
from esante.store.adapters.revision_sql import SELECT_REVISION
from esante.store.ports import Transaction
from socle.postgres import Connection, Pool, reachable

POOL_SETTINGS: Final = {
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
    "random_page_cost": "1.1",
}
"""Settings of the connections of searches.

The best plan depends on the values, so every statement is planned for its own. No statement lasts
long enough for JIT. Random page access on an SSD costs little more than sequential access.
"""
_LIMIT_ERRORS: Final = (
    TimeoutError,
    asyncpg.QueryCanceledError,
    asyncpg.StatementTooComplexError,
    asyncpg.ProgramLimitExceededError,
    asyncpg.ConfigurationLimitExceededError,
)


class PostgresSearches:
    """Implements `Searches`.

    `pool`: must have a statement timeout and `POOL_SETTINGS`. `access_filter`: returns the
    criterion that permits resources of a type. `seconds`: time limit of all statements of one
    search. `few`: as in `JoinResolver`.
    """

    def __init__(
        self, pool: Pool, access_filter: AccessFilter, *, seconds: float, few: int = FEW
    ) -> None:
        self._pool, self._access_filter, self._seconds = pool, access_filter, seconds
        self._joins, self._cursors = JoinResolver(few), Cursors(pool)

    async def search(self, query: Query, *, access: Access, context: SearchContext) -> SearchPage:
        type_filter = self._type_filter(access, context)
        found: Branches = narrow_query(query, type_filter)
        place = await self._cursors.read(query)
        if not found:
            return SearchPage((), (), 0, None)
        known = all(self._joins.needs_no_lookup(criterion, context.now) for _, criterion in found)
        if not known:
            page = await self._joined_page(query, found, place, access.check)
            if page is not None:
                return page
        with reachable(), _bounded():
            async with (
                self._connection(query, several=not known) as connection,
                asyncio.timeout(self._seconds),
            ):
                if not known:
                    found = [
                        (types, await self._joins.resolve(connection, criterion, context.now))
                        for types, criterion in found
                    ]
                if query.counts_only:
                    counted = await _count(connection, found)
                    await _confirm(access.check, (), connection)
                    return SearchPage((), (), counted, None)
                statement, arguments = page_statement(query, found, place, access.check)
                rows = await connection.fetch(statement, *arguments)
                await _confirm(access.check, rows, connection)
                more, rows = len(rows) > query.count or is_truncated(rows), rows[: query.count]
                total = None
                if query.total:
                    complete = place is None and not more
                    total = len(rows) if complete else await _count(connection, found)
                included = await find_included(
                    connection, query.includes, rows, type_filter=type_filter
                )
        next_cursor = await self._cursors.write(query, rows[-1]) if more else None
        return SearchPage(_resources(rows), _resources(included), total, next_cursor)

    async def _joined_page(
        self,
        query: Query,
        found: Branches,
        place: Sequence[Any] | None,
        check: RevisionCheck | None,
    ) -> SearchPage | None:
        """The page in one statement; None if several are needed."""
        with reachable(), _bounded():
            async with self._pool.acquire() as connection, asyncio.timeout(self._seconds):
                rows = await find_joined_page(
                    connection, query, found, place, max_rows=self._joins.few, check=check
                )
                if rows is None:
                    return None
                await _confirm(check, rows, connection)
        more, rows = len(rows) > query.count or is_truncated(rows), rows[: query.count]
        next_cursor = await self._cursors.write(query, rows[-1]) if more else None
        return SearchPage(_resources(rows), (), None, next_cursor)

    async def list_labels(
        self, query: Query, *, access: Access, context: SearchContext
    ) -> Sequence[tuple[str, Any]]:
        found: Branches = narrow_query(query, self._type_filter(access, context))
        if not found:
            return ()
        statement, arguments = labels_statement(found)
        with reachable(), _bounded():
            async with self._pool.acquire() as connection, asyncio.timeout(self._seconds):
                rows = await connection.fetch(statement, *arguments)
        if len(rows) > MAX_LABELS or any(row["beyond"] for row in rows):
            raise too_costly(
                f"Plus de {MAX_LABELS} étiquettes, ou de très longues : demandez celles d'un type."
            )
        return [(row["kind"], row["label"]) for row in rows]

    async def find_matches(
        self, query: Query, *, access: Access, context: SearchContext, within: Transaction
    ) -> tuple[Matched, ...]:
        assert isinstance(within, PostgresTransaction)
        ((types, criterion),) = narrow_query(query, self._type_filter(access, context))
        with _bounded():
            # The statement timeout of the transaction's connection is longer.
            async with asyncio.timeout(self._seconds):
                criterion = await self._joins.resolve(within.connection, criterion, context.now)
                statement, arguments = match_statement(types[0], criterion)
                rows = await within.connection.fetch(statement, *arguments)
        return tuple(Matched(row["type"], row["id"], row["version"]) for row in rows)

    def _type_filter(self, access: Access, context: SearchContext) -> TypeFilter:
        return partial(self._access_filter, access=access, context=context)

    @asynccontextmanager
    async def _connection(self, query: Query, *, several: bool) -> AsyncIterator[Connection]:
        """A connection, in a read-only snapshot if there are several statements.

        `several`: whether far ends are looked up. A search that only counts needs no snapshot.
        """
        several = several or bool(query.includes) or query.total
        async with self._pool.acquire() as connection:
            if several and not query.counts_only:
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    yield connection
            else:
                yield connection


async def _confirm(
    check: RevisionCheck | None, rows: Sequence[asyncpg.Record], connection: Connection
) -> None:
    """Confirm a check with the revision in the rows of a page. Raises AccessChanged.

    If there are none, it is read after them.
    """
    if check is not None:
        check.confirm(
            rows[0]["revision"]
            if rows
            else await connection.fetchval(SELECT_REVISION, *check.members)
        )


async def _count(connection: Connection, found: Branches) -> int:
    statement, arguments = count_statement(found)
    total: int = await connection.fetchval(statement, *arguments)
    return total


def _resources(rows: Sequence[asyncpg.Record]) -> tuple[Resource, ...]:
    return tuple(
        Resource(row["type"], row["id"], row["version"], row["updated"], row["content"].encode())
        for row in rows
    )


@contextmanager
def _bounded() -> Iterator[None]:
    """Turns timeouts and resource limits of PostgreSQL into a Refusal."""
    try:
        yield
    except _LIMIT_ERRORS as error:
        raise too_costly(
            "Cette recherche demande trop de travail : ajoutez un critère (un patient, un code, "
            "une date), ou demandez-la sans total."
        ) from error
