"""Many searches at once leave threads to the rest of the process."""

import asyncio
from threading import Event

import pytest

from mobilite.machine.flows.search_limiter import SearchLimiter
from socle.errors import Refusal
from socle.testing import until


async def test_a_few_searches_run_at_once_and_the_others_wait() -> None:
    limiter, count, running, most = SearchLimiter(2, patience=600), 200, list[int](), list[int]()

    def search() -> int:
        running.append(1)
        most.append(len(running))
        Event().wait(0.0001)
        return running.pop()

    found = await asyncio.gather(*(limiter.run(search) for _ in range(count)))
    assert sum(found) == count
    assert len(most) == count
    assert max(most) <= 2


async def test_a_search_that_would_wait_for_too_long_is_refused() -> None:
    limiter, done = SearchLimiter(1, patience=0.001), Event()
    slow = asyncio.create_task(limiter.run(done.wait))
    await asyncio.sleep(0)
    with pytest.raises(Refusal, match="redemandez") as refusal:
        await limiter.run(lambda: None)
    assert refusal.value.category == "unavailable"
    done.set()
    assert await slow
    # The next one runs, also after a search that failed.
    with pytest.raises(ZeroDivisionError):
        await limiter.run(lambda: 1 // 0)
    assert await limiter.run(lambda: 1) == 1


async def test_a_search_that_its_caller_left_counts_until_it_ends() -> None:
    limiter, done = SearchLimiter(1, patience=0.001), Event()
    left = asyncio.create_task(limiter.run(done.wait))
    await asyncio.sleep(0)
    left.cancel()
    await asyncio.wait((left,))
    try:
        with pytest.raises(Refusal, match="redemandez"):
            await limiter.run(lambda: None)
    finally:
        done.set()

    async def is_free() -> bool:
        try:
            return await limiter.run(lambda: True)
        except Refusal:
            return False

    await until(is_free)
