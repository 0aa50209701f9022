"""What services report is published once an hour, whoever caused it and however often."""

import asyncio
from datetime import UTC, datetime, timedelta

import aiohttp
from gateway_world import World

from gateway.events import FactSeenV1
from gateway.pilots.flows.buffered_publisher import BufferedPublisher
from gateway.pilots.flows.seen_facts import SeenFacts
from socle.bus import TopicSpec, ensure_topics
from socle.clock import ManualClock
from socle.events import Received
from socle.http import FACT_HEADER, Receive, Scope, Send
from socle.testing import MakeBus, StartServer, until

MORNING = datetime(2026, 3, 2, 8, 20, tzinfo=UTC)


async def reports(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the status and the fact of the query: `200&alert-read`."""
    status, fact = scope["query_string"].split(b"&")
    headers = [(FACT_HEADER, fact)] if fact else []
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


async def test_a_fact_is_published_once_an_hour(
    world: World, client: aiohttp.ClientSession, start_server: StartServer, make_bus: MakeBus
) -> None:
    server, clock, lost = start_server("broker"), ManualClock(MORNING), list[str]()
    topics = [TopicSpec(FactSeenV1.topic, partitions=1, kind="fact")]
    await ensure_topics(server.address, topics)
    bus = await make_bus(source="gateway", address=server.address)
    publisher = BufferedPublisher(bus, clock, lost=lost.append)
    seen = SeenFacts(publisher, clock)
    gateway = await world.gateway(await world.application(reports), meters=(seen,))
    found: list[tuple[str, datetime]] = []

    async def receive(received: Received[FactSeenV1]) -> None:
        assert received.data is not None
        assert "person" not in str(received)
        found.append((received.data.fact, received.data.hour))

    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(publisher.run()),
            tasks.create_task(bus.consume(FactSeenV1, group="test", handle=receive)),
        ]
        for after, query in (
            (0, "500&alert-read"),
            (0, "200&diabetes"),
            (0, "200&"),
            (0, "200&board-watched"),
            (600, "200&board-watched"),
            (600, "200&alert-read"),
            (3600, "200&board-watched"),
        ):
            clock.advance(after)
            async with client.get(f"{gateway.address}/echo/person?{query}") as answer:
                assert await answer.read() == b"ok"
        await until(lambda: len(found) >= 3)
        for each in running:
            each.cancel()
    hour = MORNING.replace(minute=0)
    assert found == [
        ("board-watched", hour),
        ("alert-read", hour),
        ("board-watched", hour + timedelta(hours=1)),
    ]
    assert lost == []
