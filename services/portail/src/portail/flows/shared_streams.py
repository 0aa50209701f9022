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

ReceivedT = TypeVar("ReceivedT")
ValueT = TypeVar("ValueT")
Open = Callable[[], AsyncGenerator[ReceivedT, None]]
"""Opens the API's stream of a subject."""
HEARTBEAT_SECONDS: Final = 15.0
"""Without a new value, a listener receives a heartbeat after so long."""
MAX_LISTENERS: Final = 20_000
MAX_STREAMS: Final = 1_000
"""Subjects followed at once; each needs a stream of the API."""
_FIRST_PAUSE: Final = 0.5
"""Seconds before a stream is opened again."""
_LONGEST_PAUSE: Final = 30.0
"""Seconds; the pause doubles with each failed attempt."""
_MOST_FAILURES: Final = 2
"""Failed attempts in a row after which a stream is interrupted; a restart of the API fails one."""


class SharedStreams(Generic[ReceivedT, ValueT]):
    """The streams with at least one listener, by subject."""

    def __init__(
        self,
        value_of: Callable[[ValueT | None, ReceivedT], ValueT],
        *,
        interrupted: Callable[[ValueT], ValueT] | None = None,
        most_streams: int = MAX_STREAMS,
    ) -> None:
        """`value_of`: what listeners receive, from the value before and what the API sent.
        `interrupted`: what they receive while the API is unavailable, from the latest value; None:
        their streams end then."""
        self.value_of, self.interrupted, self._most = value_of, interrupted, most_streams
        self._streams: dict[Hashable, _Stream[ReceivedT, ValueT]] = {}
        self._listeners = 0

    async def listen(
        self, subject: Hashable, open_stream: Open[ReceivedT]
    ) -> AsyncGenerator[ValueT | None, None]:
        """The values of a subject, the current one first; None is a heartbeat. Ends if the subject
        does not exist. Raises Refusal ("unavailable") past MAX_LISTENERS or the most streams, and
        when the API is unavailable, unless `interrupted` has a value for that."""
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
        self, subject: Hashable, open_stream: Open[ReceivedT]
    ) -> "_Stream[ReceivedT, ValueT]":
        stream = self._streams.get(subject)
        known = stream is not None and not stream.ended
        if self._listeners >= MAX_LISTENERS or (not known and len(self._streams) >= self._most):
            raise Refusal("unavailable", "Trop de pages sont suivies en ce moment.", retry_after=30)
        if stream is None or stream.ended:
            stream = self._streams[subject] = _Stream(self, open_stream)
        stream.listeners += 1
        self._listeners += 1
        return stream

    async def _leave(self, subject: Hashable, stream: "_Stream[ReceivedT, ValueT]") -> None:
        stream.listeners -= 1
        self._listeners -= 1
        if stream.listeners == 0:
            if self._streams.get(subject) is stream:
                del self._streams[subject]
            await stream.stop()


class _Stream(Generic[ReceivedT, ValueT]):
    """One subject, followed in a task of its own."""

    def __init__(
        self, shared: SharedStreams[ReceivedT, ValueT], open_stream: Open[ReceivedT]
    ) -> None:
        self._shared, self._open = shared, open_stream
        self.latest: ValueT | None = None
        """None before the first value."""
        self.listeners = 0
        self.lost = False
        """Whether it ended because the API was unavailable."""
        self._updated = asyncio.Event()
        # In its own context: it outlives the request, and the trace, of its first listener.
        self._task = asyncio.create_task(self._follow(), context=Context())

    @property
    def ended(self) -> bool:
        """Whether it is no longer followed: it is lost, or the subject does not exist."""
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
        """Stop following."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        failures = 0
        try:
            while not self.lost:
                failures = 0 if await self._follow_once() else failures + 1
                if failures == _MOST_FAILURES:
                    self._interrupt()
                pause = min(_FIRST_PAUSE * 2.0 ** min(failures, 10), _LONGEST_PAUSE)
                if not self.lost:
                    await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 (no secret)
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
                    received = True
                    self._publish(self._shared.value_of(self.latest, value))
        except Refusal as refusal:
            if refusal.category != "unavailable":
                raise
        return received

    def _interrupt(self) -> None:
        """The API is unavailable."""
        if self._shared.interrupted is None:
            self.lost = True
        elif self.latest is not None:
            self._publish(self._shared.interrupted(self.latest))

    def _publish(self, value: ValueT) -> None:
        self.latest = value
        self._notify()

    def _notify(self) -> None:
        self._updated.set()
        self._updated = asyncio.Event()


def newest(_: ValueT | None, received: ValueT) -> ValueT:
    """Listeners receive what the API sent."""
    return received
