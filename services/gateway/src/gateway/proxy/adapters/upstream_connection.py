"""One HTTP/1.1 connection to a service: one exchange after another, never two at once.

Read by llhttp as it is, without its leniencies, as callers are. Where an answer ends: RFC 9112
§6.3. What comes that was not asked for, before or after an answer, ends the connection: the next
exchange must not take it for its own.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from gateway.http.domain.failures import ProtocolError
from gateway.http.domain.headers import Header

MOST_HEAD: Final = 16_384  # bytes of an answer's status and headers
_MOST_UNREAD: Final = 65_536  # bytes that wait for a reader before the service has to
_SWITCHED: Final = 101


class EmptyResponse(ProtocolError):
    """The connection ended without a byte of the answer."""


class HttpUpstreamResponse:
    """Implements `UpstreamResponse`: what came of it so far, for one reader. It lets go of its connection
    when its last byte has come, whether or not that was read."""

    __slots__ = ("_connection", "_ended", "_failure", "_unread", "_waiting", "headers", "status")

    def __init__(self, connection: "UpstreamConnection") -> None:
        self._connection: UpstreamConnection | None = connection
        self.status = 0
        self.headers: Sequence[Header] = ()
        self._unread: list[bytes] = []
        self._ended = False
        self._failure: BaseException | None = None
        self._waiting: asyncio.Future[None] | None = None

    async def headed(self) -> None:
        """Until the status and the headers are there. Raises ProtocolError, or what the body sent."""
        while not self.status:
            if self._failure is not None:
                raise self._failure
            await self._more()

    async def read(self) -> bytes:
        while not self._unread:
            if self._failure is not None:
                raise self._failure
            if self._ended:
                return b""
            await self._more()
        taken = self._unread[0] if len(self._unread) == 1 else b"".join(self._unread)
        self._unread.clear()
        if self._connection is not None:
            self._connection.go_on()
        return taken

    def at_end(self) -> bool:
        return self._ended and not self._unread

    def close(self) -> None:
        if self._connection is not None:
            self._connection.drop()

    def begin(self, status: int, headers: Sequence[Header]) -> None:
        """Its head is there."""
        self.status, self.headers = status, headers
        self._wake()

    def came(self, data: bytes) -> None:
        """A part of its body is there."""
        self._unread.append(data)
        self._wake()

    def over(self, failure: BaseException | None) -> None:
        """Nothing more will come, with `failure` because something broke."""
        self._ended, self._failure, self._connection = failure is None, failure, None
        self._wake()

    async def _more(self) -> None:
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class UpstreamConnection(asyncio.Protocol):
    """`free`: told when the next exchange may begin; `lost`: told of its end."""

    def __init__(
        self,
        *,
        free: "Callable[[UpstreamConnection], None]",
        lost: "Callable[[UpstreamConnection], None]",
    ) -> None:
        self._free, self._lost = free, lost
        self._loop = asyncio.get_running_loop()
        self._parser = HttpResponseParser(self)
        self._answer: HttpUpstreamResponse | None = None
        self._sending: asyncio.Task[None] | None = None
        self._writable: asyncio.Event | None = None
        self._paused = self._reading_paused = False
        self._forget()
        self.free_since = 0.0

    def _forget(self) -> None:
        self._headers: list[Header] = []
        self._seen = self._unread = 0
        self._headed = self._interim = self._complete = self._again = False

    # What is asked.

    def ask(
        self, head: bytes, body: AsyncIterator[bytes] | None, *, chunked: bool, bodiless: bool
    ) -> HttpUpstreamResponse:
        """Send a request. `bodiless`: its answer ends with its headers (HEAD)."""
        self._forget()
        self._bodiless = bodiless
        answer = self._answer = HttpUpstreamResponse(self)
        if self._transport.is_closing():
            self._break(EmptyResponse("closed before it was asked"))
            return answer
        self._transport.write(head)
        if body is not None:
            sending = self._send(body, chunked=chunked)
            self._sending = self._loop.create_task(sending, name="body-inward")
        return answer

    async def _send(self, body: AsyncIterator[bytes], *, chunked: bool) -> None:
        try:
            async for part in body:
                self._transport.write(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
                if self._paused:
                    await self._until_writable()
            if chunked:
                self._transport.write(b"0\r\n\r\n")
            self._sending = None
        except Exception as error:  # noqa: BLE001 - whatever the source raises is told to the reader
            # Half a request: nothing that comes can be its answer.
            self._sending = None
            self._break(error)

    async def _until_writable(self) -> None:
        self._writable = asyncio.Event()
        await self._writable.wait()

    def usable(self, after: float) -> bool:
        """Whether it can take another exchange and was used after that instant of the loop."""
        return self.free_since > after and not self._transport.is_closing()

    def go_on(self) -> None:
        """What came was read."""
        self._unread = 0
        if self._reading_paused:
            self._reading_paused = False
            self._transport.resume_reading()

    def drop(self) -> None:
        """Nobody waits any more: end it."""
        self._break(ProtocolError("left"))

    # What comes.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self._transport.abort()
            return
        self._seen += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self._again = False  # a 101, which its reader refuses
        except HttpParserError as error:
            if not self._complete:
                self._break(ProtocolError(f"not HTTP: {error}"))
                return
            self._again = False
        if self._complete:
            self._finish()
        elif not self._headed and self._seen > 2 * MOST_HEAD:
            self._break(ProtocolError("its head does not end"))

    def on_message_begin(self) -> None:
        if self._complete:
            raise ValueError("more than one answer")
        self._headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._headed:
            return  # a trailer, which nobody asked for
        self._headers.append((name.lower(), value.strip(b" \t")))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200 and status != _SWITCHED:
            self._interim = True
            return
        if self._seen > MOST_HEAD and _size_of(self._headers) > MOST_HEAD:
            raise ValueError("its head is too large")
        self._headed = True
        if self._answer is not None:
            self._answer.begin(status, self._headers)
        if self._bodiless:
            self._complete, self._again = True, self._parser.should_keep_alive()

    def on_body(self, data: bytes) -> None:
        if self._complete:
            raise ValueError("a body where none can be")
        assert self._answer is not None
        self._answer.came(data)
        self._unread += len(data)
        if self._unread > _MOST_UNREAD and not self._reading_paused:
            self._reading_paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        if self._interim:
            self._interim = False
        elif not self._complete:
            self._complete, self._again = True, self._parser.should_keep_alive()

    def _finish(self) -> None:
        """The answer is whole."""
        answer, self._answer = self._answer, None
        if self._bodiless:
            self._parser = HttpResponseParser(self)  # the other waits for a body
        if self._again and self._sending is None and not self._transport.is_closing():
            self.go_on()
            self.free_since = self._loop.time()
            self._free(self)
        else:
            self._end()
        if answer is not None:
            answer.over(None)

    def _break(self, failure: BaseException) -> None:
        answer, self._answer = self._answer, None
        self._end()
        if answer is not None:
            answer.over(failure)

    def _end(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost(self)
        if self._writable is not None:
            self._writable.set()
        if self._answer is None:
            return
        if self._headed and exc is None and self._ends_with_connection():
            self._again = False
            self._finish()
        elif self._seen:
            self._break(ProtocolError("cut in the middle"))
        else:
            self._break(EmptyResponse(f"no answer: {exc!r}"))

    def _ends_with_connection(self) -> bool:
        """Whether nothing else says where the answer ends."""
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
