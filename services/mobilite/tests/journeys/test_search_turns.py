"""Many searches at once leave threads to the rest of the process."""

import asyncio
from threading import Event

import pytest

from mobilite.journeys.flows.search_turns import SearchTurns
from socle.errors import Refusal


async def test_a_few_searches_run_at_once_and_the_others_wait() -> None:
    turns, asked, running, most = SearchTurns(2), 200, list[int](), list[int]()

    def search() -> int:
        running.append(1)
        most.append(len(running))
        Event().wait(0.0001)
        return running.pop()

    found = await asyncio.gather(*(turns.run(search) for _ in range(asked)))
    assert sum(found) == asked
    assert len(most) == asked
    assert max(most) <= 2


async def test_whoever_would_wait_for_too_long_is_told_so() -> None:
    turns, done = SearchTurns(1, patience=0.001), Event()
    slow = asyncio.create_task(turns.run(done.wait))
    await asyncio.sleep(0)
    with pytest.raises(Refusal, match="redemandez") as refusal:
        await turns.run(lambda: None)
    assert refusal.value.category == "unavailable"
    done.set()
    assert await slow
    # Its turn is free again, also after a search that failed.
    with pytest.raises(ZeroDivisionError):
        await turns.run(lambda: 1 // 0)
    assert await turns.run(lambda: 1) == 1
