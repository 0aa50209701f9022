"""A service that fails in each of several ways, behind a cached board."""

import asyncio
from typing import Literal, get_args

from gateway_world import ECHO, read_head

from gateway.callers.domain.access import OPEN
from gateway.routes.domain.routes import Limits, Route, RouteTable

Mode = Literal["well", "hangs", "refuses", "garbage", "half", "cut", "error"]


MODES: tuple[Mode, ...] = get_args(Mode)


BODY = b'{"generated_at":"2026-03-02T07:30:00+01:00","departures":[]}'


HEAD = (
    b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nCache-Control: public, max-age=1\r\n"
    b"Content-Length: %d\r\n\r\n"
)


TABLE = RouteTable(
    (
        Route(
            "/board/stream",
            ECHO,
            OPEN,
            plan_class="stream",
            streaming=True,
            limits=Limits(total=None),
        ),
        Route(
            "/board", ECHO, OPEN, plan_class="board", cacheable=True, limits=Limits(first_byte=2.0)
        ),
    )
)


class Service:
    """A service that does whatever `mode` says."""

    def __init__(self) -> None:
        self.mode: Mode = "well"
        self.seen: set[Mode] = set()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            if self.mode == "refuses":
                self.seen.add("refuses")
                writer.transport.abort()
                return
            target = (await read_head(reader))[0]
            if b"/stream" in target:
                writer.write(b"HTTP/1.1 200 X\r\nContent-Type: text/event-stream\r\n\r\n: hi\n\n")
                await reader.read()
                return
            await self._answer(reader, writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.seen.add(self.mode)
        match self.mode:
            case "well":
                writer.write(HEAD % (200, len(BODY)) + BODY)
                await writer.drain()
                return
            case "hangs":
                await reader.read()
            case "garbage":
                writer.write(b"\x00\x01 not http\r\n\r\n")
            case "half":
                writer.write(HEAD % (200, len(BODY)))
                writer.write_eof()
                await reader.read()
            case "cut":
                writer.write(HEAD % (200, len(BODY)) + BODY[:10])
            case "error":
                writer.write(HEAD % (503, 0))
        await writer.drain()
        raise EOFError
