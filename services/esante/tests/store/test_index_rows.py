"""The index rows of a resource are those of its current version, whoever wrote the version before.

An update writes only the rows that change.
"""

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from search_population import BASE, Json
from search_world import NOW, SearchWorld, changed, open_search_world

from esante.search.domain.indexing import index
from esante.store.adapters.index_tables import INDEX_TABLES, index_rows
from esante.store.adapters.resource_store import PostgresTransaction
from esante.store.adapters.write_sql import reindex_statement, write_arguments
from esante.store.ports import Change, WriteConflict

TABLE = "resource_observation"
PARTS: dict[str, list[Any]] = {
    "code": [{"coding": [{"code": each}, {"code": "a"}], "text": each} for each in "abc"],
    "subject": [{"reference": "Patient/a"}, {"reference": "Patient/b"}],
    "value": [
        {"valueQuantity": {"value": 1, "unit": "kg"}},
        {"valueQuantity": {"value": 2, "unit": "kg"}},
        {"valueDateTime": "2026-03-02"},
        {"valueString": "Élevé"},
    ],
    "meta": [{"source": "http://example.org/a"}, {"source": "http://example.org/b"}],
}


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncIterator[SearchWorld]:
    async with AsyncExitStack() as stack:
        yield await open_search_world(postgres_url, stack)


def observation(**parts: Any) -> Json:
    value = parts.pop("value", {})
    return {"resourceType": "Observation", "id": "o", "status": "final"} | parts | value


async def rows(world: SearchWorld) -> dict[str, Counter[tuple[Any, ...]]]:
    """The rows of the Observation, by table."""
    found = {
        table: await world.pool.fetch(f"SELECT {', '.join(columns)} FROM {table}")
        for table, columns in INDEX_TABLES.items()
    }
    found["code_value"] = await world.pool.fetch("SELECT element, about FROM code_value")
    return {table: Counter(map(tuple, each)) for table, each in found.items()}


def expected(resource: Json) -> dict[str, Counter[tuple[Any, ...]]]:
    entries = index(resource, base=BASE)
    found = {table: Counter(index_rows(entries).get(table, ())) for table in INDEX_TABLES}
    return found | {"code_value": Counter((code, entries.about) for code in entries.codes)}


async def next_version(world: SearchWorld, resource: Json, **differs: Any) -> Change:
    """The change of the stored Observation. `differs`: of its index entries."""
    state = await world.store.find("Observation", "o")
    change = changed(resource, over=state.version, updated=NOW)
    assert change.indexed is not None
    indexed = replace(change.indexed, **differs)
    return replace(change, replaced_digests=state.index_digests, indexed=indexed)


async def test_any_update(world: SearchWorld) -> None:
    chance = random.Random(20260302)
    for _ in range(60):
        parts = {
            part: chance.choice(values) for part, values in PARTS.items() if chance.random() < 0.7
        }
        resource = observation(**parts)
        await world.put(resource)
        assert await rows(world) == expected(resource)


async def test_what_stays_the_same_is_not_written(world: SearchWorld) -> None:
    parts = {part: values[0] for part, values in PARTS.items()}
    await world.put(observation(**parts))
    tables = (*INDEX_TABLES, "code_value")
    query = " UNION ALL ".join(
        f"SELECT '{each}' AS name, ctid::text, xmin::text FROM {each}" for each in tables
    )
    before = set(await world.pool.fetch(query))
    await world.put(observation(**parts, status="amended"))
    assert set(await world.pool.fetch(query)) == before
    await world.put(observation(**parts | {"value": PARTS["value"][1]}))
    after = set(await world.pool.fetch(query))
    assert {each["name"] for each in before ^ after} == {"quantity_value"}


async def test_an_update_that_changes_no_key_leaves_the_indexes_as_they_are(
    world: SearchWorld,
) -> None:
    """PostgreSQL writes a heap-only tuple, for which pages keep space."""
    options = f"SELECT reloptions FROM pg_class WHERE relname = '{TABLE}'"
    assert await world.pool.fetchval(options) == ["fillfactor=80"]
    both = [{"code": "a"}, {"code": "b"}]
    await world.put(observation(code={"coding": both}, **PARTS["value"][0]))
    for parts, heap_only in (
        (PARTS["value"][1] | {"code": {"coding": both[::-1]}}, 1),
        (PARTS["value"][1] | {"code": {"coding": both[:1]}}, 0),
    ):
        async with world.store.transaction() as transaction:
            assert isinstance(transaction, PostgresTransaction)
            count = f"SELECT pg_stat_get_xact_tuples_hot_updated('{TABLE}'::regclass)"
            before = await transaction.connection.fetchval(count)
            await transaction.write([await next_version(world, observation(**parts))])
            after = await transaction.connection.fetchval(count)
            assert after - before == heap_only, parts


async def test_after_an_older_version_of_the_program(world: SearchWorld) -> None:
    first, second = (observation(code=each) for each in PARTS["code"][:2])
    await world.put(first)
    digests = await world.pool.fetchval(f"SELECT index_digests FROM {TABLE}")
    await world.put(second)
    # It does not write the digests.
    await world.pool.execute(f"UPDATE {TABLE} SET index_digests = $1", digests)
    await world.put(first)
    assert await rows(world) == expected(first)


async def test_after_an_older_version_indexed_again(world: SearchWorld) -> None:
    resource = observation(code=PARTS["code"][0])
    await world.put(resource)
    await world.pool.execute("INSERT INTO uri_value VALUES ('Observation', 'added', 'x', 'o')")
    await world.store.write([await next_version(world, resource, definitions=5)])
    assert await rows(world) == expected(resource)


@pytest.mark.parametrize("known", [True, False])
async def test_one_indexed_again_meanwhile(world: SearchWorld, *, known: bool) -> None:
    resource = observation(code=PARTS["code"][0])
    await world.put(resource)
    if not known:
        await world.pool.execute(f"UPDATE {TABLE} SET index_digests = NULL")
    late = await next_version(world, resource)
    same = replace(late, version=late.replaces)
    assert same.indexed is not None
    again = replace(same, indexed=replace(same.indexed, strings=(), definitions=5))
    assert await world.pool.fetchval(reindex_statement(TABLE), *write_arguments([again], ())) == 1
    with pytest.raises(WriteConflict):
        await world.store.write([late])
    await world.store.write([await next_version(world, resource)])
    assert await rows(world) == expected(resource)
