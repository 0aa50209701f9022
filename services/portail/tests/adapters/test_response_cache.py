"""The response cache: one request for many callers, stale responses on error for a while."""

import asyncio

import pytest

from portail.adapters.response_cache import (
    MAX_ENTRIES,
    STALE_IF_ERROR_SECONDS,
    CacheResult,
    Fetched,
    ResponseCache,
)
from socle.clock import ManualClock
from socle.errors import Refusal


class Api:
    """Returns the number of the request, after the other tasks have run."""

    def __init__(self) -> None:
        self.requests = 0
        self.refusal: Refusal | None = None

    async def __call__(self) -> Fetched[int]:
        self.requests += 1
        await asyncio.sleep(0.01)
        if self.refusal is not None:
            raise self.refusal
        return Fetched(self.requests, 5.0)


async def test_concurrent_requests_share_one_fetch_even_if_the_first_is_cancelled(
    manual_clock: ManualClock,
) -> None:
    api, answers = Api(), ResponseCache(manual_clock)
    tasks = [asyncio.create_task(answers.get("/a", api)) for _ in range(10)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    assert [await each for each in tasks[1:]] == [CacheResult(1)] * 9
    assert await answers.get("/a", api) == CacheResult(1)
    manual_clock.advance(5)
    assert await answers.get("/a", api) == CacheResult(2)


async def test_an_old_answer_stands_in_for_an_error_for_two_minutes(
    manual_clock: ManualClock,
) -> None:
    api, answers = Api(), ResponseCache(manual_clock)
    await answers.get("/a", api)
    api.refusal = Refusal("unavailable", "…")
    manual_clock.advance(60)
    assert await answers.get("/a", api) == CacheResult(1, late=True)
    manual_clock.advance(STALE_IF_ERROR_SECONDS)
    with pytest.raises(Refusal):
        await answers.get("/a", api)


async def test_a_refusal_with_a_reason_is_raised_at_once(manual_clock: ManualClock) -> None:
    api, answers = Api(), ResponseCache(manual_clock)
    await answers.get("/a", api)
    api.refusal = Refusal("not_found", "…")
    manual_clock.advance(60)
    with pytest.raises(Refusal):
        await answers.get("/a", api)


async def test_an_answer_that_must_not_be_stored_replaces_none(manual_clock: ManualClock) -> None:
    api, answers = Api(), ResponseCache(manual_clock)

    async def private() -> Fetched[int]:
        return Fetched(0, None)

    await answers.get("/a", api)
    manual_clock.advance(60)
    assert await answers.get("/a", private) == CacheResult(0)
    api.refusal = Refusal("unavailable", "…")
    with pytest.raises(Refusal):
        await answers.get("/a", api)


async def test_the_cache_is_bounded(manual_clock: ManualClock) -> None:
    answers = ResponseCache(manual_clock)

    async def answer() -> Fetched[int]:
        return Fetched(1, 5.0)

    for number in range(MAX_ENTRIES + 50):
        await answers.get(f"/{number}", answer)
    assert len(answers._entries) == MAX_ENTRIES
