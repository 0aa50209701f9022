"""Updates of requests at the same time, by one statement: each is done or refused as if alone."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Any

import pytest_asyncio
from search_population import BASE, Json
from search_world import NOW, SearchWorld, changed, open_search_world

from esante.search.domain.indexing import index
from esante.store.adapters.index_tables import INDEX_TABLES, index_rows
from esante.store.adapters.several_updates_sql import several_updates
from esante.store.ports import Change, WriteConflict
from socle.testing import until

TABLE = "resource_observation"
NAMES = ("a", "b", "c", "d")
PARTS: dict[str, list[Json]] = {
    "code": [{"coding": [{"code": each}, {"code": "a"}], "text": each} for each in "abc"],
    "subject": [{"reference": "Patient/a"}, {"reference": "Patient/b"}],
    "valueQuantity": [{"value": each, "unit": "kg"} for each in (1, 2)],
    "meta": [{"source": "http://example.org/a"}, {"source": "http://example.org/b"}],
}


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncIterator[SearchWorld]:
    """With an Observation of each name."""
    async with AsyncExitStack() as stack:
        opened = await open_search_world(postgres_url, stack)
        for name in NAMES:
            await opened.put(observation(name))
        yield opened


def observation(name: str, **parts: Any) -> Json:
    return {"resourceType": "Observation", "id": name, "status": "final"} | parts


async def next_version(world: SearchWorld, resource: Json) -> Change:
    state = await world.store.find("Observation", resource["id"])
    change = changed(resource, over=state.version, updated=NOW)
    return replace(change, replaced_digests=state.index_digests)


async def next_versions(world: SearchWorld, status: str = "amended") -> list[Change]:
    return [await next_version(world, observation(each, status=status)) for each in NAMES]


async def write(world: SearchWorld, changes: Sequence[Change]) -> list[type[object]]:
    """Write them at once. Returns the type of what each has raised; NoneType of one written."""
    tasks = (world.store.write([each]) for each in changes)
    return [type(each) for each in await asyncio.gather(*tasks, return_exceptions=True)]


async def versions(world: SearchWorld) -> dict[str, list[int]]:
    """The versions of each, which the events name too."""
    rows = await world.pool.fetch("SELECT id, version FROM version ORDER BY id, version")
    events = await world.pool.fetch(
        "SELECT data->>'id' AS id, (data->>'version')::int AS version FROM ("
        " SELECT convert_from(value, 'UTF8')::jsonb AS data, id AS place FROM outbox) o"
        " ORDER BY place"
    )
    found = {name: [each["version"] for each in rows if each["id"] == name] for name in NAMES}
    assert found == {
        name: [each["version"] for each in events if each["id"] == name] for name in NAMES
    }
    return found


def both_of(names: Iterable[str]) -> dict[str, list[int]]:
    """The two versions of each."""
    return {name: [1, 2] for name in names}


async def index_of(world: SearchWorld, name: str) -> dict[str, Counter[tuple[Any, ...]]]:
    """The index rows of one, by table."""
    found = {
        table: await world.pool.fetch(
            f"SELECT {', '.join(columns)} FROM {table} WHERE id = $1", name
        )
        for table, columns in INDEX_TABLES.items()
    }
    found["code_value"] = await world.pool.fetch(
        f"SELECT element, about FROM code_value JOIN {TABLE} USING (born) WHERE id = $1", name
    )
    return {table: Counter(map(tuple, each)) for table, each in found.items()}


def expected_index(resource: Json) -> dict[str, Counter[tuple[Any, ...]]]:
    entries = index(resource, base=BASE)
    found = {table: Counter(index_rows(entries).get(table, ())) for table in INDEX_TABLES}
    return found | {"code_value": Counter((code, entries.about) for code in entries.codes)}


async def test_any_updates_are_one_transaction_and_as_if_alone(world: SearchWorld) -> None:
    chance = random.Random(20260302)
    for step in range(2, 12):
        resources = []
        for name in NAMES:
            parts = {p: chance.choice(each) for p, each in PARTS.items() if chance.random() < 0.7}
            resources.append(observation(name, **parts))
        if step % 5 == 0:  # as an older version of the program leaves them
            await world.pool.execute(f"UPDATE {TABLE} SET index_digests = NULL WHERE id < 'c'")
        changes = [await next_version(world, each) for each in resources]
        assert await write(world, changes) == [type(None)] * len(NAMES)
        rows = await world.pool.fetch("SELECT xmin::text FROM version WHERE version = $1", step)
        assert len(rows) == len(NAMES)
        assert len(set(rows)) == 1
        for change, resource in zip(changes, resources, strict=True):
            state = await world.store.find("Observation", change.id)
            assert state.text == change.text
            assert await index_of(world, change.id) == expected_index(resource)
    assert set(map(tuple, (await versions(world)).values())) == {tuple(range(1, 12))}


async def test_one_that_another_has_changed_is_refused_alone(world: SearchWorld) -> None:
    late = await next_versions(world)
    await world.put(observation("b", status="cancelled"))
    assert await write(world, late) == [type(None), WriteConflict, type(None), type(None)]
    assert await versions(world) == both_of(NAMES)
    assert b"cancelled" in ((await world.store.find("Observation", "b")).text or b"")


async def test_two_updates_of_one_resource_at_once(world: SearchWorld) -> None:
    first, second = await next_versions(world), await next_versions(world, "corrected")
    found = await write(world, [each for pair in zip(first, second, strict=True) for each in pair])
    assert Counter(found) == {type(None): 4, WriteConflict: 4}
    assert await versions(world) == both_of(NAMES)


async def test_one_indexed_again_meanwhile_is_refused_alone(world: SearchWorld) -> None:
    late = await next_versions(world)
    await world.pool.execute(f"UPDATE {TABLE} SET index_digests = 'other' WHERE id = 'c'")
    assert await write(world, late) == [type(None), type(None), WriteConflict, type(None)]
    assert await versions(world) == both_of("abd") | {"c": [1]}


async def test_one_that_a_transaction_has_locked_delays_no_other(world: SearchWorld) -> None:
    changes = await next_versions(world)
    async with world.store.transaction() as transaction:
        await transaction.find_for_update([("Observation", "a")])
        tasks = [asyncio.create_task(world.store.write([each])) for each in changes]
        await asyncio.gather(*tasks[1:])
        assert not tasks[0].done()
    await tasks[0]
    assert await versions(world) == both_of(NAMES)


async def test_what_a_request_gives_up_is_not_written(world: SearchWorld) -> None:
    changes = await next_versions(world)
    tasks = [asyncio.create_task(world.store.write([each])) for each in changes]
    await asyncio.sleep(0)  # each waits for the others of this round
    tasks[0].cancel()
    await asyncio.wait(tasks)
    assert tasks[0].cancelled()
    assert await versions(world) == both_of("bcd") | {"a": [1]}


async def test_one_under_way_is_answered_despite_a_cancellation(world: SearchWorld) -> None:
    changes = await next_versions(world)
    async with world.pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE version IN ACCESS EXCLUSIVE MODE")
        tasks = [asyncio.create_task(world.store.write([each])) for each in changes]
        await until(partial(_is_waiting, world))
        tasks[0].cancel()
    await asyncio.gather(*tasks)
    assert await versions(world) == both_of(NAMES)


async def _is_waiting(world: SearchWorld) -> bool:
    return bool(
        await world.pool.fetchval(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
    )


async def test_those_that_change_no_key_leave_the_indexes_as_they_are(world: SearchWorld) -> None:
    """PostgreSQL writes heap-only tuples."""
    changes = await next_versions(world, "final")
    sql, arguments = several_updates(changes, [("t", "k", "[]", b"")] * len(changes), TABLE)
    count = f"SELECT pg_stat_get_xact_tuples_hot_updated('{TABLE}'::regclass)"
    async with world.pool.acquire() as connection, connection.transaction():
        before = await connection.fetchval(count)
        assert len(await connection.fetch(sql, *arguments)) == len(changes)
        assert await connection.fetchval(count) - before == len(changes)


async def test_few_updates_are_not_planned_each_time(world: SearchWorld) -> None:
    await world.pool.execute(
        f"INSERT INTO {TABLE} (type, id, version, updated, self, patient, tokens, refs, content)"
        " SELECT 'Observation', 'other-' || n, 1, now(), n, '{}', '{}', '{}', '{}'"
        f" FROM generate_series(1, 2000) AS n; ANALYZE {TABLE}"
    )
    async with world.pool.acquire() as connection:
        await connection.execute("SET plan_cache_mode = auto; SET random_page_cost = 4")
        for _ in range(8):
            change = await next_version(world, observation("a", status="amended"))
            sql, arguments = several_updates([change], [("t", "k", "[]", b"")], TABLE)
            assert len(await connection.fetch(sql, *arguments)) == 1
        generic = await connection.fetchval(
            "SELECT generic_plans FROM pg_prepared_statements WHERE statement = $1", sql
        )
        assert generic > 0
