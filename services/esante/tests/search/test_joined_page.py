"""A chained search is one statement, whatever its values contain."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import pytest_asyncio
from search_world import SearchWorld, open_search_world

from esante.access.domain.access_filter import access_filter
from esante.search.adapters.joined_page import as_template
from esante.search.adapters.search_store import POOL_SETTINGS, PostgresSearches
from esante.search.adapters.statement_builder import Found
from socle.postgres import open_pool

NAMES = ('O"Neil', "back\\slash", "100%$1::text", "{null}", "L'Été")


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncIterator[SearchWorld]:
    async with AsyncExitStack() as stack:
        world = await open_search_world(postgres_url, stack)
        for number, name in enumerate(NAMES):
            patient = {"resourceType": "Patient", "id": f"p{number}", "name": [{"family": name}]}
            observation = {
                "resourceType": "Observation",
                "id": f"o{number}",
                "status": "final",
                "code": {"coding": [{"code": "a"}]},
                "subject": {"reference": f"Patient/p{number}"},
            }
            for each in (patient, observation):
                await world.put(each)
        yield world


async def test_one_statement_finds_a_page(world: SearchWorld, postgres_url: str) -> None:
    statements: list[str] = []
    async with open_pool(
        postgres_url,
        application_name="test",
        max_size=1,
        skip_session_reset=True,
        settings=POOL_SETTINGS,
    ) as pool:
        async with pool.acquire() as connection:
            connection.add_query_logger(lambda record: statements.append(record.query))

        async def found(name: str, *pairs: tuple[str, str]) -> list[str]:
            statements.clear()
            names = await world.locals(name, *pairs)
            await asyncio.sleep(0)  # asyncpg logs a query in a callback of its own
            return names

        world.searches = PostgresSearches(pool, access_filter, seconds=60.0)
        for number, name in enumerate(NAMES):
            chain = ("subject:Patient.family:exact", name)
            assert await found("Observation", chain, ("code", "a")) == [f"Observation/o{number}"]
            assert len(statements) == 1, statements
        assert await found("Observation", ("patient.family", "nobody")) == []
        assert len(statements) == 1, statements
        has = ("_has:Observation:subject:status", "final")
        assert len(await found("Patient", has, ("_sort", "-family"))) == len(NAMES)
        assert len(statements) == 1, statements

        # Past the limit, the far end is remembered: the next search needs no lookup.
        world.searches = PostgresSearches(pool, access_filter, seconds=60.0, few=2)
        assert len(await found("Patient", has)) == len(NAMES)
        assert len(statements) > 1
        assert len(await found("Patient", has)) == len(NAMES)
        assert len(statements) == 1, statements


@pytest.mark.parametrize(
    ("sql", "arguments", "template", "values"),
    [
        (
            "a LIKE '%' AND $2::int = $1::bigint[]",
            [(1, -2), 3],
            "a LIKE '%%' AND %2$L::int = %1$L::bigint[]",
            ["{1,-2}", "3"],
        ),
        (
            "$1::text $2::bigint[] $3::numeric $4::text[]",
            [None, Found(2), Decimal("1E+3"), Found(1)],
            "%1$L::text %4$L::bigint[] %2$L::numeric %3$L::text[]",
            [None, "1E+3"],
        ),
        ("$1::text[]", [('a"', "\\")], "%1$L::text[]", ['{"a\\"","\\\\"}']),
        (
            "$1::timestamptz",
            [datetime(2026, 3, 2, tzinfo=UTC)],
            "%1$L::timestamptz",
            ["2026-03-02T00:00:00+00:00"],
        ),
    ],
)
def test_a_statement_as_a_template(
    sql: str, arguments: Sequence[object], template: str, values: list[str | None]
) -> None:
    assert as_template(sql, arguments) == (template, values)
