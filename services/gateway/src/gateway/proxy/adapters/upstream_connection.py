"""One HTTP/1.1 connection to a service: one exchange after another, never two at once.

Parsed by llhttp in its strict mode, as callers are. Where a response ends: RFC 9112 §6.3. Any
unexpected bytes, before or after a response, close the connection: the next exchange must not take
them for its own.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from gateway.http.domain.failures import ProtocolError
from gateway.http.domain.headers import Header

MAX_HEAD: Final = 16_384  # bytes of a response's status and headers
_MAX_UNREAD: Final = 65_536  # unread bytes before reading is paused
_SWITCHED: Final = 101


class EmptyResponse(ProtocolError):
    """The connection closed without a byte of the response."""


class HttpUpstreamResponse:
    """Implements `UpstreamResponse` for one reader. It releases its connection when its last byte
    has arrived, whether it was read or not."""

    __slots__ = ("_connection", "_ended", "_failure", "_unread", "_waiter", "headers", "status")

    def __init__(self, connection: "UpstreamConnection") -> None:
        self._connection: UpstreamConnection | None = connection
        self.status = 0
        self.headers: Sequence[Header] = ()
        self._unread: list[bytes] = []
        self._ended = False
        self._failure: BaseException | None = None
        self._waiter: asyncio.Future[None] | None = None

    async def wait_for_head(self) -> None:
        """Wait for the status and the headers.

        Raises ProtocolError, or what the source of the request's body raised.
        """
        while not self.status:
            if self._failure is not None:
                raise self._failure
            await self._wait()

    async def read(self) -> bytes:
        while not self._unread:
            if self._failure is not None:
                raise self._failure
            if self._ended:
                return b""
            await self._wait()
        taken = self._unread[0] if len(self._unread) == 1 else b"".join(self._unread)
        self._unread.clear()
        if self._connection is not None:
            self._connection.resume()
        return taken

    def at_end(self) -> bool:
        return self._ended and not self._unread

    def close(self) -> None:
        if self._connection is not None:
            self._connection.drop()

    def set_head(self, status: int, headers: Sequence[Header]) -> None:
        """The head has arrived."""
        self.status, self.headers = status, headers
        self._wake()

    def add_body(self, data: bytes) -> None:
        """A part of the body has arrived."""
        self._unread.append(data)
        self._wake()

    def finish(self, failure: BaseException | None) -> None:
        """The response is complete, or broken by `failure`."""
        self._ended, self._failure, self._connection = failure is None, failure, None
        self._wake()

    async def _wait(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class UpstreamConnection(asyncio.Protocol):
    """One connection. It parses one response at a time into an `HttpUpstreamResponse`.

    `free`: called when the next exchange may start.
    `lost`: called when the connection has closed.
    """

    def __init__(
        self,
        *,
        free: "Callable[[UpstreamConnection], None]",
        lost: "Callable[[UpstreamConnection], None]",
    ) -> None:
        self._on_free, self._on_lost = free, lost
        self._loop = asyncio.get_running_loop()
        self._parser = HttpResponseParser(self)
        self._response: HttpUpstreamResponse | None = None
        self._body_task: asyncio.Task[None] | None = None
        self._writable: asyncio.Event | None = None
        self._paused = self._reading_paused = False
        self._reset()
        self.free_since = 0.0  # when its last exchange ended, by the loop's time; 0 before

    def _reset(self) -> None:
        self._headers: list[Header] = []
        self._received_bytes = self._unread = 0
        self._has_head = self._is_interim = self._complete = self._reusable = False

    # Requests.

    def start_exchange(
        self, head: bytes, body: AsyncIterator[bytes] | None, *, chunked: bool, bodiless: bool
    ) -> HttpUpstreamResponse:
        """Send a request; its response arrives later.

        `head`: the request line and the headers. `chunked`: how to frame the body.
        `bodiless`: the response ends with its headers (HEAD).
        """
        self._reset()
        self._bodiless = bodiless
        response = self._response = HttpUpstreamResponse(self)
        if self._transport.is_closing():
            self._fail(EmptyResponse("closed before the request"))
            return response
        self._transport.write(head)
        if body is not None:
            sending = self._send(body, chunked=chunked)
            self._body_task = self._loop.create_task(sending, name="body-inward")
        return response

    async def _send(self, body: AsyncIterator[bytes], *, chunked: bool) -> None:
        try:
            async for part in body:
                self._transport.write(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
                if self._paused:
                    await self._until_writable()
            if chunked:
                self._transport.write(b"0\r\n\r\n")
            self._body_task = None
        except Exception as error:  # noqa: BLE001 (any error of the source goes to the reader)
            # The request is incomplete: no bytes can be its response.
            self._body_task = None
            self._fail(error)

    async def _until_writable(self) -> None:
        self._writable = asyncio.Event()
        await self._writable.wait()

    def usable(self, after: float) -> bool:
        """Whether it is open and was used after that time of the loop."""
        return self.free_since > after and not self._transport.is_closing()

    def resume(self) -> None:
        """Read on: the received bytes of the body were taken."""
        self._unread = 0
        if self._reading_paused:
            self._reading_paused = False
            self._transport.resume_reading()

    def drop(self) -> None:
        """Close it: the response is no longer needed."""
        self._fail(ProtocolError("closed by the gateway"))

    # Responses.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._response is None:
            self._transport.abort()
            return
        self._received_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self._reusable = False  # a 101, which the reader refuses
        except HttpParserError as error:
            if not self._complete:
                self._fail(ProtocolError(f"not HTTP: {error}"))
                return
            self._reusable = False
        if self._complete:
            self._complete_response()
        # Raw bytes, those of interim responses included; `on_headers_complete` has the exact limit.
        elif not self._has_head and self._received_bytes > 2 * MAX_HEAD:
            self._fail(ProtocolError("the head of the response does not end"))

    def on_message_begin(self) -> None:
        if self._complete:
            raise ValueError("more than one response")
        self._headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._has_head:
            return  # a trailer, which is dropped
        self._headers.append((name.lower(), value.strip(b" \t")))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200 and status != _SWITCHED:
            self._is_interim = True
            return
        if self._received_bytes > MAX_HEAD and _size_of(self._headers) > MAX_HEAD:
            raise ValueError("the head of the response is too large")
        self._has_head = True
        if self._response is not None:
            self._response.set_head(status, self._headers)
        if self._bodiless:
            self._complete, self._reusable = True, self._parser.should_keep_alive()

    def on_body(self, data: bytes) -> None:
        if self._complete:
            raise ValueError("a body where none can be")
        assert self._response is not None
        self._response.add_body(data)
        self._unread += len(data)
        if self._unread > _MAX_UNREAD and not self._reading_paused:
            self._reading_paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        if self._is_interim:
            self._is_interim = False
        elif not self._complete:
            self._complete, self._reusable = True, self._parser.should_keep_alive()

    def _complete_response(self) -> None:
        """The response is complete."""
        response, self._response = self._response, None
        if self._bodiless:
            self._parser = HttpResponseParser(self)  # the previous one waits for a body
        if self._reusable and self._body_task is None and not self._transport.is_closing():
            self.resume()
            self.free_since = self._loop.time()
            self._on_free(self)
        else:
            self._close()
        if response is not None:
            response.finish(None)

    def _fail(self, failure: BaseException) -> None:
        response, self._response = self._response, None
        self._close()
        if response is not None:
            response.finish(failure)

    def _close(self) -> None:
        if self._body_task is not None:
            self._body_task.cancel()
            self._body_task = None
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._on_lost(self)
        if self._writable is not None:
            self._writable.set()
        if self._response is None:
            return
        if self._has_head and exc is None and self._ends_with_connection():
            self._reusable = False
            self._complete_response()
        elif self._received_bytes:
            self._fail(ProtocolError("the response was cut off"))
        else:
            self._fail(EmptyResponse(f"no response: {exc!r}"))

    def _ends_with_connection(self) -> bool:
        """Whether only the end of the connection ends the response."""
        names = {name for name, _ in self._headers}
        return names.isdisjoint((b"content-length", b"transfer-encoding"))

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self._writable is not None:
            self._writable.set()


def _size_of(headers: Sequence[Header]) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers)
