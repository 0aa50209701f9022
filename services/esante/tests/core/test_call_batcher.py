"""Calls of many tasks, made together."""

import asyncio
from collections.abc import Sequence

import pytest

from esante.core.flows.call_batcher import CallBatcher
from socle.errors import Retry


async def test_calls_at_the_same_time_are_one_batch_and_each_has_its_result() -> None:
    batches: list[list[int]] = []
    started, first = asyncio.Event(), asyncio.Event()

    async def double(calls: Sequence[int]) -> Sequence[int]:
        batches.append(list(calls))
        started.set()
        await first.wait()
        return [2 * each for each in calls]

    call = CallBatcher(double, most=4)
    alone = asyncio.create_task(call(0))
    await started.wait()
    others = [asyncio.create_task(call(each)) for each in range(1, 7)]
    cancelled = others.pop()
    await asyncio.sleep(0)
    cancelled.cancel()
    first.set()
    assert await alone == 0
    assert await asyncio.gather(*others) == [2, 4, 6, 8, 10]
    assert batches == [[0], [1, 2, 3, 4], [5]]
    assert await call(7) == 14  # and again, when none is under way


async def test_what_a_batch_raises_each_of_its_calls_raises() -> None:
    failing = True

    async def read(calls: Sequence[str]) -> Sequence[str]:
        if failing:
            raise Retry("la base ne répond pas")
        return calls

    call = CallBatcher(read, most=10)
    found = await asyncio.gather(*(call(each) for each in "ab"), return_exceptions=True)
    assert [type(each) for each in found] == [Retry, Retry]
    failing = False
    assert await call("c") == "c"


async def test_callers_end_with_a_batch_that_is_cancelled() -> None:
    started = asyncio.Event()

    async def hang(calls: Sequence[int]) -> Sequence[int]:
        started.set()
        await asyncio.Event().wait()
        return calls

    call = CallBatcher(hang, most=1)
    waiting = [asyncio.create_task(call(each)) for each in range(2)]
    await started.wait()
    assert call._running is not None
    call._running.cancel()
    for each in waiting:
        with pytest.raises(asyncio.CancelledError):
            await each
