"""Query plans of searches use the indexes, and statements are bounded in time."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from search_population import BASE
from search_world import ALL, ALL_TYPES, CONTEXT, NOW, SearchWorld, open_search_world

from esante.access.domain.access_filter import access_filter
from esante.core.flows.worker_pool import WorkerPool
from esante.search.adapters.joins import JoinResolver
from esante.search.adapters.search_store import POOL_SETTINGS, PostgresSearches
from esante.search.adapters.statements import match_statement, page_statement
from esante.search.domain.query.model import Scope
from esante.search.domain.query.narrowing import narrow_query
from esante.search.domain.query.query_parser import parse_query
from esante.search.flows.load_codes import CodeLoader
from esante.search.flows.search import find_matches
from esante.store.adapters.canonical_store import PostgresCanonicals
from esante.store.domain.index_keys import parameter_key, token_element
from socle.errors import Refusal
from socle.postgres import open_pool

ROWS = 30_000
_CODE = parameter_key("Observation", "code")
_SUBJECT = parameter_key("Observation", "patient")

# As the store writes them, of made-up observations: one code in a thousand, ten of each patient.
_FILL = """
INSERT INTO resource (type, id, version, updated, self, patient, date_low, date_high, tokens, refs,
    content)
SELECT 'Observation', 'o' || n, 1, now(), n, '{}', now() - n * interval '1 min',
    now() - n * interval '1 min', ARRAY[($2::bigint[])[n % 1000 + 1], 7],
    ARRAY[$3 # ($4::bigint[])[n % $5 + 1]], '{}'
FROM generate_series(1, $1) n
"""
_CODES = """
INSERT INTO code_value (element, born, about)
SELECT tokens[1], born, refs[1] # $1 FROM resource_observation
"""
_PATIENTS = """
INSERT INTO resource (type, id, version, updated, self, patient, tokens, refs, content)
SELECT 'Patient', 'p' || n, 1, now(), ($2::bigint[])[n + 1], '{}',
    ARRAY[CASE WHEN n % 2 = 0 THEN $3::bigint ELSE 8 END], '{}', '{}'
FROM generate_series(0, $1 - 1) n
"""
_NAMES = """
INSERT INTO string_value (type, parameter, folded, exact, id)
SELECT 'Patient', 'family', 'nom' || n, 'nom' || n, 'p' || n FROM generate_series(0, $1 - 1) n
"""


@pytest_asyncio.fixture
async def large(postgres_url: str) -> AsyncIterator[SearchWorld]:
    """Thirty thousand observations of three thousand patients, half of them women."""
    async with AsyncExitStack() as stack:
        world = await open_search_world(postgres_url, stack)
        patients = [1_000_000 + n for n in range(ROWS // 10)]
        codes = [token_element(_CODE, None, f"c{n}") for n in range(1000)]
        women = token_element(parameter_key("Patient", "gender"), None, "female")
        await world.pool.execute(_FILL, ROWS, codes, _SUBJECT, patients, len(patients))
        await world.pool.execute(_CODES, _SUBJECT)
        await world.pool.execute(_PATIENTS, len(patients), patients, women)
        await world.pool.execute(_NAMES, len(patients))
        await world.pool.execute("ANALYZE")
        yield world


async def plan(world: SearchWorld, name: str, *pairs: tuple[str, str]) -> str:
    """The plan of the statement that finds the page."""
    query = parse_query(pairs, Scope(name), context=CONTEXT)
    async with world.pool.acquire() as connection:
        found = [
            (types, await JoinResolver().resolve(connection, criterion, NOW))
            for types, criterion in narrow_query(query, ALL_TYPES)
        ]
        statement, arguments = page_statement(query, found, None)
        rows = await connection.fetch(f"EXPLAIN {statement}", *arguments)
    return "\n".join(row[0] for row in rows)


OBSERVATIONS: list[tuple[list[tuple[str, str]], list[str]]] = [
    ([("code", "c7")], ["code_value_newest"]),
    ([("code", "c7"), ("_sort", "-date")], ["resource_observation_tokens"]),
    ([("code", "c7"), ("patient", "p1")], ["resource_observation_refs", "code_value"]),
    ([("code", "c1,absent")], ["resource_observation_tokens"]),
    ([("code", ",".join(f"c{n}" for n in range(300)))], ["resource_observation_born"]),
    ([("patient", "p1")], ["resource_observation_refs"]),
    ([("patient", "p1"), ("_sort", "-date")], ["resource_observation_refs"]),
    ([("_sort", "-date")], ["resource_observation_date"]),
    ([("patient.family", "nom77")], ["resource_observation_refs"]),
    ([("patient.gender", "female")], ["resource_observation_born", "resource_patient_self"]),
    ([("_id", "o5")], ["resource_observation_pkey"]),
    ([("_lastUpdated", "lt2001")], ["resource_observation_updated"]),
    ([], ["resource_observation_born"]),
]


async def test_everything_is_looked_up(large: SearchWorld) -> None:
    await observations_by_their_indexes(large)
    await patients_by_their_indexes(large)
    await a_condition_is_looked_up(large)


async def observations_by_their_indexes(large: SearchWorld) -> None:
    for pairs, indexes in OBSERVATIONS:
        plan_text = await plan(large, "Observation", *pairs)
        assert all(index in plan_text for index in indexes), (pairs, plan_text)
        assert "Seq Scan" not in plan_text, (pairs, plan_text)


async def patients_by_their_indexes(large: SearchWorld) -> None:
    by_name = await plan(large, "Patient", ("family", "nom77"))
    assert "string_value_folded" in by_name
    assert "Seq Scan" not in by_name
    by_has = await plan(large, "Patient", ("_has:Observation:patient:code", "c7"))
    assert "code_value" in by_has
    assert "Seq Scan" not in by_has
    by_many = await plan(large, "Patient", ("_has:Observation:patient:date", "gt2000"))
    assert "resource_observation_refs" in by_many


async def a_condition_is_looked_up(large: SearchWorld) -> None:
    query = parse_query([("code", "c7")], Scope("Observation"), context=CONTEXT)
    ((_, criterion),) = narrow_query(query, ALL_TYPES)
    statement, arguments = match_statement("Observation", criterion)
    async with large.pool.acquire() as connection:
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        rows = await connection.fetch(f"EXPLAIN {statement}", *arguments)
        await connection.execute("RESET plan_cache_mode")
    assert any("resource_observation_tokens" in row[0] for row in rows), rows


async def test_bounds(large: SearchWorld, postgres_url: str) -> None:
    await a_search_ends(large, postgres_url)
    await conditions_match_two_at_most(large)


async def a_search_ends(large: SearchWorld, postgres_url: str) -> None:
    slow = [("date", "ne2000"), ("_sort", "value-quantity"), ("_total", "accurate")]
    query = parse_query(slow, Scope("Observation"), context=CONTEXT)
    async with (
        open_pool(
            postgres_url, application_name="test", statement_timeout=0.2, settings=POOL_SETTINGS
        ) as pool,
        large.pool.acquire() as other,
        other.transaction(),
    ):
        # The lock makes the search outlast its time, however fast the machine is.
        await other.execute("LOCK TABLE resource IN ACCESS EXCLUSIVE MODE")
        for bounded_by, seconds in ((pool, 10.0), (large.pool, 0.2)):
            with pytest.raises(Refusal, match="trop de travail") as refused:
                await PostgresSearches(bounded_by, access_filter, seconds=seconds).search(
                    query, access=ALL, context=CONTEXT
                )
            assert refused.value.details["issue"] == "too-costly"


async def conditions_match_two_at_most(large: SearchWorld) -> None:
    async def match(*pairs: tuple[str, str]) -> list[Any]:
        async with large.store.transaction() as transaction:
            return [
                each.id
                for each in await find_matches(
                    "Observation",
                    pairs,
                    by=ALL,
                    searches=large.searches,
                    codes=CodeLoader(PostgresCanonicals(large.pool), WorkerPool(), BASE),
                    context=CONTEXT,
                    within=transaction,
                )
            ]

    assert await match(("_id", "o5")) == ["o5"]
    assert len(await match(("code", "c7"))) == 2
    assert await match(("code", "absent")) == []
    for nothing in ((), (("_count", "1"),)):
        with pytest.raises(Refusal, match="aucun critère"):
            await match(*nothing)
    with pytest.raises(Refusal, match="inconnu"):
        await match(("code", "c7"), ("inconnu", "x"))
