"""Main codes in the order of creation are those of the current version."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest_asyncio
from search_population import BASE, Json
from search_world import SearchWorld, open_search_world, return_to_version

from socle.postgres import migrate

LOINC = "http://loinc.org"
HAS = "_has:Observation:patient:code"


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncIterator[SearchWorld]:
    async with AsyncExitStack() as stack:
        found = await open_search_world(postgres_url, stack)
        for name in "ab":
            await found.put({"resourceType": "Patient", "id": name})
        yield found


def observation(number: int, patient: str, *codes: str) -> Json:
    coding = [{"system": LOINC, "code": each} for each in codes]
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": "final",
        "code": {"coding": coding},
        "subject": {"reference": patient},
    }


async def test_a_change_of_code_or_patient(world: SearchWorld) -> None:
    await world.put(observation(1, "Patient/a", "1-1", "2-2"))
    await world.put(observation(2, "Patient/b", "1-1"))
    assert await world.locals("Observation", ("code", "1-1")) == [
        "Observation/o2",
        "Observation/o1",
    ]
    await world.put(observation(1, "Patient/b", "2-2", "3-3"))
    assert await world.locals("Observation", ("code", "1-1")) == ["Observation/o2"]
    assert await world.locals("Observation", ("code", f"{LOINC}|3-3")) == ["Observation/o1"]
    assert await world.locals("Patient", (HAS, "2-2")) == ["Patient/b"]
    assert await world.locals("Patient", (HAS, "2-2"), (HAS, "1-1")) == ["Patient/b"]
    await world.delete("Observation/o1")
    assert await world.locals("Observation", ("code", "2-2")) == []
    assert await world.locals("Patient", (HAS, "2-2")) == []
    # One of the pages begins in the middle of what bears the code.
    for number in range(3, 20):
        await world.put(observation(number, "Patient/a", "1-1"))
    found = await world.locals("Observation", ("code", "1-1"), ("_count", "4"))
    assert found == [f"Observation/o{number}" for number in [*range(19, 2, -1), 2]]


async def test_what_was_stored_before_is_read_again(world: SearchWorld, postgres_url: str) -> None:
    await world.put(observation(1, f"{BASE}/Patient/a", "1-1", "2-2"))
    await world.put(observation(2, "Patient/b", "1-1"))
    await world.put(observation(3, "Group/g", "1-1"))
    query = "SELECT element, born, about FROM code_value ORDER BY element, born"
    before = await world.pool.fetch(query)
    await return_to_version("0002", world.pool)
    await migrate(postgres_url, "esante")
    assert before
    assert await world.pool.fetch(query) == before
