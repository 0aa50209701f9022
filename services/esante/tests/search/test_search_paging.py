"""Paging under concurrent writes: what exists throughout is returned exactly once."""

import asyncio
import base64
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from random import Random

import pytest
import pytest_asyncio
from search_population import Json
from search_world import CONTEXT, SearchWorld, open_search_world

from esante.search.domain.query.model import Scope
from esante.search.domain.query.query_parser import parse_query
from socle.errors import Refusal

SIZE = 90
WRITES = 150
"""At most: where what is new comes last, a reader slower than the writer would never arrive."""


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncIterator[SearchWorld]:
    async with AsyncExitStack() as stack:
        yield await open_search_world(postgres_url, stack)


def patient(number: int, family: str, group: str = "p") -> Json:
    birth = {"birthDate": f"19{number % 90 + 10}-01-01"} if number % 5 else {}
    name = [{"family": family}]
    return {
        "resourceType": "Patient",
        "id": f"{group}{number}",
        "identifier": [{"value": group}],
        "name": name,
        "gender": "male",
    } | birth


async def write_meanwhile(
    world: SearchWorld, group: str, random: Random, stop: asyncio.Event
) -> set[str]:
    """Create, change and delete until stopped; returns the ids deleted or created."""
    touched, number = set(), 1000
    while not stop.is_set() and number < 1000 + WRITES:
        number += 1
        await world.put(patient(number, f"Neuf{number}", group))
        touched.add(f"Patient/{group}{number}")
        changed = f"Patient/{group}{random.randrange(SIZE)}"
        if changed in world.resources:
            # Changed in everything but what it is sorted by.
            resource = world.resources[changed][0] | {"active": True}
            await world.put(resource, at=timedelta(seconds=number))
        gone = f"Patient/{group}{random.randrange(SIZE)}"
        if number % 7 == 0 and gone in world.resources:
            touched.add(gone)
            await world.delete(gone)
        await asyncio.sleep(0)
    return touched


async def test_neither_repeats_nor_skips(world: SearchWorld) -> None:
    orders = ("", "family", "-family,birthdate", "birthdate", "-birthdate")
    for group, sort in zip("abcde", orders, strict=True):
        await read_while_others_write(world, group, sort)


async def read_while_others_write(world: SearchWorld, group: str, sort: str) -> None:
    random, stop = Random(sort), asyncio.Event()
    for number in range(SIZE):
        # Many share a name: ties have a stable order too.
        await world.put(patient(number, ["Un", "Deux", "Trois"][number % 3], group))
    pairs = [("identifier", group), ("_count", "7"), *([("_sort", sort)] if sort else [])]
    seen: Counter[str] = Counter()
    writing = asyncio.create_task(write_meanwhile(world, group, random, stop))
    page_pairs = list(pairs)
    while True:
        _, page = await world.search(Scope("Patient"), page_pairs)
        seen.update(f"Patient/{each.id}" for each in page.matches)
        if page.next_cursor is None:
            break
        page_pairs = [*pairs, ("_cursor", page.next_cursor)]
        await asyncio.sleep(0.01)
    stop.set()
    touched = await writing
    assert touched
    there = {f"Patient/{group}{number}" for number in range(SIZE)} - touched
    assert {each: seen[each] for each in there} == dict.fromkeys(there, 1)
    assert max(seen.values()) == 1


async def test_what_is_changed_is_found_by_what_it_is_now(world: SearchWorld) -> None:
    await world.put(patient(1, "Avant"))
    await world.put(patient(1, "Après") | {"gender": "female"})
    assert await world.locals("Patient", ("family", "avant")) == []
    assert await world.locals("Patient", ("gender", "male")) == []
    assert await world.locals("Patient", ("family", "apres"), ("gender", "female")) == [
        "Patient/p1"
    ]
    await world.delete("Patient/p1")
    assert await world.locals("Patient", ("family", "apres")) == []
    assert await world.locals("Patient", ("birthdate:missing", "false")) == []


async def test_places_that_somebody_made_up(world: SearchWorld) -> None:
    pairs = [("_sort", "family,birthdate")]
    digest = parse_query(pairs, Scope("Patient"), context=CONTEXT).digest
    for place in (
        [digest, "a", None, 2**70],
        [digest, "a\0", None, 1],
        [digest, "a", "2024-01-01T00:00:00", 1],
        [digest, "a", "hier", 1],
        [digest, "a", 3, 1],
        [digest, 3, None, 1],
        [digest, "a", None, True],
        [digest, "a", 1],
        ["other", "a", None, 1],
        [],
        {},
    ):
        cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode()
        with pytest.raises(Refusal, match="page suivante"):
            await world.search(Scope("Patient"), [*pairs, ("_cursor", cursor)])


async def test_numbers_that_somebody_made_up(world: SearchWorld) -> None:
    pairs = [("_sort", "value-quantity")]
    digest = parse_query(pairs, Scope("Observation"), context=CONTEXT).digest
    for number in ("1." + "1" * 20_000, "1" * 2500, "1e2500", "1e-2500", "NaN", [1], "x"):
        cursor = base64.urlsafe_b64encode(json.dumps([digest, number, 1]).encode()).decode()
        with pytest.raises(Refusal, match="page suivante"):
            await world.search(Scope("Observation"), [*pairs, ("_cursor", cursor)])
