"""Whatever its service and the other callers do, the public board answers throughout."""

import asyncio
from contextlib import suppress
from typing import Literal, get_args

import aiohttp
from gateway_world import ECHO, World, read_head

from gateway.api.protocol import DoorProtocol
from gateway.domain.access import OPEN
from gateway.domain.routes import Limits, Route, RouteTable

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
        Route("/board", ECHO, OPEN, plan_class="board", kept=True, limits=Limits(first_byte=2.0)),
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


async def crowd_of_the_ill_meaning(port: int, streams: int) -> list[asyncio.StreamWriter]:
    """Heads that never end, requests half closed, listeners who hear nothing."""
    sent = [b"GET /board HTTP/1.1\r\nX-Slow: "] * 50
    sent += [b"GET /board/stream HTTP/1.1\r\nHost: x\r\n\r\n"] * streams
    writers = []
    for each in sent:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(each)
        writers.append(writer)
    for _ in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /board HTTP/1.1\r\nHost: x\r\n\r\n")
        writer.write_eof()
        writers.append(writer)
    return writers


async def test_the_board_answers_throughout(world: World, client: aiohttp.ClientSession) -> None:
    service = Service()
    address = await world.service(service.talk)
    gateway = await world.gateway(
        address, routes=TABLE, protocol=DoorProtocol, cache_bytes=1_000_000
    )
    answers: dict[Mode, list[tuple[int, bytes, str]]] = {mode: [] for mode in MODES}
    writers = await crowd_of_the_ill_meaning(gateway.port, 200)
    async with client.get(gateway.address + "/board") as answer:
        assert await answer.read() == BODY
    for mode in MODES:
        service.mode = mode
        # Past what is kept, so that the service is asked while it does this.
        async with asyncio.timeout(30):
            while len(answers[mode]) < 30 or mode not in service.seen:
                async with client.get(gateway.address + "/board") as answer:
                    told = answer.headers["cache-status"]
                    answers[mode].append((answer.status, await answer.read(), told))
                await asyncio.sleep(0.06)
    assert {(status, body) for each in answers.values() for status, body, _ in each} == {
        (200, BODY)
    }
    for mode in set(MODES) - {"well"}:
        assert any("stale" in told for _, _, told in answers[mode]), mode
    for writer in writers:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
