"""Live values for many listeners: one stream of the API per subject, while it has a listener.

Only the latest value is stored. A slow listener misses those in between, and needs no queue.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from contextvars import Context
from typing import Final, Generic, TypeVar

from socle.errors import Refusal

log = logging.getLogger("portail.streams")

ValueT = TypeVar("ValueT")
HEARTBEAT_SECONDS: Final = 15.0
"""Without a new value, a listener receives a heartbeat after so long."""
MAX_STREAMS: Final = 1_000
"""Subjects followed at once; each needs a stream of the API."""
_FIRST_PAUSE: Final = 0.5
"""Seconds before a stream is opened again."""
_MOST_FAILURES: Final = 2
"""Failed attempts in a row after which a stream is lost; a restart of the API fails one."""


class _Stream(Generic[ValueT]):
    """One subject, followed in a task of its own."""

    def __init__(self, open_stream: Callable[[], AsyncGenerator[ValueT, None]]) -> None:
        self._open = open_stream
        self.latest: ValueT | None = None
        self.listeners = 0
        self.lost = False
        """Whether it ended because the API was unavailable."""
        self._updated = asyncio.Event()
        # In its own context: it outlives the request, and the trace, of its first listener.
        self._task = asyncio.create_task(self._follow(), context=Context())

    @property
    def ended(self) -> bool:
        """Whether it is no longer followed: it is lost, or the subject no longer exists."""
        return self._task.done()

    async def wait(self, known: ValueT | None) -> bool:
        """Wait for a value other than `known`, or for the end; False if a heartbeat is due
        first."""
        if self.latest is not known or self.ended:
            return True
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await self._updated.wait()
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        failures = 0
        try:
            while True:
                failures = 0 if await self._follow_once() else failures + 1
                if failures == _MOST_FAILURES:
                    break
                pause = _FIRST_PAUSE * 2.0**failures
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 (no secret)
            self.lost = True
        except Refusal as refusal:
            log.info("A stream has ended: %s", refusal.message)
        finally:
            self._notify()

    async def _follow_once(self) -> bool:
        """Follow one stream of the API until it ends; returns whether it sent a value. Raises
        Refusal for a refusal other than "unavailable", after which another attempt is useless."""
        received = False
        try:
            async with aclosing(self._open()) as values:
                async for value in values:
                    received, self.latest = True, value
                    self._notify()
        except Refusal as refusal:
            if refusal.category != "unavailable":
                raise
        return received

    def _notify(self) -> None:
        self._updated.set()
        self._updated = asyncio.Event()


class SharedStreams(Generic[ValueT]):
    """The streams with at least one listener, by subject."""

    def __init__(self) -> None:
        self._streams: dict[Hashable, _Stream[ValueT]] = {}

    async def listen(
        self, subject: Hashable, open_stream: Callable[[], AsyncGenerator[ValueT, None]]
    ) -> AsyncGenerator[ValueT | None, None]:
        """The values of a subject, the current one first; None is a heartbeat. Ends if the subject
        does not exist. `open_stream`: opens the API's stream. Raises Refusal ("unavailable") past
        MAX_STREAMS, and when the API is unavailable."""
        stream, known = self._join(subject, open_stream), None
        try:
            while True:
                has_news = await stream.wait(known)
                if stream.latest is not known:
                    known = stream.latest
                    yield known
                elif stream.lost:
                    raise Refusal("unavailable", "Le suivi est interrompu.", retry_after=30)
                elif stream.ended:
                    return
                elif not has_news:
                    yield None
        finally:
            await self._leave(subject, stream)

    def _join(
        self, subject: Hashable, open_stream: Callable[[], AsyncGenerator[ValueT, None]]
    ) -> _Stream[ValueT]:
        stream = self._streams.get(subject)
        if stream is None or stream.ended:
            if stream is None and len(self._streams) >= MAX_STREAMS:
                raise Refusal(
                    "unavailable", "Trop de pages sont suivies en ce moment.", retry_after=30
                )
            stream = self._streams[subject] = _Stream(open_stream)
        stream.listeners += 1
        return stream

    async def _leave(self, subject: Hashable, stream: _Stream[ValueT]) -> None:
        stream.listeners -= 1
        if stream.listeners == 0:
            if self._streams.get(subject) is stream:
                del self._streams[subject]
            await stream.stop()
