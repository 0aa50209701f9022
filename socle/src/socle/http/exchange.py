"""One HTTP request and its response as they pass through the edge: counted and limited."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from socle.clock import Clock
from socle.errors import Refusal
from socle.http.problems import Headers, Problem, Rendering, of_refusal, render_json

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

FACT_HEADER: Final = b"x-regionlab-fact"
"""The response header that names the fact of a request (`x-regionlab-fact` of the OpenAPI
document). The gateway removes it."""
UNITS_HEADER: Final = b"x-regionlab-units"
"""The response header with the number of requests that one counts as: the entries of a batch or
transaction. Without it, one. The gateway removes it."""

_END: Final[Message] = {"type": "http.response.body", "body": b"", "more_body": False}
_CLOSE: Final = (b"connection", b"close")
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})
_SILENT_SECONDS: Final = 2.0
_LINGER_SECONDS: Final = 30.0
_LINGER_BYTES: Final = 256 * 1024 * 1024


class ClientDisconnected(Exception):
    """The client closed the connection: there is nobody to answer. Applications raise it when the
    body of a request is cut short, or to stop work that nobody waits for."""


async def discard_body(receive: Receive) -> None:
    """Read and drop the rest of a request body before closing, up to a size, a time, and a shorter
    time without a byte.

    Closing while bytes arrive resets the connection, and the client would lose the response that
    explains the refusal (RFC 9112 §9.6). Many clients read it only once they have sent everything.
    """
    loop, dropped = asyncio.get_running_loop(), 0
    end = loop.time() + _LINGER_SECONDS
    with suppress(TimeoutError):
        async with asyncio.timeout(_SILENT_SECONDS) as limit:
            while dropped < _LINGER_BYTES:
                message = await receive()
                dropped += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
                limit.reschedule(min(end, loop.time() + _SILENT_SECONDS))


def too_large(limit: int) -> Problem:
    """The problem for a body over `limit` bytes; the connection closes after it."""
    refusal = Refusal("too_large", f"Le contenu envoyé dépasse {limit} octets.", limit_bytes=limit)
    problem = of_refusal(refusal)
    return replace(problem, headers=[*problem.headers, _CLOSE])


class Exchange:
    """One request and its response, between the server and the application.

    HEAD is handled as GET without the body, whatever the framework supports (RFC 9110 §9.3.2).
    """

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        request_id: str,
        max_body: int,
        clock: Clock,
        render: Rendering = render_json,
    ) -> None:
        self.head = scope["method"] == "HEAD"
        self.scope = _as_get(scope) if self.head else scope
        """For the application."""
        self.outer_root_path = str(scope.get("root_path", ""))
        """The `root_path` before the application's mounts extend it."""
        self.client_disconnected = False
        self.is_stream = False
        """Whether the response is an event stream."""
        self.status = 0
        """0 until the response starts."""
        self.sent_bytes = 0
        """Bytes of the response body."""
        self.start_seconds = 0.0
        """From the request to the start of the response."""
        self.limit: asyncio.Timeout | None = None
        """Cancels the request unless a response has started."""
        self._receive, self._send, self._clock = receive, send, clock
        self._request_id, self._max_body, self._render = request_id, max_body, render
        self._received, self._all_received = 0, False
        self._closing = False
        """Whether the connection closes after the response."""
        self._problem_sent = False
        self._started_at = clock.monotonic()

    @property
    def started(self) -> bool:
        """Whether the response has started."""
        return self.status != 0

    def seconds(self) -> float:
        """Time since the request arrived."""
        return self._clock.monotonic() - self._started_at

    async def receive(self) -> Message:
        """The next message for the application. Raises Refusal when the body passes its limit."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.client_disconnected = True
        self._received += len(message.get("body", b""))
        self._all_received = not message.get("more_body", False)
        if self._received > self._max_body:
            raise Refusal("too_large", too_large(self._max_body).detail)
        return message

    def send(self, message: Message) -> Awaitable[None]:
        """Forward the application's response, unless the request body was too large or a problem
        was already sent."""
        if self._problem_sent:
            return _nothing()
        if self._received > self._max_body and not self.started:
            # Frameworks turn an error raised while reading the body into their own response.
            return self.send_problem(too_large(self._max_body))
        if message["type"] == "http.response.start":
            return self._start(message["status"], list(message.get("headers", ())))
        if self.head:
            return _nothing()
        self.sent_bytes += len(message.get("body", b""))
        if self._closing and not self._all_received and not message.get("more_body", False):
            return self._end_after_body(message.get("body", b""))
        return self._send(message)

    async def send_problem(self, problem: Problem) -> None:
        """Respond with a problem, unless a response has already started."""
        if self.started:
            return
        self._problem_sent = True
        status, headers, body = self._render(problem, self._request_id, self.scope)
        await self._start(status, headers)
        if self.head:
            return
        self.sent_bytes += len(body)
        if self._closing and not self._all_received:
            await self._end_after_body(body)
        else:
            await self._send({**_END, "body": body})

    async def _end_after_body(self, body: bytes) -> None:
        """Send the last bytes of the response; end it, which closes the connection, only once the
        rest of the request has arrived."""
        await self._send({**_END, "body": body, "more_body": True})
        await discard_body(self._receive)
        await self._send(_END)

    async def _start(self, status: int, headers: Headers) -> None:
        if self.limit is not None and not self.limit.expired():
            self.limit.reschedule(None)
        self.status, self.start_seconds = status, self.seconds()
        if status == 413 and not self._all_received and not _closes(headers):
            headers.append(_CLOSE)
        for name, value in headers:
            if name == b"content-type":
                self.is_stream = value.startswith(b"text/event-stream")
        self._closing = _has_body(self.scope) and (
            _closes(headers) or _closes(self.scope["headers"])
        )
        headers.append((b"x-request-id", self._request_id.encode()))
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        if self.head:
            await self._send(_END)


def _has_body(scope: Scope) -> bool:
    return any(name in _FRAMING for name, _ in scope["headers"])


def _closes(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether the connection closes after a message with those headers."""
    return any(name == b"connection" and value.lower() == b"close" for name, value in headers)


async def _nothing() -> None:
    """A completed send of nothing."""


def _as_get(scope: Scope) -> Scope:
    # The server reports a disconnection once the empty response is complete. From ASGI 2.4 on
    # Starlette does not listen for it, and an endless body would continue.
    return {**scope, "method": "GET", "asgi": {**scope["asgi"], "spec_version": "2.3"}}
