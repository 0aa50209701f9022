"""The caller of an exchange over ASGI: its request body, the response, its disconnection."""

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

    `failure`: an error of the caller's side, which the upstream client wraps in its own. After a
    cancellation, `hung_up` or `finishing` states that it was intended.
    """

    def __init__(self, receive: Receive, send: Send, limits: Limits, timer: CoarseTimer) -> None:
        self._receive, self._send, self._limits = receive, send, limits
        self._coarse_timer = timer
        self._reading = False
        self._watcher: asyncio.Task[None] | None = None
        self._exchange: asyncio.Task[Any] | None = None
        self.failure: Failure | None = None
        self.started = self.hung_up = self.finishing = False

    async def body(self) -> AsyncIterator[bytes]:
        """The request body. Raises ClientDisconnected, RequestTimeout or BodyTooLarge."""
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
        """Cancel the current task when the caller disconnects. Listening starts a moment later,
        and after the body, if there is one: most responses are faster and need no second task."""
        self._reading = body
        self._exchange = asyncio.current_task()
        self._coarse_timer.add(self, self._listen)

    def finish(self) -> None:
        """End the response properly: for streams when the process stops."""
        already, self.finishing = self.finishing, True
        if self._exchange and not already:
            self._exchange.cancel()

    def unwatch(self) -> None:
        """Stop watching."""
        self._coarse_timer.remove(self)
        if self._watcher:
            self._watcher.cancel()

    def _listen(self) -> None:
        # The reader of the body detects a disconnection meanwhile; a second listener would take
        # parts of the body.
        if self._reading:
            self._coarse_timer.add(self, self._listen)
        else:
            self._watcher = asyncio.create_task(self._wait_for_disconnect(), name="caller-watch")

    async def _wait_for_disconnect(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            continue
        self.hung_up = True
        if self._exchange:
            self._exchange.cancel()
