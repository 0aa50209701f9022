"""A WebSocket handshake is refused: no route of the gateway takes one."""

import asyncio

import aiohttp
import pytest
from gateway_world import MemoryUsageLedger, World, exchange
from pilot_consents import agreed

from gateway.metering.adapters.usage_metrics import UsageMetrics
from gateway.metering.api import metered_connection
from gateway.metering.domain.usage import OTHER, UNREADABLE
from gateway.metering.flows import UsageMeter
from socle.clock import SystemClock

HANDSHAKE = (
    b"GET /echo/x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


@pytest.mark.parametrize("path", ["/echo/x", "/echo/stream", "/nowhere"])
async def test_a_handshake_is_a_400_and_reaches_no_service(
    world: World, client: aiohttp.ClientSession, path: str
) -> None:
    requests: list[bytes] = []

    async def service(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))

    gateway = await world.gateway(await world.service(service))
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.ws_connect(gateway.address + path)
    assert refused.value.status == 400
    assert requests == []


async def test_the_connection_closes_and_the_refusal_is_counted(world: World) -> None:
    ledger = MemoryUsageLedger()
    meter = UsageMeter(ledger, UsageMetrics(agreed({})), replica="r", clock=SystemClock())
    address = await world.service(lambda reader, writer: asyncio.sleep(0))
    gateway = await world.gateway(address, protocol=metered_connection(meter), meter=meter)
    raw = await exchange(gateway.port, HANDSHAKE + b"GET /echo/y HTTP/1.1\r\nHost: x\r\n\r\n")
    assert raw.startswith(b"HTTP/1.1 400 ")
    assert raw.count(b"HTTP/1.1 ") == 1
    assert "n’accepte pas de WebSocket".encode() in raw
    await meter.close()
    lines = [line for record in ledger.records for line in record.lines]
    assert [(line.route, line.method, line.status) for line in lines] == [(UNREADABLE, OTHER, 400)]
