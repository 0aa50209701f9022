"""A bounded thread pool for work on large bodies, so that small requests are answered meanwhile.

Threads suffice: fhirkit-rs releases the interpreter lock while it parses, and the rest switches
every few milliseconds. Pending work is bounded: a body of 8 MB takes many times its size in memory.
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
"""Characters. Work on less takes milliseconds and runs on the event loop."""
_THREADS: Final = 2
_MAX_PENDING: Final = 64 * 1024 * 1024
"""Characters that run or wait."""

DoneT = TypeVar("DoneT")


class WorkerPool:
    """Runs large work in threads. One per process."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, "worker")
        self._lock = threading.Lock()
        self._pending = 0  # characters that run or wait

    async def run(self, size: int, work: Callable[[], DoneT]) -> DoneT:
        """Run `work` and return its result; in a thread if `size` (characters) is large.

        Raises what `work` raises, and Refusal("unavailable") if too much is pending.
        """
        if size <= OFFLOAD_THRESHOLD:
            return work()
        self._reserve(size)
        done = self._threads.submit(copy_context().run, attribute_cpu_time(work))
        # The caller may be cancelled before the thread ends; the work counts until it has ended.
        done.add_done_callback(lambda _: self._release(size))
        return await asyncio.wrap_future(done)

    def _reserve(self, size: int) -> None:
        with self._lock:
            if self._pending and self._pending + size > _MAX_PENDING:
                raise Refusal(
                    "unavailable",
                    "Trop de contenus volumineux attendent déjà ; réessayez dans un instant.",
                )
            self._pending += size

    def _release(self, size: int) -> None:
        with self._lock:
            self._pending -= size
