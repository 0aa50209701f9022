"""Large work runs in few threads, and pending work is bounded."""

import asyncio
import threading

import pytest

from esante.core.flows.worker_pool import OFFLOAD_THRESHOLD, WorkerPool
from socle.errors import Refusal

HALF = 33 * 1024 * 1024


async def test_what_is_small_is_done_at_once_and_what_is_large_in_a_thread() -> None:
    workers = WorkerPool()
    assert await workers.run(OFFLOAD_THRESHOLD, threading.get_ident) == threading.get_ident()
    assert await workers.run(OFFLOAD_THRESHOLD + 1, threading.get_ident) != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        await workers.run(OFFLOAD_THRESHOLD + 1, lambda: 1 // 0)


async def test_what_is_small_does_not_wait_for_what_is_large() -> None:
    workers, free = WorkerPool(), threading.Event()
    large = [asyncio.create_task(workers.run(OFFLOAD_THRESHOLD + 1, free.wait)) for _ in range(5)]
    await asyncio.sleep(0)
    assert not any(each.done() for each in large)
    await workers.run(1, free.set)
    assert await asyncio.gather(*large) == [True] * 5


async def test_too_much_does_not_wait() -> None:
    workers, free = WorkerPool(), threading.Event()
    one = asyncio.create_task(workers.run(HALF, free.wait))
    await asyncio.sleep(0)
    with pytest.raises(Refusal) as refused:
        await workers.run(HALF, free.wait)
    assert refused.value.category == "unavailable"
    # A cancelled caller frees nothing until its work has ended.
    one.cancel()
    await asyncio.sleep(0)
    with pytest.raises(Refusal):
        await workers.run(HALF, free.wait)
    free.set()
    both = threading.Barrier(2)
    await asyncio.gather(*(workers.run(OFFLOAD_THRESHOLD + 1, both.wait) for _ in range(2)))
    assert await workers.run(HALF, free.wait)


async def test_one_can_be_larger_than_all_that_can_wait() -> None:
    assert await WorkerPool().run(10 * HALF, lambda: "done") == "done"
