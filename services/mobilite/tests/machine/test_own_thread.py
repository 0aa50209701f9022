"""A thread of its own does not wait for the threads that all requests share."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from threading import Event, current_thread

import pytest

from mobilite.machine.flows.own_thread import OwnThread

LANGUAGE: ContextVar[str] = ContextVar("language")


async def test_work_is_done_while_all_shared_threads_are_busy() -> None:
    done, loop = Event(), asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))
    busy = asyncio.ensure_future(asyncio.to_thread(done.wait))
    LANGUAGE.set("fr")
    try:
        with OwnThread("passages") as thread:
            async with asyncio.timeout(60):
                assert (await thread.run(current_thread)).name.startswith("passages")
                assert await thread.run(LANGUAGE.get) == "fr"
                with pytest.raises(ZeroDivisionError):
                    await thread.run(lambda: 1 // 0)
    finally:
        done.set()
    assert await busy
