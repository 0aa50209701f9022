"""A batch counts as its entries, which the service reports with its answer."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio
from gateway_world import World, read_head

from gateway.callers.domain.access import OPEN
from gateway.quotas.adapters.api_key_store import PostgresKeys
from gateway.quotas.adapters.bucket_store import PostgresBuckets
from gateway.quotas.adapters.stream_store import PostgresStreams
from gateway.quotas.domain.plans import Allowance, Plan
from gateway.quotas.flows.admit import Admit
from gateway.quotas.flows.api_key_cache import ApiKeyCache
from gateway.quotas.flows.shared_limits import SharedLimits
from gateway.quotas.flows.stream_limits import StreamLimits
from gateway.routes.domain.esante_routes import ESANTE
from gateway.routes.domain.routes import READ_AND_POST, Route, RouteTable
from socle.clock import SystemClock
from socle.postgres import Pool, open_pool
from socle.testing import until

BURST = 20
PLAN = Plan("public", "public", {"record": Allowance(0.01, BURST)})
ROUTES = RouteTable(
    (
        Route("/fhir", ESANTE, OPEN, READ_AND_POST, plan_class="record", fhir=True),
        Route("/other", ESANTE, OPEN, READ_AND_POST, plan_class="record"),
    )
)


@pytest_asyncio.fixture
async def pool(postgres_url: str) -> AsyncIterator[Pool]:
    async with open_pool(postgres_url, application_name="test") as opened:
        yield opened


def admission(pool: Pool) -> tuple[Admit, SharedLimits]:
    """The stage of plans, as one replica applies it."""
    clock = SystemClock()
    limits = SharedLimits(
        PostgresBuckets(pool), clock=clock, on_local_limits=lambda _: None, timeout=30.0
    )
    admit = Admit(
        plans=lambda: {"public": PLAN},
        house_key=lambda _: None,
        account_plan=lambda _: None,
        client_plan=lambda _: None,
        keys=ApiKeyCache(PostgresKeys(pool), clock=clock),
        limits=limits,
        streams=StreamLimits(PostgresStreams(pool, "test"), clock=clock),
    )
    return admit, limits


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reports as many units as the query says."""
    while True:
        head = await read_head(reader)
        units = head[0].partition(b"?")[2].split(b" ")[0]
        reported = b"X-Regionlab-Units: %b\r\n" % units if units else b""
        writer.write(b"HTTP/1.1 200 OK\r\n%bContent-Length: 2\r\n\r\n{}" % reported)
        await writer.drain()


async def test_a_batch_counts_as_its_entries_on_every_replica(
    world: World, client: aiohttp.ClientSession, pool: Pool
) -> None:
    service = await world.service(talk)
    (admit, limits), (other_admit, _) = admission(pool), admission(pool)
    gateway = await world.gateway(service, routes=ROUTES, then=(admit,))
    other = await world.gateway(service, routes=ROUTES, then=(other_admit,))

    async def remaining(target: str, *, of: str = gateway.address) -> tuple[int, int]:
        async with client.get(of + target) as answer:
            assert "X-Regionlab-Units" not in answer.headers
            assert len(answer.headers.getall("RateLimit-Remaining")) == 1
            return answer.status, int(answer.headers["RateLimit-Remaining"])

    left = BURST
    # What is no number, and what another route's service reports, count as one.
    for target, units in (
        ("/fhir", 1),
        ("/fhir?5", 5),
        ("/fhir?x", 1),
        ("/fhir?0", 1),
        ("/other?9", 1),
    ):
        left -= units
        assert await remaining(target) == (200, left)
    # It is admitted with one token, and the next request waits for all it took.
    assert await remaining("/fhir?100") == (200, 0)
    async with client.get(gateway.address + "/fhir") as answer:
        assert answer.status == 429
        assert (
            int(answer.headers["Retry-After"]) > (100 - left) / PLAN.allowances["record"].rate - 60
        )
    await limits.close()
    assert await pool.fetchval("SELECT used FROM plan_bucket") == BURST - left + 100

    async def refused() -> bool:
        return (await remaining("/fhir", of=other.address))[0] == 429

    await until(refused)  # it admits its first requests before it asks the others
