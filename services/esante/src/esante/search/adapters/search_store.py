"""Searches in PostgreSQL: one statement for a page; where it chains, those that come before it find
out whether few or many are referred to, in the same snapshot.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Final

import asyncpg

from esante.core.domain.permissions import Access
from esante.core.domain.resource import Resource
from esante.search.adapters.includes import include
from esante.search.adapters.joins import FEW, Joins
from esante.search.adapters.order import read_cursor, write_cursor
from esante.search.adapters.statements import (
    Branches,
    count_statement,
    is_cut,
    match_statement,
    page_statement,
)
from esante.search.domain.query.conditions import Reading
from esante.search.domain.query.limits import too_costly
from esante.search.domain.query.model import Query
from esante.search.domain.query.narrowing import TypeFilter, branches
from esante.search.ports import AccessFilter, Matched, SearchPage
from esante.store.adapters.resource_store import PostgresTransaction
from esante.store.ports import Transaction
from socle.postgres import Connection, Pool, reachable

POOL_SETTINGS: Final = {
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
    "random_page_cost": "1.1",
}
"""Of the pool a search is given: what a value costs depends on the value, so every statement is
planned for its own; none lasts long enough to be worth compiling; and no disk turns any more."""
_TOO_MUCH: Final = (
    TimeoutError,
    asyncpg.QueryCanceledError,
    asyncpg.StatementTooComplexError,
    asyncpg.ProgramLimitExceededError,
    asyncpg.ConfigurationLimitExceededError,
)


class PostgresSearches:
    """Implements `Searches`. `pool`: whose statements end in time, with `POOL_SETTINGS`;
    `access_filter`: what a caller may search;
    `seconds`: of a search, however many statements it takes; `few`: as `Joins` has it."""

    def __init__(
        self, pool: Pool, access_filter: AccessFilter, *, seconds: float, few: int = FEW
    ) -> None:
        self._pool, self._access_filter, self._seconds = pool, access_filter, seconds
        self._joins = Joins(few)

    async def search(self, query: Query, *, access: Access, reading: Reading) -> SearchPage:
        type_filter = self._type_filter(access, reading)
        found: Branches = branches(query, type_filter)
        place = read_cursor(query)
        if not found:
            return SearchPage((), (), 0, None)
        known = all(self._joins.are_known(criterion, reading.now) for _, criterion in found)
        with reachable(), _bounded():
            async with (
                self._connection(query, several=not known) as connection,
                asyncio.timeout(self._seconds),
            ):
                if not known:
                    found = [
                        (types, await self._joins.resolved(connection, criterion, reading.now))
                        for types, criterion in found
                    ]
                if query.counts_only:
                    return SearchPage((), (), await _count(connection, found), None)
                statement, arguments = page_statement(query, found, place)
                rows = await connection.fetch(statement, *arguments)
                more, rows = len(rows) > query.count or is_cut(rows), rows[: query.count]
                total = None
                if query.total:
                    whole = place is None and not more
                    total = len(rows) if whole else await _count(connection, found)
                included = await include(connection, query.includes, rows, type_filter=type_filter)
        following = write_cursor(query, rows[-1]) if more else None
        return SearchPage(_resources(rows), _resources(included), total, following)

    async def matching(
        self, query: Query, *, access: Access, reading: Reading, within: Transaction
    ) -> tuple[Matched, ...]:
        assert isinstance(within, PostgresTransaction)
        ((types, criterion),) = branches(query, self._type_filter(access, reading))
        with _bounded():
            # On a connection that reads and writes need too: no longer than any search.
            async with asyncio.timeout(self._seconds):
                criterion = await self._joins.resolved(within.connection, criterion, reading.now)
                statement, arguments = match_statement(types[0], criterion)
                rows = await within.connection.fetch(statement, *arguments)
        return tuple(Matched(row["type"], row["id"], row["version"]) for row in rows)

    def _type_filter(self, access: Access, reading: Reading) -> TypeFilter:
        return partial(self._access_filter, access=access, reading=reading)

    @asynccontextmanager
    async def _connection(self, query: Query, *, several: bool) -> AsyncIterator[Connection]:
        """In a snapshot where more than one statement looks."""
        several = several or bool(query.includes) or query.total
        async with self._pool.acquire() as connection:
            if several and not query.counts_only:
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    yield connection
            else:
                yield connection


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
    """What takes too long, or is too much for the server, is refused in words."""
    try:
        yield
    except _TOO_MUCH as error:
        raise too_costly(
            "Cette recherche demande trop de travail : ajoutez un critère (un patient, un code, "
            "une date), ou demandez-la sans total."
        ) from error
