"""Invalid events on the gateway's topics: refused, so that those after them are consumed."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import pytest_asyncio
from usage_world import UsageWorld, exposed, line, open_usage, served

from socle.errors import Refusal

LONG_AGO = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
"""An instant that has no UTC in our calendar."""


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncIterator[UsageWorld]:
    async with AsyncExitStack() as stack:
        yield await open_usage(postgres_url, stack)


@pytest.mark.parametrize(
    "given",
    [
        {"count": -1},
        {"bytes": -(2**70)},
        {"seconds": -0.5},
        {"seconds": float("nan")},
        {"seconds": float("inf")},
        {"cpu_seconds": -0.1},
        {"cpu_seconds": float("nan")},
        {"arm": "prevenu\0"},
        {"fact": "\0"},
        {"pilot_id": "\ud800"},
        {"arm": "a" * 10_000},
        {"first": LONG_AGO},
        {"first": datetime(2019, 12, 31, tzinfo=UTC)},
    ],
    ids=str,
)
async def test_a_line_that_cannot_be_stored_is_refused_and_stops_nothing(
    world: UsageWorld, given: dict[str, Any]
) -> None:
    await world.consent("ada")
    now = world.clock.now()
    with pytest.raises(Refusal):
        await world.fold(served(0, line("ada", now), line("ada", now, **given)))
    assert (await world.rows("use"), await world.rows("heard_replica")) == (0, 0)
    await world.fold(served(1, line("ada", now)))
    assert await world.rows("use") == 1


async def test_neither_a_replica_nor_an_exposure_breaks_the_fold(world: UsageWorld) -> None:
    await world.consent("ada")
    now = world.clock.now()
    with pytest.raises(Refusal):
        await world.fold(served(0, line("ada", now), replica="\0"))
    with pytest.raises(Refusal):
        await world.fold(exposed("ada", LONG_AGO))
