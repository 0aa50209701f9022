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


async def first_cursor(world: SearchWorld, pairs: list[tuple[str, str]]) -> str:
    """The cursor after a page of patients; empty after the last one."""
    _, page = await world.search(Scope("Patient"), pairs)
    return page.next_cursor or ""


async def test_places_that_somebody_made_up(world: SearchWorld) -> None:
    pairs, scope = [("_sort", "family,birthdate"), ("_count", "1")], Scope("Patient")
    await world.put(patient(1, "Un"))
    await world.put(patient(2, "Deux"))
    digest = parse_query(pairs, scope, context=CONTEXT).digest
    written = await first_cursor(world, pairs)
    assert await first_cursor(world, [*pairs, ("_cursor", written)]) == ""
    other = await first_cursor(world, [("_sort", "family"), ("_count", "1")])
    raw = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
    changed = (raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :] for at in range(len(raw)))
    known = json.dumps([digest, "a", None, 1]).encode()
    made_up = [known, b"", b"x", raw[:12], raw[:-1], raw + b"x", *changed]
    for cursor in (*(base64.urlsafe_b64encode(e).decode() for e in made_up), other, "é", "=", "*"):
        with pytest.raises(Refusal, match="page suivante"):
            await world.search(scope, [*pairs, ("_cursor", cursor)])


async def test_a_cursor_does_not_reveal_how_much_is_stored(world: SearchWorld) -> None:
    # A number of 16 digits: a short one stands in random bytes by chance.
    await world.pool.execute("SELECT setval('resource_born', 7654321012345678)")
    await world.put(patient(1, "Un"))
    await world.put(patient(2, "Deux"))
    cursors = [await first_cursor(world, [("_count", "1")]) for _ in range(2)]
    assert cursors[0] != cursors[1], "the same place, sealed again"
    born = await world.pool.fetch("SELECT born FROM resource WHERE type = 'Patient'")
    assert len(born) == 2
    for each in cursors:
        raw = base64.urlsafe_b64decode(each + "=" * (-len(each) % 4))
        for row in born:
            number: int = row["born"]
            assert number > 7654321012345678
            for disclosed in (
                str(number).encode(),
                number.to_bytes(7),
                number.to_bytes(7, "little"),
            ):
                assert disclosed not in raw
