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
    """One caller during one exchange. Implements `Caller`."""

    def __init__(self, receive: Receive, send: Send, limits: Limits, timer: CoarseTimer) -> None:
        self._receive, self._send, self._limits = receive, send, limits
        self._coarse_timer = timer
        self._reading = False
        self._watcher: asyncio.Task[None] | None = None
        self._exchange: asyncio.Task[Any] | None = None
        self.failure: Failure | None = None
        """What `body` raised; the upstream client may raise another error because of it."""
        self.started = False
        """Whether the response has started."""
        self.disconnected = self.finishing = False
        """Why this object cancelled the exchange: a disconnection, or a call of `finish`."""

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
        """Cancel the current task when the caller disconnects. `body`: the request has one.

        Listening starts 0.1 s later at least, and after the body: most responses are faster and
        need no second task.
        """
        self._reading = body
        self._exchange = asyncio.current_task()
        self._coarse_timer.add(self, self._listen)

    def finish(self) -> None:
        """Cancel the exchange, so that its response is ended properly: for streams."""
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
        self.disconnected = True
        if self._exchange:
            self._exchange.cancel()
