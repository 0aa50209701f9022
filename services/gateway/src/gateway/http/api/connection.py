"""The HTTP/1.1 connections of callers: `socle`'s connection, with limits on the request head.

uvicorn waits without limit for the end of a head and buffers all of it; a caller that sends a byte
a minute, or a gigabyte of headers, must not hold a connection or memory (CWE-400). Bodies and
responses have their limits in the data path; body framing, trailers included, is limited here.

Two readers of one connection must see the same requests in it (CWE-444): ambiguous framing is
refused.
"""

import asyncio
import secrets
import socket
import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from gateway.http.api.problems import REQUEST_TIMEOUT
from gateway.http.domain.headers import Header
from socle.errors import Refusal
from socle.http import ASGIApp, Message, Problem, Receive, Scope, Send, of_refusal
from socle.http.problems import HEADERS_TOO_LARGE
from socle.service import Connection

HEAD_BYTES: Final = 32 * 1024
HEAD_SECONDS: Final = 10.0
MAX_PIPELINED: Final = 16
"""Requests of one connection that may wait behind another: for thousands of them, uvicorn would use
a hundred bytes of memory for each byte received."""
_LINGER_SECONDS: Final = 1.0
"""Seconds for which a refused connection stays open, so that the caller can read the response."""
_FRAMING_PER_BYTE: Final = 8
"""Bytes of framing allowed for each byte of a body. Each may be its own chunk (RFC 9112 §7.1),
which adds five bytes."""
_MAX_LENGTH_DIGITS: Final = 20
"""Digits of a `Content-Length`: enough for 64 bits."""


class GatewayConnection(Connection):
    """One connection of a caller. The head of each request is limited in bytes and in time."""

    head_seconds = HEAD_SECONDS
    head_bytes = HEAD_BYTES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reading_head, self._refused = True, False
        self._head_received = 0
        """Bytes of the current head."""
        self._framing = 0
        """Bytes of the current body's framing, beyond what its content allows."""
        self._head_timer: asyncio.TimerHandle | None = None
        self._active: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        if self._active is not None:
            complete = self._active.response_complete and not self.aborted
            if complete and self._active.scope["http_version"] != "1.1":
                # All of it was sent: the end of the connection is that of the response.
                _reset_at_close(self.transport, reset=False)
            # uvicorn notifies only the last request, which may wait behind the active one.
            self._active.disconnected = True
            self._active.message_event.set()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._active = cycle
        if cycle.scope["http_version"] != "1.1":
            app = _unchunked(cycle, app)
        super()._start_asgi_task(cycle, app)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._reading_head:
            # uvicorn's keep-alive timer stops at the first byte, even a stray line ending.
            self._head_received += len(data)
        else:
            self._framing = max(0, self._framing) + len(data)
        super().data_received(data)
        # Most heads arrive in one piece and need no timer.
        incomplete = self._reading_head and self._head_received and not self._refused
        if incomplete and self._head_timer is None:
            self._start_head_timer()
        limit = self.head_bytes
        if (self._head_received > limit or self._framing > limit) and not self._refused:
            detail = f"Les en-têtes de la demande dépassent {self.head_bytes} octets."
            self._refuse(Problem(HEADERS_TOO_LARGE, detail))

    def on_headers_complete(self) -> None:
        upgrades = self.parser.should_upgrade()
        # The parser answers 400 to whatever its callbacks raise.
        _check_framing(self.headers, self.parser.get_http_version(), upgrades=upgrades)
        self._reading_head, self._head_received, self._framing = False, 0, 0
        self._stop_head_timer()
        if len(self.pipeline) == MAX_PIPELINED:
            raise ValueError("too many requests at once")
        super().on_headers_complete()
        if not upgrades:
            # The parser reports trailers as headers, which they are not (RFC 9110 §6.5.1).
            self.headers = []
        elif self.cycle is not None:
            # The bytes that follow belong to no agreed protocol.
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._framing -= len(body) * (1 + _FRAMING_PER_BYTE)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._reading_head, self._framing = True, 0
        super().on_message_complete()

    def _should_upgrade_to_ws(self) -> bool:
        # uvicorn then calls `handle_websocket_upgrade` and starts no request.
        return True

    def handle_websocket_upgrade(self) -> None:
        """Refuse a WebSocket: no route accepts one."""
        detail = "La passerelle n'accepte pas de WebSocket."
        self._refuse(of_refusal(Refusal("invalid", detail)))

    def send_400_response(self, msg: str) -> None:
        self._refuse(of_refusal(Refusal("invalid", "La demande n'est pas du HTTP valide.")))

    def _start_head_timer(self) -> None:
        self._head_timer = self.loop.call_later(self.head_seconds, self._on_head_timeout)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _on_head_timeout(self) -> None:
        if self._head_received:
            detail = "Les en-têtes ne sont pas arrivés dans le temps prévu."
            self._refuse(Problem(REQUEST_TIMEOUT, detail))
        else:
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        """Answer below the application and stop reading: the following bytes cannot be trusted."""
        self._refused = True
        self._stop_head_timer()
        if self._would_corrupt_response():
            # These bytes would become part of the response.
            self.transport.close()
            return
        request_id = secrets.token_hex(16)
        status, headers, body = problem.render(request_id)
        lines = [*headers, (b"x-request-id", request_id.encode()), (b"connection", b"close")]
        head = b"".join(name + b": " + value + b"\r\n" for name, value in lines)
        self.transport.write(STATUS_LINE[status] + head + b"\r\n" + body)
        self.on_refused(status, len(body))
        # Closing with unread bytes resets the connection and loses the response: discard them.
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._head_timer = self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    def on_refused(self, status: int, size: int) -> None:
        """Called when a request is refused below the application; `size`: bytes of the body."""

    def _would_corrupt_response(self) -> bool:
        """Whether a refusal written now would be read as part of another response: one has started,
        or those of earlier requests are pending.

        If not, a request whose response has not started is ended for the application as
        disconnected, so that it cannot respond as well.
        """
        if self.pipeline:
            return True
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return False
        if not cycle.response_started:
            cycle.disconnected = True
            cycle.message_event.set()
        return cycle.response_started


def _unchunked(cycle: RequestResponseCycle, app: ASGIApp) -> ASGIApp:
    """The application for a caller of HTTP/1.0, who knows no chunks: a response without a length
    ends with its connection (RFC 9112 §6.1 and §6.3), where uvicorn would send chunks.

    Such a connection is reset until the response is complete: the caller would else take its end
    for that of the response, also when this process is killed.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        has_length = False

        async def send_unchunked(message: Message) -> None:
            nonlocal has_length
            if message["type"] == "http.response.start":
                has_length = any(name == b"content-length" for name, _ in message["headers"])
                if not has_length:
                    cycle.chunked_encoding = False
                    _reset_at_close(cycle.transport, reset=True)
            elif not has_length:
                cycle.expected_content_length = len(message.get("body", b""))
            await send(message)

        await app(scope, receive, send_unchunked)

    return answer


def _reset_at_close(transport: asyncio.BaseTransport, *, reset: bool) -> None:
    """Whether the connection is reset (RST) when it is closed, instead of ended (FIN)."""
    connection = transport.get_extra_info("socket")
    with suppress(OSError):  # it is lost
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", reset, 0))


def _check_framing(headers: Sequence[Header], version: str, *, upgrades: bool) -> None:
    """Raises ValueError for framing that two readers could interpret differently."""
    names = [name for name, _ in headers]
    hosts = names.count(b"host")
    if hosts > 1 or (hosts == 0 and version == "1.1"):
        raise ValueError("exactly one Host is required")  # RFC 9112 §3.2
    chunked, has_length = b"transfer-encoding" in names, b"content-length" in names
    if not (chunked or has_length):
        return
    if upgrades:
        # The parser does not read it, and would parse it as the next request (RFC 9110 §7.8).
        raise ValueError("an upgrade has no body")
    for name, value in headers:
        if name == b"transfer-encoding" and value.lower() != b"chunked":
            raise ValueError("unsupported transfer coding")
        if name == b"content-length" and len(value) > _MAX_LENGTH_DIGITS:
            raise ValueError("Content-Length is too long")
