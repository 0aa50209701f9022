"""Real processes restarted one after the other under load, without a failed request."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path

import aiohttp
import pytest
from joserfc.jwk import ECKey

from gateway.routes.domain.route_table import TABLE
from socle.testing import free_port, until

pytestmark = pytest.mark.e2e

SUPPORT = Path(__file__).parents[1] / "support"
BOARD, NOTICE = "/mobilite/v1/stops/a:b/departures", "/mobilite/v1/desk/notices"
CALLERS, BETWEEN = 6, 0.1
"""Seconds from one request of a caller to the next: it is not about how many there can be."""


@dataclass
class Program:
    """One program on one port, restarted with the same settings."""

    words: tuple[str, ...]
    settings: dict[str, str]
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        mine = ("GATEWAY_", "REGIONLAB_", "REPLICA_")
        outside = {k: v for k, v in os.environ.items() if not k.startswith(mine)}
        body = {
            "REGIONLAB_KAFKA": "127.0.0.1:9",
            "REGIONLAB_ENV": "test",
            "REGIONLAB_LOG_LEVEL": "WARNING",
            # Longer than the clients of this test take to detect it.
            "REGIONLAB_DRAIN_SECONDS": "4",
            "GATEWAY_PORT" if "gateway" in self.words else "REPLICA_PORT": str(self.port),
        }
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, *self.words, env=outside | body | self.settings
        )

    async def restart(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        assert await self.process.wait() == 0
        await self.start()

    async def is_ready(self, client: aiohttp.ClientSession) -> bool:
        try:
            async with client.get(self.address + "/readyz") as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False  # its loop is busy, or it does not run


@asynccontextmanager
async def running(*programs: Program) -> AsyncIterator[None]:
    try:
        for program in programs:
            await program.start()
        yield
    finally:
        for program in programs:
            if program.process is not None and program.process.returncode is None:
                program.process.kill()
                await program.process.wait()


@dataclass
class Load:
    """Callers that send requests continuously, by their own addresses; `failed`: their errors."""

    client: aiohttp.ClientSession
    where: Callable[[], str]
    payload: int = 0
    failed: list[str] = field(default_factory=list)
    over: bool = False

    async def call(self, caller: int) -> None:
        for number in count():
            if self.over:
                return
            await asyncio.sleep(BETWEEN)
            method, path = ("POST", NOTICE) if number % 4 == 3 else ("GET", BOARD)
            # A plan counts by address; this is about restarts.
            headers = {"X-Forwarded-For": f"10.{caller}.{number >> 8 & 255}.{number & 255}"}
            url = self.where() + path
            began = time.monotonic()
            try:
                async with self.client.request(
                    method, url, headers=headers, data=b"x" * (method == "POST")
                ) as answer:
                    if answer.status == 200:
                        self.payload += bool(await answer.read())
                    else:
                        self.failed.append(f"{method} {answer.status} {await answer.text()}")
            except (aiohttp.ClientError, TimeoutError) as error:
                seconds = time.monotonic() - began
                self.failed.append(f"{method} {url} {error!r} after {seconds:.1f} s")


@asynccontextmanager
async def under_load(
    client: aiohttp.ClientSession, where: Callable[[], str]
) -> AsyncIterator[Load]:
    load = Load(client, where)
    callers = [asyncio.create_task(load.call(each)) for each in range(CALLERS)]
    try:
        await until(lambda: load.payload > 100)
        yield load
        enough = load.payload + 100
        await until(lambda: load.payload > enough)
    finally:
        load.over = True
        await asyncio.gather(*callers)


@pytest.fixture
def gateway_settings(postgres_url: str, tmp_path: Path) -> dict[str, str]:
    keys = tmp_path / "keys.json"
    key = ECKey.generate_key("P-256").as_dict(private=True) | {"kid": "test"}
    keys.write_text(json.dumps({"keys": [key]}))
    return {
        "GATEWAY_POSTGRES": postgres_url,
        "GATEWAY_KEYS": str(keys),
        "GATEWAY_PUBLIC": "https://platform.example",
        "GATEWAY_PSEUDONYM_KEY": "k" * 32,
        "GATEWAY_PROXIES": "127.0.0.1",
        "GATEWAY_CACHE_BYTES": "0",
    }


def replicas(times: int) -> list[Program]:
    return [Program((str(SUPPORT / "replica_program.py"),), {}) for _ in range(times)]


def gateway(settings: dict[str, str], behind: list[Program]) -> Program:
    body = " ".join(each.address for each in behind)
    services = {f"GATEWAY_{service.upper()}": body for service in TABLE.services}
    return Program(("-m", "gateway"), settings | services)


async def all_ready(client: aiohttp.ClientSession, *programs: Program) -> None:
    for program in programs:
        await until(lambda each=program: each.is_ready(client))


async def test_a_service_is_restarted_replica_by_replica_and_no_request_fails(
    client: aiohttp.ClientSession, gateway_settings: dict[str, str]
) -> None:
    behind = replicas(2)
    edge = gateway(gateway_settings, behind)
    async with running(*behind, edge):
        await all_ready(client, *behind, edge)
        async with under_load(client, lambda: edge.address) as load:
            for replica in behind:
                await replica.restart()
                await all_ready(client, replica)
                # As in an orderly restart: the next one only once this one receives requests.
                enough = load.payload + 200
                await until(lambda most=enough: load.payload > most)
                await asyncio.sleep(2)
    assert load.failed == []


async def test_the_gateway_is_restarted_one_by_one_and_no_request_fails(
    client: aiohttp.ClientSession, gateway_settings: dict[str, str]
) -> None:
    behind = replicas(1)
    gateways = [gateway(gateway_settings, behind) for _ in range(2)]
    ready, rounds = set[str](), cycle(range(2))

    async def balance() -> None:
        """A load balancer: checks readiness several times a second."""
        while True:
            for edge in gateways:
                change = ready.add if await edge.is_ready(client) else ready.discard
                change(edge.address)
            await asyncio.sleep(0.25)

    def where() -> str:
        addresses = sorted(ready)
        return addresses[next(rounds) % len(addresses)]

    async with running(*behind, *gateways):
        await all_ready(client, *behind, *gateways)
        balancing = asyncio.create_task(balance())
        try:
            await until(lambda: len(ready) == 2)
            async with under_load(client, where) as load:
                for edge in gateways:
                    await edge.restart()
                    await until(lambda each=edge: each.address in ready)
        finally:
            balancing.cancel()
    assert load.failed == []
    assert load.payload > 400
