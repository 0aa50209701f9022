"""Calls that are made at the same time, made together: one query for those of many tasks.

While one batch is under way, further calls wait for the next: the more calls, the larger batches.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

CallT = TypeVar("CallT")
ResultT = TypeVar("ResultT")


class CallBatcher(Generic[CallT, ResultT]):
    """Makes calls together. `run`: returns the result of each call, in their order; what it raises,
    each of them raises. `most`: calls of one batch."""

    def __init__(
        self, run: Callable[[Sequence[CallT]], Awaitable[Sequence[ResultT]]], *, most: int
    ) -> None:
        self._run, self._most = run, most
        self._waiting: list[tuple[CallT, asyncio.Future[ResultT]]] = []
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, call: CallT) -> ResultT:
        """The result of that call. A call that is cancelled may still be made."""
        future: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()
        self._waiting.append((call, future))
        if self._running is None:
            self._running = asyncio.create_task(self._run_batches(), name="batched calls")
        return await future

    async def _run_batches(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._run_batch([each for each in batch if not each[1].done()])
        finally:
            self._running = None
            for _, future in self._waiting:
                future.cancel()
            self._waiting = []

    async def _run_batch(self, batch: Sequence[tuple[CallT, "asyncio.Future[ResultT]"]]) -> None:
        if not batch:
            return
        try:
            results = await self._run([call for call, _ in batch])
        except Exception as error:  # noqa: BLE001 - each caller raises it
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        except BaseException:
            for _, future in batch:
                future.cancel()
            raise
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
