"""How many searches of one type run at once: as many as there are processors.

They run in the threads in which the live state is brought up to date. However many people ask,
threads remain for that, and a search that would wait for too long is refused.
"""

import asyncio
import os
from collections.abc import Callable
from typing import Final, TypeVar

from socle.errors import Refusal

_MOST: Final = 16
"""Below the threads of `asyncio.to_thread`, on any machine."""
PATIENCE: Final = 5.0
_Result = TypeVar("_Result")


class SearchLimiter:
    """Runs searches in threads, a few at once; the others wait."""

    def __init__(self, at_once: int | None = None, *, patience: float = PATIENCE) -> None:
        """`at_once`: None for the number of processors. `patience`: seconds that one waits."""
        self._free = asyncio.Semaphore(at_once or min(os.cpu_count() or 1, _MOST))
        self._patience = patience

    async def run(self, search: Callable[[], _Result]) -> _Result:
        """The result of a search. Raises Refusal("unavailable") if it would have to wait longer."""
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
        except TimeoutError:
            raise Refusal(
                "unavailable",
                "Trop de recherches sont en cours : redemandez dans un instant.",
                retry_after=5,
            ) from None
        working = asyncio.ensure_future(asyncio.to_thread(search))
        # A caller that stops waiting does not end the thread.
        working.add_done_callback(lambda _: self._free.release())
        return await asyncio.shield(working)
