"""WebSockets through the door, to a real service: judged before the handshake, carried."""

import asyncio

import aiohttp
import pytest
from agreeing import agreed
from gateway_world import ECHO, MESSAGE, KeptLedger, World, read_head
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from yarl import URL

from gateway.adapters.red_figures import RedFigures
from gateway.domain.access import OPEN, only
from gateway.domain.identity import Identity
from gateway.domain.routes import Route, RouteTable
from gateway.domain.visit import Visit
from gateway.flows.guard_session import guard_session
from gateway.flows.meter import ServedMeter
from socle.clock import SystemClock
from socle.service import Draining
from socle.testing import until

TABLE = RouteTable(
    (
        Route("/echo/socket/{name}", ECHO, OPEN, plan_class="stream", websocket=True),
        Route("/echo/closed", ECHO, only("professional"), plan_class="stream", websocket=True),
        Route("/echo/{rest...}", ECHO, OPEN, plan_class="board"),
    )
)
OWN = "https://region.example"


class Service:
    """Echoes; closes with 4001 when told `close`. `heads`: what it was asked with."""

    def __init__(self) -> None:
        self.heads: list[dict[str, str]] = []
        self.codes: list[int] = []
        self.app = Starlette(
            routes=[WebSocketRoute(path, self.talk) for path in ("/echo/socket/a", "/echo/closed")]
        )

    async def talk(self, socket: WebSocket) -> None:
        self.heads.append(dict(socket.headers) | {"query": socket.scope["query_string"].decode()})
        offered = socket.scope["subprotocols"]
        await socket.accept(subprotocol=offered[0] if offered else None)
        try:
            while True:
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    raise WebSocketDisconnect(message["code"])
                if message.get("text") == "close":
                    await socket.close(4001)
                    return
                if (text := message.get("text")) is not None:
                    await socket.send_text(f"echo {text}")
                else:
                    await socket.send_bytes(message["bytes"])
        except WebSocketDisconnect as gone:
            self.codes.append(gone.code)


async def session(visit: Visit) -> None:
    if b"cookie" in visit.named:
        visit.identity = Identity(role="patient", subject="s", means="session")


async def test_messages_go_both_ways_and_the_ends_meet(
    world: World, client: aiohttp.ClientSession
) -> None:
    service = Service()
    gateway = await world.gateway(await world.application(service.app), routes=TABLE)
    url = URL(gateway.address + "/echo/socket/a?q=%2F", encoded=True)
    headers = {"X-Regionlab-Role": "admin", "Authorization": "Bearer x"}
    async with client.ws_connect(url, protocols=("v2", "v1"), headers=headers) as socket:
        assert socket.protocol == "v2"
        for number in range(100):
            await socket.send_str(f"{number} é")
        assert [await socket.receive_str() for _ in range(100)] == [
            f"echo {number} é" for number in range(100)
        ]
        await socket.send_bytes(bytes(range(256)))
        assert await socket.receive_bytes() == bytes(range(256))
        await socket.close(code=4000)
    await until(lambda: service.codes == [4000])
    head = service.heads[0]
    assert head["query"] == "q=%2F"
    assert head["x-regionlab-token"]
    assert head["x-forwarded-for"] == "127.0.0.1"
    assert "x-regionlab-role" not in head
    assert "authorization" not in head


async def test_what_the_service_closes_is_closed_with_its_code(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway(await world.application(Service().app), routes=TABLE)
    async with client.ws_connect(gateway.address + "/echo/socket/a") as socket:
        await socket.send_str("close")
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 4001


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/echo/closed", {}, 401),
        ("/echo/closed", {"Cookie": "s=1", "Origin": OWN, "Sec-Fetch-Site": "same-origin"}, 403),
        ("/echo/socket/a", {"Cookie": "s=1", "Origin": "https://evil.example"}, 403),
        ("/echo/socket/a", {"Cookie": "s=1"}, 403),
        ("/echo/socket/absent", {}, 502),
        ("/echo/plain", {}, 404),
        ("/echo/socket/..", {}, 400),
        ("/echo/socket/%2E%2e", {}, 400),
        ("/nowhere", {}, 404),
    ],
)
async def test_who_may_not_is_told_before_the_handshake(
    world: World,
    client: aiohttp.ClientSession,
    path: str,
    headers: dict[str, str],
    status: int,
) -> None:
    service = Service()
    gateway = await world.gateway(
        await world.application(service.app), routes=TABLE, stages=(session, guard_session(OWN))
    )
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.ws_connect(URL(gateway.address + path, encoded=True), headers=headers)
    assert refused.value.status == status
    assert not service.heads


async def test_a_page_of_ours_may_open_one_with_its_session(
    world: World, client: aiohttp.ClientSession
) -> None:
    address = await world.application(Service().app)
    gateway = await world.gateway(address, routes=TABLE, stages=(session, guard_session(OWN)))
    headers = {"Cookie": "s=1", "Origin": OWN}
    async with client.ws_connect(gateway.address + "/echo/socket/a", headers=headers) as socket:
        await socket.send_str("1")
        assert await socket.receive_str() == "echo 1"


async def test_a_message_over_the_limit_ends_it(
    world: World, client: aiohttp.ClientSession
) -> None:
    service = Service()
    gateway = await world.gateway(await world.application(service.app), routes=TABLE)
    async with client.ws_connect(gateway.address + "/echo/socket/a") as socket:
        await socket.send_bytes(bytes(MESSAGE + 1))
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 1009
    await until(lambda: service.codes)


async def test_a_service_that_is_away_is_a_503_and_another_address_is_tried(
    world: World, client: aiohttp.ClientSession
) -> None:
    nowhere = "http://127.0.0.1:9"
    away = await world.gateway(nowhere, routes=TABLE)
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.ws_connect(away.address + "/echo/socket/a")
    assert refused.value.status == 503
    address = await world.application(Service().app)
    gateway = await world.gateway(f"{nowhere} {address}", routes=TABLE)
    for _ in range(3):
        async with client.ws_connect(gateway.address + "/echo/socket/a") as socket:
            await socket.send_str("1")
            assert await socket.receive_str() == "echo 1"


async def test_a_caller_who_vanishes_ends_it_inside_and_one_who_comes_late_is_told(
    world: World, client: aiohttp.ClientSession
) -> None:
    service, draining = Service(), Draining()
    address = await world.application(service.app)
    gateway = await world.gateway(address, routes=TABLE, draining=draining)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(
        b"GET /echo/socket/a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    assert (await read_head(reader))[0].startswith(b"HTTP/1.1 101 ")
    writer.transport.abort()
    await until(lambda: service.codes)
    draining.begin()
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.ws_connect(gateway.address + "/echo/socket/a")
    assert refused.value.status == 503


async def test_one_that_no_longer_stands_is_closed_on_both_sides(
    world: World, client: aiohttp.ClientSession
) -> None:
    service = Service()
    gateway = await world.gateway(await world.application(service.app), routes=TABLE)
    async with client.ws_connect(gateway.address + "/echo/socket/a") as socket:
        gateway.streams.end_all()
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 1001
    await until(lambda: service.codes == [1001])


async def test_it_is_counted_once_when_it_ends_or_is_refused(
    world: World, client: aiohttp.ClientSession
) -> None:
    ledger = KeptLedger()
    meter = ServedMeter(ledger, RedFigures(agreed({})), replica="r", clock=SystemClock())
    address = await world.application(Service().app)
    gateway = await world.gateway(address, routes=TABLE, meter=meter)
    async with client.ws_connect(gateway.address + "/echo/socket/a") as socket:
        await socket.send_str("é")
        assert await socket.receive_str() == "echo é"
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await client.ws_connect(gateway.address + "/echo/closed")
    await until(lambda: not gateway.server.server_state.tasks)
    await meter.close()
    (lines, _) = (record.lines for record in ledger.records)
    assert {(line.route, line.method, line.status, line.count) for line in lines} == {
        ("/echo/socket/{name}", "CONNECT", 101, 1),
        ("/echo/closed", "CONNECT", 401, 1),
    }
    assert next(line.bytes for line in lines if line.status == 101) == len("echo é".encode())
