"""The public board answers while its service fails and other callers are hostile."""

import asyncio
from contextlib import suppress

import aiohttp
from failing_service import BODY, MODES, TABLE, Mode, Service
from gateway_world import World

from gateway.http.api.connection import GatewayConnection


async def crowd_of_the_ill_meaning(port: int, streams: int) -> list[asyncio.StreamWriter]:
    """Endless heads, half-closed requests, streams without events."""
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
        address, routes=TABLE, protocol=GatewayConnection, cache_bytes=1_000_000
    )
    answers: dict[Mode, list[tuple[int, bytes, str]]] = {mode: [] for mode in MODES}

    async def request(mode: Mode) -> None:
        async with client.get(gateway.address + "/board") as answer:
            payload = answer.headers["cache-status"]
            answers[mode].append((answer.status, await answer.read(), payload))

    writers = await crowd_of_the_ill_meaning(gateway.port, 200)
    async with client.get(gateway.address + "/board") as answer:
        assert await answer.read() == BODY
    for mode in MODES:
        service.mode = mode
        # Longer than the cache's lifetime, so that the failing service is requested. Ten at a time:
        # while it hangs, every response takes a second.
        async with asyncio.timeout(60):
            while len(answers[mode]) < 30 or mode not in service.seen:
                await asyncio.gather(*(request(mode) for _ in range(10)))
                await asyncio.sleep(0.06)
    assert {(status, body) for each in answers.values() for status, body, _ in each} == {
        (200, BODY)
    }
    for mode in set(MODES) - {"well"}:
        assert any("stale" in payload for _, _, payload in answers[mode]), mode
    for writer in writers:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
