"""`near` finds the Locations that a second formula places within the distance."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from decimal import Decimal
from math import acos, cos, radians, sin
from random import Random

import pytest_asyncio
from search_reference import Stored
from search_world import SearchWorld, open_search_world

from esante.search.domain.indexing import index
from esante.search.domain.query.matcher import IndexedResource, matches
from esante.search.domain.query.model import Scope

Position = tuple[float, float]


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncIterator[SearchWorld]:
    async with AsyncExitStack() as stack:
        yield await open_search_world(postgres_url, stack)


def kilometres(one: Position, other: Position) -> float:
    """By the scalar product of two vectors."""
    vectors = [
        (
            cos(radians(lat)) * cos(radians(lon)),
            cos(radians(lat)) * sin(radians(lon)),
            sin(radians(lat)),
        )
        for lat, lon in (one, other)
    ]
    product = sum(a * b for a, b in zip(*vectors, strict=True))
    return 6371.0088 * acos(max(-1.0, min(1.0, product)))


async def test_near_agrees(world: SearchWorld) -> None:
    random = Random(3)
    # In one region, around the antimeridian, and around a pole.
    corners = [(47.0, 1.0, 2.0), (-1.0, 179.0, 1.0), (-1.0, -180.0, 1.0), (88.0, -180.0, 360.0)]
    positions: dict[str, Position] = {}
    for number in range(160):
        south, west, width = corners[number % 4]
        latitude = round(south + random.random() * 2, 5)
        positions[f"l{number}"] = latitude, round(west + random.random() * width, 5)
    for own, (latitude, longitude) in positions.items():
        position = {"latitude": Decimal(str(latitude)), "longitude": Decimal(str(longitude))}
        await world.put({"resourceType": "Location", "id": own, "position": position})
    await world.put({"resourceType": "Location", "id": "nowhere", "name": "Sans adresse"})
    stored = await world.stored()
    found_some = 0
    for number in range(60):
        south, west, width = corners[number % 4]
        centre = round(south + random.random() * 2, 3), round(west + random.random() * width, 3)
        distance = random.choice([1, 25, 80, 300, 12_000])
        expected = {own for own, at in positions.items() if kilometres(centre, at) <= distance}
        value = f"{centre[0]}|{centre[1]}|" + random.choice([f"{distance}", f"{distance}000|m"])
        listed = await world.locals("Location", ("near", value), ("_count", "100"))
        assert {each.partition("/")[2] for each in listed} == expected, value
        assert await found_one_by_one(world, stored, value) == expected, value
        found_some += bool(expected)
    assert found_some > 30
    assert await world.locals("Location", ("near:missing", "true")) == ["Location/nowhere"]


async def found_one_by_one(world: SearchWorld, stored: list[Stored], value: str) -> set[str]:
    query, _ = await world.search(Scope("Location"), [("near", value)])
    ((_, criterion),) = query.criteria
    return {
        each.resource["id"]
        for each in stored
        if matches(
            criterion,
            IndexedResource(each.type, each.resource["id"], each.updated, index(each.resource)),
        )
    }
