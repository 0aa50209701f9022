"""Several addresses of one service, on real sockets: which requests are retried, and where."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp
import pytest
from gateway_world import Talk, World, read_head

from gateway.proxy.domain.circuit_breaker import CONSECUTIVE
from gateway.proxy.domain.load_shedding import COMFORTABLE_DELAY, LoadShedding
from gateway.proxy.domain.upstreams import Upstreams
from gateway.proxy.flows.shed_load import measure_delay
from gateway.routes.domain.routes import Limits
from socle.clock import SystemClock
from socle.testing import until

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
NOWHERE = "http://127.0.0.1:9"


@dataclass
class Replica:
    """A replica that gives every request the same answer; `seen`: its request lines."""

    answer: bytes = OK
    seen: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    heads: list[Sequence[bytes]] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await read_head(reader)
            self.seen.append(head[0])
            self.heads.append(head)
            named = dict(line.lower().split(b": ", 1) for line in head[1:])
            if length := int(named.get(b"content-length", b"0")):
                self.bodies.append(await reader.readexactly(length))
            writer.write(self.answer)
            await writer.drain()
            if not self.answer.startswith(b"HTTP/1.1 2"):
                return


def ready(upstreams: Upstreams) -> None:
    for each in upstreams.each:
        each.why_not = None


async def statuses(client: aiohttp.ClientSession, method: str, url: str, times: int) -> list[int]:
    found = []
    for _ in range(times):
        async with client.request(method, url) as answer:
            await answer.read()
            found.append(answer.status)
    return found


async def behind(world: World, *replicas: Replica) -> str:
    return " ".join([await world.service(replica.talk) for replica in replicas])


async def test_requests_are_balanced_round_robin(
    world: World, client: aiohttp.ClientSession
) -> None:
    one, other = Replica(), Replica()
    gateway = await world.gateway(await behind(world, one, other))
    ready(*gateway.upstreams.values())
    assert await statuses(client, "GET", gateway.address + "/echo/x", 10) == [200] * 10
    assert len(one.seen) == len(other.seen) == 5


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_an_address_that_refuses_fails_no_request(
    world: World, client: aiohttp.ClientSession, method: str
) -> None:
    replica = Replica()
    gateway = await world.gateway(f"{NOWHERE},{await behind(world, replica)}")
    url = gateway.address + "/echo/x"
    assert set(await statuses(client, method, url, 12)) == {200}
    assert len(replica.seen) == 12


async def test_a_missing_response_is_retried_when_that_is_safe(
    world: World, client: aiohttp.ClientSession
) -> None:
    mute, replica = Replica(b"garbage"), Replica()
    gateway = await world.gateway(await behind(world, mute, replica))
    ready(*gateway.upstreams.values())
    url = gateway.address + "/echo/x"
    assert await statuses(client, "GET", url, 4) == [200] * 4
    assert mute.seen


async def test_a_post_is_sent_once_unless_it_has_a_key(
    world: World, client: aiohttp.ClientSession
) -> None:
    mute, replica = Replica(b"garbage"), Replica()
    gateway = await world.gateway(await behind(world, mute, replica))
    ready(*gateway.upstreams.values())
    url = gateway.address + "/echo/x"
    async with client.post(url, data=b"order") as answer:
        assert answer.status == 502
    assert not replica.seen
    async with client.post(url, data=b"other turn"):
        pass
    async with client.post(url, data=b"order", headers={"Idempotency-Key": "1"}) as answer:
        assert answer.status == 200
    assert (mute.bodies[-1], replica.bodies[-1]) == (b"order", b"order")


async def test_a_503_is_retried_elsewhere_and_else_passed_on(
    world: World, client: aiohttp.ClientSession
) -> None:
    starting = Replica(b"HTTP/1.1 503 X\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n")
    gateway = await world.gateway(await behind(world, starting, Replica()))
    ready(*gateway.upstreams.values())
    assert await statuses(client, "GET", gateway.address + "/echo/x", 6) == [200] * 6
    lonely = await world.gateway(await behind(world, starting))
    async with client.get(lonely.address + "/echo/x") as answer:
        assert (answer.status, answer.headers["retry-after"]) == (503, "7")


async def test_retries_do_not_multiply_a_failure(
    world: World, client: aiohttp.ClientSession
) -> None:
    failing = [Replica(b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n") for _ in range(2)]
    gateway = await world.gateway(await behind(world, *failing))
    ready(*gateway.upstreams.values())
    assert set(await statuses(client, "GET", gateway.address + "/echo/x", 200)) == {503}
    assert sum(len(each.seen) for each in failing) <= 200 * 1.1 + 11


async def test_a_started_response_is_never_retried(
    world: World, client: aiohttp.ClientSession
) -> None:
    cut, replica = Replica(b"HTTP/1.1 203 X\r\nContent-Length: 1000\r\n\r\nhalf"), Replica()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(cut.answer)
        await writer.drain()

    gateway = await world.gateway(f"{await world.service(talk)} {await behind(world, replica)}")
    ready(*gateway.upstreams.values())
    with pytest.raises(aiohttp.ClientPayloadError):
        await statuses(client, "GET", gateway.address + "/echo/x", 1)
    assert not replica.seen


async def test_an_address_that_fails_repeatedly_is_left_alone_and_found_again(
    world: World, client: aiohttp.ClientSession
) -> None:
    broken = Replica(b"garbage")
    gateway = await world.gateway(await behind(world, broken))
    url = gateway.address + "/echo/x"
    found = await statuses(client, "GET", url, CONSECUTIVE + 3)
    assert found[0] == 502
    assert found[-1] == 503
    requested = len(broken.seen)
    async with client.get(url) as answer:
        assert int(answer.headers["retry-after"]) >= 1
    assert len(broken.seen) == requested
    broken.answer = OK

    async def well() -> bool:
        return await statuses(client, "GET", url, 1) == [200]

    await until(well)
    assert await statuses(client, "GET", url, 10) == [200] * 10


def hanging(started: list[None]) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        started.append(None)
        await reader.read()

    return talk


async def test_an_address_gets_no_more_than_its_fill(
    world: World, client: aiohttp.ClientSession
) -> None:
    started: list[None] = []
    gateway = await world.gateway(await world.service(hanging(started)), most=3)
    url = gateway.address + "/echo/x"
    waiting = [asyncio.create_task(client.get(url)) for _ in range(3)]

    async def all_started() -> bool:
        return len(started) == 3

    await until(all_started)
    async with client.get(url) as answer:
        assert answer.status == 503
        assert answer.headers["retry-after"] == "1"
        assert "trop de demandes" in (await answer.json())["detail"]
    for task in waiting:
        task.cancel()

    async def room() -> bool:
        return all(each.in_flight == 0 for u in gateway.upstreams.values() for each in u.each)

    await until(room)


async def test_what_hangs_is_left_alone_after_a_few(
    world: World, client: aiohttp.ClientSession
) -> None:
    started: list[None] = []
    service = await world.service(hanging(started))
    gateway = await world.gateway(service, limits=Limits(first_byte=0.1))
    found = await statuses(client, "GET", gateway.address + "/echo/x", CONSECUTIVE + 2)
    assert found == [504] * CONSECUTIVE + [503] * 2
    assert len(started) == CONSECUTIVE


async def test_a_service_receives_its_deadline(world: World, client: aiohttp.ClientSession) -> None:
    replica = Replica()
    gateway = await world.gateway(await behind(world, replica), limits=Limits(first_byte=7.0))
    headers = {"X-Regionlab-Timeout-Ms": "999999"}
    async with client.get(gateway.address + "/echo/x", headers=headers) as answer:
        assert answer.status == 200
    message = [
        line for line in replica.heads[0] if line.lower().startswith(b"x-regionlab-timeout-ms")
    ]
    assert len(message) == 1
    assert 5000 < int(message[0].split(b": ")[1]) <= 7000


@pytest.mark.parametrize(("method", "status"), [("POST", 200), ("DELETE", 200), ("GET", 504)])
async def test_a_write_is_awaited_for_longer_than_the_service_is_granted(
    world: World, client: aiohttp.ClientSession, method: str, status: int
) -> None:
    heads: list[Sequence[bytes]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await read_head(reader))
        await asyncio.sleep(0.5)
        writer.write(OK)

    limits = Limits(first_byte=0.2, write=0.3)
    gateway = await world.gateway(await world.service(talk), limits=limits)
    body = b"order" if method == "POST" else None
    async with client.request(method, gateway.address + "/echo/x", data=body) as answer:
        assert answer.status == status
    named = dict(line.lower().split(b": ", 1) for line in heads[0][1:])
    assert int(named[b"x-regionlab-timeout-ms"]) <= (200 if method == "GET" else 300)


async def test_overload_is_refused_with_retry_after(
    world: World, client: aiohttp.ClientSession
) -> None:
    shedding = LoadShedding(max_requests=2)
    started: list[None] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"/stream" in (await read_head(reader))[0]:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
            await writer.drain()
        started.append(None)
        await reader.read()

    gateway = await world.gateway(await world.service(talk), shedding=shedding)
    stream = await client.get(gateway.address + "/echo/stream")
    waiting = [asyncio.create_task(client.get(gateway.address + "/echo/x")) for _ in range(2)]

    async def busy() -> bool:
        return len(started) == 3

    await until(busy)
    async with client.get(gateway.address + "/echo/x") as answer:
        assert (answer.status, answer.headers["retry-after"]) == (503, "2")
        assert "trop de demandes" in (await answer.json())["detail"]
    async with client.get(gateway.address + "/docs") as answer:
        assert answer.status == 200, "pages go last"
    assert await stream.content.readany() == b"data: 1\n\n"
    for task in waiting:
        task.cancel()
    stream.close()


async def test_a_loop_that_is_late_by_its_own_work_is_measured_and_one_that_waits_is_not() -> None:
    shedding, clock = LoadShedding(max_requests=10), SystemClock()
    measuring = asyncio.create_task(measure_delay(shedding, clock))
    await asyncio.sleep(0.2)
    time.sleep(0.5)  # noqa: ASYNC251 (nothing else runs, and nothing works)
    await asyncio.sleep(0.01)
    waited = shedding.delay
    end = time.process_time() + 0.5
    while time.process_time() < end:
        pass
    await asyncio.sleep(0.01)
    assert waited < COMFORTABLE_DELAY < shedding.delay
    measuring.cancel()
