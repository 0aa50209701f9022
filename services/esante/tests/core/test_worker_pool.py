"""Large work is done aside, few at once, and what waits is bounded."""

import asyncio
import threading

import pytest

from esante.core.flows.worker_pool import LARGE, Aside
from socle.errors import Refusal

HALF = 33 * 1024 * 1024


async def test_what_is_small_is_done_at_once_and_what_is_large_in_a_thread() -> None:
    aside = Aside()
    assert await aside.do(LARGE, threading.get_ident) == threading.get_ident()
    assert await aside.do(LARGE + 1, threading.get_ident) != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        await aside.do(LARGE + 1, lambda: 1 // 0)


async def test_what_is_small_does_not_wait_for_what_is_large() -> None:
    aside, free = Aside(), threading.Event()
    large = [asyncio.create_task(aside.do(LARGE + 1, free.wait)) for _ in range(5)]
    await asyncio.sleep(0)
    assert not any(each.done() for each in large)
    await aside.do(1, free.set)
    assert await asyncio.gather(*large) == [True] * 5


async def test_too_much_is_not_kept_waiting() -> None:
    aside, free = Aside(), threading.Event()
    one = asyncio.create_task(aside.do(HALF, free.wait))
    await asyncio.sleep(0)
    with pytest.raises(Refusal) as refused:
        await aside.do(HALF, free.wait)
    assert refused.value.category == "unavailable"
    # Whoever goes away is forgotten, what is done for them is not until it is over.
    one.cancel()
    await asyncio.sleep(0)
    with pytest.raises(Refusal):
        await aside.do(HALF, free.wait)
    free.set()
    both = threading.Barrier(2)
    await asyncio.gather(*(aside.do(LARGE + 1, both.wait) for _ in range(2)))
    assert await aside.do(HALF, free.wait)


async def test_one_may_be_larger_than_all_that_may_wait() -> None:
    assert await Aside().do(10 * HALF, lambda: "done") == "done"
