"""The steps of a stop: first not ready, then streams end."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeVar

T = TypeVar("T")
_STATE_KEY: Final = "draining"


class Draining:
    """The two steps of a stop.

    begin()        readiness becomes 503, so that no new caller arrives; responses continue
    end_streams()  streams, which never end by themselves, end now
    """

    def __init__(self) -> None:
        self.started = False
        """Whether a stop has begun."""
        self._ending = asyncio.Event()
        self._callbacks: set[Callable[[], None]] = set()

    @classmethod
    def of(cls, scope: MutableMapping[str, Any]) -> "Draining":
        """The one in an ASGI scope; without one, an instance that never ends."""
        found = scope.get("state", {}).get(_STATE_KEY)
        return found if isinstance(found, cls) else cls()

    def put_in(self, scope: MutableMapping[str, Any]) -> None:
        """Add it to an ASGI scope, for `of`."""
        scope.setdefault("state", {})[_STATE_KEY] = self

    def begin(self) -> None:
        """Announce that the process will stop: readiness becomes 503."""
        self.started = True

    def end_streams(self) -> None:
        """End streams, since the process stops now. Idempotent."""
        self.started = True
        if not self._ending.is_set():
            self._ending.set()
            for callback in tuple(self._callbacks):
                callback()

    def on_end(self, callback: Callable[[], None]) -> None:
        """Register a function to call when streams must end, for streams that are not iterators.
        It is not called if `end_streams` was called before."""
        self._callbacks.add(callback)

    @contextmanager
    def at_end(self, callback: Callable[[], None]) -> Iterator[None]:
        """Like `on_end` while this context is open; called at once if streams have already
        ended."""
        self._callbacks.add(callback)
        try:
            if self._ending.is_set():
                callback()
            yield
        finally:
            self._callbacks.discard(callback)

    async def ending(self) -> None:
        """Wait until streams must end."""
        await self._ending.wait()

    async def until_end(self, items: AsyncIterator[T]) -> AsyncGenerator[T, None]:
        """The same items, which end early when the process stops; `items` is closed in both cases.

        Each item is awaited in a task of its own: `items` must not hold a time limit or a task
        group open across a `yield`.
        """
        end = asyncio.ensure_future(self.ending())
        pending: asyncio.Future[T] | None = None
        try:
            while not self._ending.is_set():
                pending = asyncio.ensure_future(_next(items))
                await asyncio.wait((pending, end), return_when=asyncio.FIRST_COMPLETED)
                if not pending.done():
                    return
                try:
                    item = pending.result()
                except StopAsyncIteration:
                    return
                yield item
        finally:
            end.cancel()
            if pending is not None and not pending.done():
                pending.cancel()
                with suppress(asyncio.CancelledError, StopAsyncIteration):
                    await pending
            if close := getattr(items, "aclose", None):
                await close()


async def _next(items: AsyncIterator[T]) -> T:
    return await anext(items)
