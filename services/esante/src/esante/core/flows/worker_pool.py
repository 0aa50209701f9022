"""A bounded thread pool for work on large bodies, so that small requests are answered meanwhile.

Threads suffice: fhirkit-rs releases the interpreter lock while it parses, and CPython switches
between threads every few milliseconds otherwise. Pending work is bounded, because the memory of a
parsed body is many times its size.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, TypeVar

from socle.errors import Refusal
from socle.http import attribute_cpu_time

OFFLOAD_THRESHOLD: Final = 16 * 1024
"""Characters. Work on fewer takes milliseconds and runs on the event loop."""
_THREADS: Final = 2
_MAX_PENDING: Final = 64 * 1024 * 1024
"""Characters of running and waiting work."""

ResultT = TypeVar("ResultT")


class WorkerPool:
    """Runs large work in threads. One per process."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, "worker")
        self._lock = threading.Lock()
        self._pending = 0  # characters

    async def run(self, size: int, work: Callable[[], ResultT]) -> ResultT:
        """Run `work` and return its result; in a thread if `size` (characters) is large.

        Raises what `work` raises, and Refusal("unavailable") if too much is pending.
        """
        if size <= OFFLOAD_THRESHOLD:
            return work()
        self._reserve(size)
        future = self._threads.submit(copy_context().run, attribute_cpu_time(work))
        # The caller may be cancelled before the thread ends; the work counts until it has ended.
        future.add_done_callback(lambda _: self._release(size))
        return await asyncio.wrap_future(future)

    def _reserve(self, size: int) -> None:
        with self._lock:
            # A single larger body is accepted if nothing else is pending.
            if self._pending and self._pending + size > _MAX_PENDING:
                raise Refusal(
                    "unavailable",
                    "Trop de contenus volumineux attendent déjà ; réessayez dans un instant.",
                )
            self._pending += size

    def _release(self, size: int) -> None:
        with self._lock:
            self._pending -= size
