"""Quantities are found in any unit of their dimension, those stored before too."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from decimal import Decimal

import pytest_asyncio
from search_world import SearchWorld, open_search_world, return_to_version

from socle.postgres import migrate

UCUM = "http://unitsofmeasure.org"
VALUES = [
    ("a", "1.5", "kg"),
    ("b", "1500", "g"),
    ("c", "1.6", "kg"),
    ("d", "37.0", "Cel"),
    ("e", "98.6", "[degF]"),
    ("f", "3", "sachets"),
]


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncIterator[SearchWorld]:
    async with AsyncExitStack() as stack:
        world = await open_search_world(postgres_url, stack)
        for own, value, code in VALUES:
            quantity = {"value": Decimal(value), "system": UCUM, "code": code}
            observation = {"resourceType": "Observation", "id": own, "valueQuantity": quantity}
            await world.put(observation)
        position = {"latitude": Decimal("47.9"), "longitude": Decimal("1.9")}
        await world.put({"resourceType": "Location", "id": "l", "position": position})
        yield world


async def check(world: SearchWorld) -> None:
    for value, expected in (
        (f"1500|{UCUM}|g", "a b"),
        (f"1.5|{UCUM}|kg", "a b"),
        (f"gt1.5|{UCUM}|kg", "c"),
        (f"le1500|{UCUM}|g", "a b"),
        (f"ap1.5|{UCUM}|kg", "a b c"),
        (f"ne1500|{UCUM}|g", "c"),
        (f"gt1|{UCUM}|cm", ""),
        (f"37.0|{UCUM}|Cel", "d e"),
        (f"310.15|{UCUM}|K", "d e"),
        (f"3|{UCUM}|sachets", "f"),
        # Without the system, a unit is a text; without a unit, any number is compared.
        ("1.5||kg", "a"),
        ("1500", "b"),
        ("gt310", "b"),
    ):
        found = await world.locals("Observation", ("value-quantity", value), ("_sort", "_id"))
        assert " ".join(each.partition("/")[2] for each in found) == expected, value
    assert await world.locals("Location", ("near", "47.9|1.9|1")) == ["Location/l"]
    assert await world.locals("Location", ("near:missing", "true")) == []


async def test_units(world: SearchWorld, postgres_url: str) -> None:
    await check(world)
    query = "SELECT * FROM quantity_value ORDER BY type, id, parameter, unit"
    before = await world.pool.fetch(query)
    # As it was indexed by the version before.
    await world.pool.execute("DELETE FROM quantity_value WHERE parameter ~ ':'")
    await world.pool.execute("UPDATE resource SET tokens = tokens[1:0] WHERE type = 'Location'")
    await return_to_version("0006", world.pool)
    await migrate(postgres_url, "esante")
    assert await world.pool.fetch(query) == before
    await check(world)
