"""Every exchange is counted once, with its actual response: a real broker, an orderly stop."""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import pytest
from gateway_program import behind, program, status
from gateway_program import given as given
from gateway_world import World, exchange, read_head

from gateway.events import RequestServedV2
from socle.bus import TopicSpec, ensure_topics
from socle.events import Received
from socle.testing import MakeBus, free_port, until

TOPIC = "gateway.request-served.v2"
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
PLANS = "[plan.public.classes.search]\nrate = 0.001\nburst = 3\n"


class Service:
    """A service whose behaviour the query selects; `holds`: it has a request it never answers."""

    def __init__(self) -> None:
        self.holds = asyncio.Event()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            line = (await read_head(reader))[0]
            if b"/stream" in line:
                writer.write(EVENTS + b"b\r\ndata: one\n\n\r\n")
                await reader.read()
                return
            if b"garbage" in line:
                writer.write(b"what?\r\n\r\n")
                return
            if b"slow" in line:
                self.holds.set()
                await reader.read()
                return
            category = {b"304": b"304 Not Modified", b"500": b"500 Oh", b"404": b"404 Not Found"}
            message = next(
                (text for key, text in category.items() if b"say=" + key in line), b"200 OK"
            )
            length = b"" if message.startswith(b"304") else b"Content-Length: 2\r\n"
            body = b"" if message.startswith(b"304") or line.startswith(b"HEAD") else b"ok"
            writer.write(b"HTTP/1.1 " + message + b"\r\n" + length + b"\r\n" + body)
            await writer.drain()


async def _every_type(client: aiohttp.ClientSession, port: int, service: Service) -> Counter[int]:
    """Exchanges with every outcome; the responses that their callers received."""
    address, seen = f"http://127.0.0.1:{port}", Counter[int]()
    requested: Sequence[tuple[str, str, dict[str, str]]] = (
        *[("GET", "/mobilite/v1/feeds", {})] * 20,
        ("HEAD", "/mobilite/v1/feeds", {}),
        *[("GET", "/mobilite/v1/stops", {})] * 5,  # two of them over the plan
        ("GET", "/mobilite/v1/feeds?say=304", {}),
        ("GET", "/mobilite/v1/feeds?say=404", {}),
        ("GET", "/mobilite/v1/feeds?say=500", {}),
        ("GET", "/mobilite/v1/feeds?garbage", {}),
        ("GET", "/nowhere", {}),
        ("GET", "/nowhere", {"accept": "text/html"}),
        ("GET", "/openapi.json", {}),
        ("GET", "/" + "a" * 9000, {}),
        ("DELETE", "/mobilite/v1/feeds", {}),
        ("GET", "/mobilite/v1/feeds", {"x-api-key": "nonsense"}),
        ("GET", "/mobilite/v1/feeds", {"authorization": "Bearer nonsense"}),
    )
    for method, target, headers in requested:
        async with client.request(method, address + target, headers=headers) as answer:
            await answer.read()
            seen[answer.status] += 1
    assert b" 400 " in await exchange(port, b"\x00\x01 nonsense\r\n\r\n")
    seen[400] += 1
    # One caller disconnects before the response, once the service has the request.
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /mobilite/v1/feeds?slow HTTP/1.1\r\nHost: a\r\n\r\n")
    await until(service.holds.is_set)
    writer.close()
    seen[499] += 1
    return seen


@pytest.mark.parametrize("broker", ["there", "late"])
async def test_the_sums_are_what_was_answered(
    world: World,
    client: aiohttp.ClientSession,
    given: dict[str, str],
    make_bus: MakeBus,
    kafka_address: str,
    tmp_path: Path,
    broker: str,
) -> None:
    if broker == "there":
        await ensure_topics(kafka_address, [TopicSpec(TOPIC, partitions=2, kind="fact")])
    plans = tmp_path / "plans.toml"
    plans.write_text(PLANS)
    service, port, metrics = Service(), free_port(), free_port()
    settings = (
        behind(await world.service(service.talk)) | given | {"REGIONLAB_KAFKA": kafka_address}
    )
    async with program(
        GATEWAY_PORT=str(port),
        GATEWAY_METRICS_PORT=str(metrics),
        GATEWAY_PLANS=str(plans),
        **settings,
    ) as process:
        await until(lambda: _ready(client, port))
        seen = await _every_type(client, port, service)
        if broker == "late":
            await asyncio.sleep(2)
            await ensure_topics(kafka_address, [TopicSpec(TOPIC, partitions=2, kind="fact")])
        stream = await client.get(f"http://127.0.0.1:{port}/mobilite/v1/alerts/stream")
        assert await stream.content.readany() == b"data: one\n\n"
        seen[200] += 1

        async def in_metrics() -> bool:
            async with client.get(f"http://127.0.0.1:{metrics}/metrics") as answer:
                text = await answer.text()
            found = [
                line for line in text.splitlines() if line.startswith("gateway_requests_total")
            ]
            return sum(float(line.rpartition(" ")[2]) for line in found) == seen.total() - 1

        await until(in_metrics)
        process.send_signal(signal.SIGTERM)
        await stream.content.read()
        assert await asyncio.wait_for(process.wait(), 60) == 0
    records = await _reported(await make_bus(), world)
    assert [record.sequence for record in records] == list(range(len(records)))
    assert [record.stopped for record in records] == [False] * (len(records) - 1) + [True]
    lines = [line for record in records for line in record.lines]
    counted = Counter[int]()
    for line in lines:
        counted[line.status] += line.count
    assert counted == seen
    assert {line.account for line in lines} == {None}
    assert "127.0.0.1" not in json.dumps([line.model_dump(mode="json") for line in lines])
    first = next(line for line in lines if line.method == "HEAD")
    assert (first.route, first.count, first.bytes) == ("/mobilite/v1/{rest...}", 1, 0)


async def _ready(client: aiohttp.ClientSession, port: int) -> bool:
    return await status(client, f"http://127.0.0.1:{port}/readyz") == 200


async def _reported(bus: object, world: World) -> list[RequestServedV2]:
    """The records of the last replica that stopped, each once."""
    found: dict[tuple[str, int], RequestServedV2] = {}
    last: list[str] = []

    async def handle(received: Received[RequestServedV2]) -> None:
        assert received.data is not None
        found[received.data.replica, received.data.sequence] = received.data
        if received.data.stopped:
            last.append(received.data.replica)

    consuming = asyncio.create_task(
        bus.consume(RequestServedV2, group=f"test-{id(found)}", handle=handle)  # type: ignore[attr-defined]
    )
    await until(lambda: last)
    await asyncio.sleep(1)
    consuming.cancel()
    return [record for (replica, _), record in sorted(found.items()) if replica == last[-1]]
