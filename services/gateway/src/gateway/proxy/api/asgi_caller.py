"""The caller as ASGI shows it: a body that comes, an answer that goes, a line that may drop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, MutableMapping
from typing import Any

from gateway.http.domain.failures import BodyTooLarge, ClientDisconnected, Failure, RequestTimeout
from gateway.http.domain.headers import Header
from gateway.proxy.flows.coarse_timer import CoarseTimer
from gateway.routes.domain.routes import Limits
from socle.http import Receive, Send


class AsgiCaller:
    """One caller during one exchange.

    `failure` keeps what went wrong on the caller's side, since the client library wraps what its
    body source raises. Once cancelled, `hung_up` or `finishing` says that it was on purpose.
    """

    def __init__(self, receive: Receive, send: Send, limits: Limits, moments: CoarseTimer) -> None:
        self._receive, self._send, self._limits = receive, send, limits
        self._moments = moments
        self._reading = False
        self._watcher: asyncio.Task[None] | None = None
        self._exchange: asyncio.Task[Any] | None = None
        self.failure: Failure | None = None
        self.started = self.hung_up = self.finishing = False

    async def body(self) -> AsyncIterator[bytes]:
        """The bytes sent, as they come. Raises ClientDisconnected, RequestTimeout or BodyTooLarge."""
        self._reading = True
        received = 0
        try:
            while True:
                message = await self._next()
                chunk = message.get("body", b"")
                received += len(chunk)
                if received > self._limits.body_bytes:
                    raise BodyTooLarge(self._limits.body_bytes)
                if chunk:
                    yield chunk
                if not message.get("more_body", False):
                    return
        except (ClientDisconnected, RequestTimeout, BodyTooLarge) as error:
            self.failure = error
            raise
        finally:
            self._reading = False

    async def _next(self) -> MutableMapping[str, Any]:
        try:
            async with asyncio.timeout(self._limits.idle):
                message = await self._receive()
        except TimeoutError:
            raise RequestTimeout from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        return message

    def start(self, status: int, headers: list[Header]) -> Awaitable[None]:
        self.started = True
        return self._send({"type": "http.response.start", "status": status, "headers": headers})

    def write(self, chunk: bytes) -> Awaitable[None]:
        return self._send({"type": "http.response.body", "body": chunk, "more_body": True})

    def end(self, chunk: bytes) -> Awaitable[None]:
        return self._send({"type": "http.response.body", "body": chunk, "more_body": False})

    def watch(self, *, body: bool) -> None:
        """Cancel the current task when the caller hangs up. Listening starts a moment later, and
        not before the body, if one is to come, has been read: most answers are there sooner, and
        cost no second task."""
        self._reading = body
        self._exchange = asyncio.current_task()
        self._moments.add(self, self._listen)

    def finish(self) -> None:
        """End the answer at the next occasion, properly: for streams when the process stops."""
        asked, self.finishing = self.finishing, True
        if self._exchange and not asked:
            self._exchange.cancel()

    def unwatch(self) -> None:
        """Stop watching."""
        self._moments.leave(self)
        if self._watcher:
            self._watcher.cancel()

    def _listen(self) -> None:
        # Until the body has been read its reader is the one who listens, however long the service
        # takes to be reached: a second listener would take the body away.
        if self._reading:
            self._moments.add(self, self._listen)
        else:
            self._watcher = asyncio.create_task(self._hang_up(), name="caller-watch")

    async def _hang_up(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            continue
        self.hung_up = True
        if self._exchange:
            self._exchange.cancel()
