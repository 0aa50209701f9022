"""Large work done aside, so that whoever asks for something small is answered meanwhile.

Threads are enough: the reader of structure lets go of Python's lock while it works, and the rest
takes turns of milliseconds with everybody else. Few work at once and what waits is bounded, since
a body of 8 MB is many times that while it is read.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, TypeVar

from socle.errors import Refusal
from socle.http import attribute_cpu_time

LARGE: Final = 16 * 1024
"""Characters; whatever is shorter takes milliseconds, and is done at once."""
_TOGETHER: Final = 2
_MOST_WAITING: Final = 64 * 1024 * 1024  # characters

DoneT = TypeVar("DoneT")


class Aside:
    """Where large work is done: one for a service."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_TOGETHER, "aside")
        self._lock = threading.Lock()
        self._held = 0  # characters that are worked on, or wait

    async def do(self, size: int, work: Callable[[], DoneT]) -> DoneT:
        """What `work` gives. `size`: of what it works on, in characters. Raises what it raises, and
        Refusal("unavailable") where too much waits already."""
        if size <= LARGE:
            return work()
        self._hold(size)
        done = self._threads.submit(copy_context().run, attribute_cpu_time(work))
        # Whoever asked may be gone before it is over: until then it counts.
        done.add_done_callback(lambda _: self._let_go(size))
        return await asyncio.wrap_future(done)

    def _hold(self, size: int) -> None:
        with self._lock:
            if self._held and self._held + size > _MOST_WAITING:
                raise Refusal(
                    "unavailable",
                    "Trop de contenus volumineux attendent déjà ; réessayez dans un instant.",
                )
            self._held += size

    def _let_go(self, size: int) -> None:
        with self._lock:
            self._held -= size
