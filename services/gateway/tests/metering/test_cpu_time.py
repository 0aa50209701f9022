"""Processor time in pilots: of the gateway and the service together, for pilots alone."""

import asyncio
from collections.abc import Sequence
from time import thread_time_ns

import aiohttp
import pytest
from gateway_world import ECHO, Gateway, MemoryUsageLedger, World
from pilot_consents import agreed

from gateway.callers.domain.access import OPEN
from gateway.events import ServedInPilot
from gateway.metering.adapters.usage_metrics import UsageMetrics
from gateway.metering.flows import UsageMeter
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.routes import Route
from socle.clock import SystemClock
from socle.http import CPU_TIME_HEADER, Receive, Scope, Send
from socle.testing import until

NAME = CPU_TIME_HEADER.decode()
TAKES_PART = {"x-test-takes-part": "yes"}
SERVICE = 0.25  # seconds it says that it took
GATEWAY = 0.03  # seconds the door is kept busy for `?busy`


async def assign(context: RequestContext) -> None:
    """Whoever says so takes part; the door is as busy as it is asked to be."""
    if b"x-test-takes-part" in context.headers:
        context.arms = {"alertes": "prevenu", "bornes": "sonore"}
    if "busy" in context.target:
        end = thread_time_ns() + int(GATEWAY * 1e9)
        while thread_time_ns() < end:
            pass


async def reports(scope: Scope, receive: Receive, send: Send) -> None:
    """Tells its processor time, but where it is asked not to; `/echo/stream` goes on."""
    headers = [(CPU_TIME_HEADER, b"%d" % int(SERVICE * 1e6))]
    if b"silent" in scope["query_string"]:
        headers = []
    streaming = scope["path"].endswith("/stream")
    await asyncio.sleep(0.01)
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok", "more_body": streaming})
    while streaming and (await receive())["type"] != "http.disconnect":
        continue


class Metering:
    """A meter whose chance is the test's."""

    def __init__(self, chance: Sequence[float] = (0.0,)) -> None:
        drawn = list(chance)
        self.ledger, self.figures = MemoryUsageLedger(), UsageMetrics(agreed({}))
        self.meter = UsageMeter(
            self.ledger,
            self.figures,
            replica="r",
            clock=SystemClock(),
            chance=lambda: drawn.pop(0) if len(drawn) > 1 else drawn[0],
        )

    async def edge(self, world: World) -> Gateway:
        """One that counts here, before a service that says what it took."""
        service = await world.application(reports)
        return await world.gateway(service, then=(assign,), meter=self.meter)

    async def pilot_lines(self) -> list[ServedInPilot]:
        await self.meter.close()
        return [line for record in self.ledger.records for line in record.in_pilots]


async def fetch(client: aiohttp.ClientSession, address: str, *, takes_part: bool = True) -> None:
    headers = TAKES_PART if takes_part else {}
    async with client.get(address, headers=headers) as answer:
        assert await answer.read() == b"ok"
        assert NAME not in answer.headers


async def test_the_time_of_gateway_and_service_is_reported_together(
    world: World, client: aiohttp.ClientSession
) -> None:
    metering = Metering()
    gateway = await metering.edge(world)
    for _ in range(3):
        await fetch(client, f"{gateway.address}/echo/a?busy")
    await fetch(client, f"{gateway.address}/echo/a?busy", takes_part=False)
    reported = await metering.pilot_lines()
    assert [(line.pilot_id, line.count) for line in reported] == [("alertes", 3), ("bornes", 3)]
    for line in reported:
        assert line.cpu_seconds is not None
        assert 3 * (SERVICE + GATEWAY) <= line.cpu_seconds < 3 * (SERVICE + GATEWAY) + 0.3
    plain = [line for record in metering.ledger.records for line in record.lines]
    assert "cpu_seconds" not in str([line.model_dump() for line in plain])


async def test_time_that_a_service_does_not_report_is_unknown(
    world: World, client: aiohttp.ClientSession
) -> None:
    metering = Metering()
    gateway = await metering.edge(world)
    await fetch(client, f"{gateway.address}/echo/a?silent")
    await fetch(client, f"{gateway.address}/echo/a")
    assert [(line.count, line.cpu_seconds) for line in await metering.pilot_lines()] == [
        (2, None)
    ] * 2


async def test_own_routes_count_the_gateway_alone(
    world: World, client: aiohttp.ClientSession
) -> None:
    metering = Metering()
    gateway = await metering.edge(world)
    async with client.get(f"{gateway.address}/docs?busy", headers=TAKES_PART) as answer:
        assert answer.status == 200
    reported = await metering.pilot_lines()
    assert len(reported) == 2
    for line in reported:
        assert line.cpu_seconds is not None
        assert GATEWAY <= line.cpu_seconds < SERVICE


async def test_of_a_stream_it_is_what_it_took_to_open(
    world: World, client: aiohttp.ClientSession
) -> None:
    metering = Metering()
    gateway = await metering.edge(world)
    answer = await client.get(f"{gateway.address}/echo/stream?busy", headers=TAKES_PART)
    assert await answer.content.readany() == b"ok"
    answer.close()
    await until(metering.pilot_lines)
    for line in await metering.pilot_lines():
        assert line.cpu_seconds is not None
        assert line.cpu_seconds >= SERVICE + GATEWAY


@pytest.mark.parametrize(
    ("chance", "reported"), [((0.0, 0.9), (0.0003, 0.0004)), ((0.5, 0.4), (0.0004, 0.0003))]
)
async def test_two_pilots_lines_do_not_know_each_other_by_it(
    chance: tuple[float, ...], reported: tuple[float, ...]
) -> None:
    metering = Metering(chance)
    route = Route("/echo/a", ECHO, OPEN, plan_class="board")
    context = RequestContext(
        route, "GET", "/echo/a", "192.0.2.1", {}, arms={"alertes": "a", "bornes": "b"}
    )
    metering.meter.count(
        "/echo/a",
        "GET",
        200,
        context=context,
        size=1,
        seconds=0.1,
        answered=0.1,
        cpu_seconds=0.000_35,
    )
    assert tuple(line.cpu_seconds for line in await metering.pilot_lines()) == reported
