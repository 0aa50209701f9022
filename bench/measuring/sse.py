"""A client of server-sent events, light enough for thousands of connections in one event loop.

https://html.spec.whatwg.org/multipage/server-sent-events.html; httptools decodes the HTTP.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import httptools

from bench.measuring.house_key import house_key_lines


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream."""

    at: float
    """The performance counter when its last byte arrived, in seconds."""
    id: str
    """Empty if it has none."""
    stream_type: str
    """The value of its field `event`; `message` without one."""
    data: bytes


OnEvent = Callable[[Event], None]


class Listener(asyncio.Protocol):
    """One connection to a stream.

    `received_at`: the performance counter when the last byte arrived. `silence`: the longest time
    between two reads, in seconds. `opened` is done at the first event or the end, `closed` at the
    end. `status`: of the response; 0 before it.
    """

    def __init__(self, request: bytes, on_event: OnEvent) -> None:
        self._request, self._on_event = request, on_event
        self._parser = httptools.HttpResponseParser(self)
        self._block = bytearray()
        self.status = 0
        self.events = self.comments = 0
        self.silence = 0.0
        self.received_at = time.perf_counter()
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self.silence, self.received_at = max(self.silence, now - self.received_at), now
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        for waited in (self.opened, self.closed):
            if not waited.done():
                waited.set_result(None)

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        self._block += body
        while (end := self._block.find(b"\n\n")) >= 0:
            block = bytes(self._block[:end])
            del self._block[: end + 2]
            self._take(block)

    def on_message_complete(self) -> None:
        self.transport.close()

    def _take(self, block: bytes) -> None:
        fields: dict[bytes, bytes] = {}
        for line in block.split(b"\n"):
            name, _, value = line.partition(b": ")
            fields[name] = fields[name] + b"\n" + value if name in fields else value
        if b"data" not in fields:
            self.comments += b"" in fields
            return
        self.events += 1
        stream_type = fields.get(b"event", b"message").decode()
        self._on_event(
            Event(self.received_at, fields.get(b"id", b"").decode(), stream_type, fields[b"data"])
        )
        if not self.opened.done():
            self.opened.set_result(None)


async def listen(
    address: str, target: str, on_event: OnEvent, *, last_event_id: str = ""
) -> Listener:
    """Open a stream. Raises OSError if it cannot connect.

    `target`: path and query. `last_event_id`: of the last event received, to resume after it.
    """
    parts = urlsplit(address)
    assert parts.hostname is not None
    assert parts.port is not None
    lines = [f"GET {target} HTTP/1.1", f"Host: {parts.netloc}", "Accept: text/event-stream"]
    lines += house_key_lines()
    if last_event_id:
        lines.append(f"Last-Event-ID: {last_event_id}")
    request = "\r\n".join((*lines, "", "")).encode()
    loop = asyncio.get_running_loop()
    made = await loop.create_connection(
        lambda: Listener(request, on_event), parts.hostname, parts.port
    )
    return made[1]
