"""`python -m gateway` in its own process: readiness by service, internal metrics, orderly stop."""

import asyncio
import os
import signal
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import asyncpg
import pytest
from gateway_program import PUBLIC, behind, program, status
from gateway_program import given as given
from gateway_world import World, read_head
from token_makers import own_claims, own_token

from gateway.oauth.adapters.grant_store import CHANNEL
from gateway.routes.domain.mobilite_routes import MOBILITE
from gateway.routes.domain.route_table import TABLE
from gateway.routes.domain.routes import Service
from gateway.settings import GatewaySettings
from gateway.wiring import addresses_of
from socle.auth import read_signing_keys
from socle.errors import Refusal
from socle.settings import load
from socle.testing import free_port, until

EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A minimal service: ready, with an endless stream."""
    while True:
        line = (await read_head(reader))[0]
        if b"/stream" in line:
            writer.write(EVENTS + b"b\r\ndata: one\n\n\r\n")
            await reader.read()
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()


async def test_the_program_serves_and_stops_without_cutting_anyone(
    world: World, client: aiohttp.ClientSession, given: dict[str, str]
) -> None:
    port, metrics_port = free_port(), free_port()
    address = f"http://127.0.0.1:{port}"
    services = await world.service(talk)
    async with program(
        GATEWAY_PORT=str(port),
        GATEWAY_METRICS_PORT=str(metrics_port),
        **behind(services),
        **given,
    ) as process:

        async def ready() -> bool:
            assert process.returncode is None, "the gateway did not start"
            return await status(client, address + "/readyz") == 200

        await until(ready)
        async with client.get(address + "/readyz") as answer:
            checks = dict.fromkeys(TABLE.services)
            message = await answer.json()
            # Kafka is unreachable, and the gateway is still ready.
            assert "suspendus" in message.pop("notes")["pilots"]
            assert message == {"status": "ready", "checks": checks}
        assert await status(client, address + "/healthz") == 200
        assert await status(client, address + "/metrics") == 404
        stream = await client.get(address + "/mobilite/v1/stops/a:b/departures/stream")
        assert await stream.content.readany() == b"data: one\n\n"
        async with client.get(f"http://127.0.0.1:{metrics_port}/metrics") as answer:
            figures = await answer.text()
        process.send_signal(signal.SIGTERM)
        assert await stream.content.read() == b""
        assert await asyncio.wait_for(process.wait(), 60) == 0
    assert 'http_requests_open{service="gateway"} 1.0' in figures


async def test_readiness_names_the_service_that_is_not(
    world: World, client: aiohttp.ClientSession, given: dict[str, str]
) -> None:
    port = free_port()
    nowhere = f"http://127.0.0.1:{free_port()}"
    async with program(GATEWAY_PORT=str(port), **behind(nowhere), **given) as process:
        url = f"http://127.0.0.1:{port}/readyz"
        reported: dict[str, object] = {}

        async def request() -> bool:
            assert process.returncode is None, "the gateway did not start"
            try:
                async with client.get(url) as answer:
                    assert answer.status == 503
                    reported.update((await answer.json())["checks"])
            except aiohttp.ClientConnectionError:
                return False
            return reported.get("mobilite") == "injoignable"

        await until(request)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, b"GATEWAY_MOBILITE"),
        ({"GATEWAY_MOBILITE": "mobilite:8081"}, b"GATEWAY_MOBILITE"),
        ({"GATEWAY_MOBILITE": "http://m:1", "GATEWAY_TLSS": "1"}, b"GATEWAY_TLSS"),
    ],
)
async def test_unusable_settings_stop_it_at_once(settings: dict[str, str], named: bytes) -> None:
    async with program(**settings) as process:
        _, reported = await process.communicate()
    assert process.returncode == os.EX_CONFIG
    assert named in reported


def test_every_service_of_the_table_needs_an_address() -> None:
    addresses = {service: f"http://{service}:1" for service in TABLE.services}
    reported = {f"GATEWAY_{service.upper()}": each for service, each in addresses.items()}
    reported |= PUBLIC | {"GATEWAY_POSTGRES": "postgresql://x", "GATEWAY_KEYS": "keys.json"}
    assert addresses_of(TABLE.services, load(GatewaySettings, reported)) == addresses
    for service in TABLE.services:
        assert GatewaySettings.model_fields[service].is_required(), service


def test_a_service_without_an_address_is_refused_by_name() -> None:
    reported = PUBLIC | {"GATEWAY_POSTGRES": "postgresql://x", "GATEWAY_KEYS": "keys.json"}
    settings = load(GatewaySettings, behind("http://127.0.0.1:1") | reported)
    # `port` is a setting, and no address.
    with pytest.raises(Refusal, match="ailleurs, port") as refused:
        addresses_of((MOBILITE, Service("ailleurs"), Service("port")), settings)
    assert refused.value.details == {"missing": ["GATEWAY_AILLEURS", "GATEWAY_PORT"]}


def test_metrics_are_not_public_and_stop_ids_stay_intact() -> None:
    assert TABLE.find("/metrics") is None
    for path in (
        "/mobilite/v1/stops/tao:a%2Fb/departures/stream",
        "/fhir/Subscription/a/$event-stream",
        "/fhir/Subscription/a/%24event-stream",
    ):
        found = TABLE.find(path)
        assert found is not None
        assert (found.streaming, found.plan_class) == (True, "stream")


async def test_a_token_opens_until_it_is_taken_back(
    world: World, client: aiohttp.ClientSession, given: dict[str, str]
) -> None:
    keys = read_signing_keys(Path(given["GATEWAY_KEYS"]), variable="GATEWAY_KEYS")
    public, name = PUBLIC["GATEWAY_PUBLIC"], f"t-{uuid.uuid4()}"
    reported = own_token(keys, own_claims(iss=public, aud=public, jti=name))
    port = free_port()
    services = await world.service(talk)
    async with program(GATEWAY_PORT=str(port), **behind(services), **given) as process:
        url = f"http://127.0.0.1:{port}/auth/me"

        async def answered(code: int, token: str) -> bool:
            assert process.returncode is None, "the gateway did not start"
            headers = {"authorization": f"Bearer {token}"}
            try:
                async with client.get(url, headers=headers) as answer:
                    body = await answer.text()
            except aiohttp.ClientConnectionError:
                return False
            return answer.status == code and (code != 200 or '"professional"' in body)

        await until(lambda: answered(200, reported))
        assert await answered(401, own_token(keys, own_claims(aud=public)))
        connection = await asyncpg.connect(given["GATEWAY_POSTGRES"])
        ends = datetime.now(UTC) + timedelta(minutes=5)
        await connection.execute("INSERT INTO revocations VALUES ($1, $2)", name, ends)
        received = f"{ends.timestamp()} {name}"
        await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, received)
        await connection.close()
        await until(lambda: answered(401, reported))
