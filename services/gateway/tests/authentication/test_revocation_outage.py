"""A replica that cannot hear what is taken back believes its memory for a moment, and then no
bearer: what is open goes on, the rest says so."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import orjson
import pytest
from gateway_world import KEYS, Gateway, World
from outside_issuer import Issuer, trusting
from token_makers import own_claims, own_token

from gateway.authentication.adapters.provider_documents import ProviderDocuments
from gateway.authentication.flows.identify import AuthenticateBearer
from gateway.oauth.adapters.grant_store import PostgresGrants
from gateway.oauth.adapters.revocation_feed import RevocationFeed
from gateway.proxy.flows.open_streams import is_still_identified
from socle.auth import TOKEN_HEADER, Caller, CompactToken
from socle.clock import SystemClock
from socle.http import Receive, Scope, Send, http_client
from socle.postgres import open_pool
from socle.testing import TcpProxy, until

PLAIN = {"accept-encoding": "identity"}


def bearing(**claims: str) -> dict[str, str]:
    """Headers with a token made now: one made at import would be too old by the end of a run."""
    return {"authorization": "Bearer " + own_token(KEYS, own_claims(**claims))}


async def service(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the caller's role; at `…/stream`, goes on until its caller disconnects."""
    role = Caller.of_claims(CompactToken(dict(scope["headers"])[TOKEN_HEADER]).claims).role
    endless = scope["path"].endswith("/stream")
    category = b"text/event-stream" if endless else b"application/json"
    headers = [(b"content-type", category)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    body = orjson.dumps({"role": role})
    await send({"type": "http.response.body", "body": body, "more_body": endless})
    while endless and (await receive())["type"] != "http.disconnect":
        continue


@pytest.mark.parametrize("how", ["cut", "stall"])
async def test_a_replica_without_its_database_believes_no_bearer_for_long(
    world: World, client: aiohttp.ClientSession, postgres_url: str, tmp_path: Path, how: str
) -> None:
    line = await TcpProxy(postgres_url).start(world.stack)
    here = await world.stack.enter_async_context(open_pool(line.url, application_name="here"))
    there = await world.stack.enter_async_context(open_pool(postgres_url, application_name="x"))
    world.stack.callback(here.terminate)
    feed = RevocationFeed(here, SystemClock())
    await feed.catch_up()
    following = asyncio.create_task(feed.follow())
    world.stack.callback(following.cancel)
    outside = await world.stack.enter_async_context(http_client(outside=True))
    issuer = Issuer(base="http://127.0.0.1:9", role="professional")
    identify = AuthenticateBearer(trusting(issuer, tmp_path, ProviderDocuments(outside)), feed)
    gateway = await world.gateway(await world.application(service), stages=(identify,))

    async def fetch(path: str, headers: dict[str, str]) -> tuple[int, str | None]:
        async with client.get(gateway.address + path, headers=headers | PLAIN) as answer:
            return answer.status, (await answer.json()).get("role")

    async def closed(status: int, headers: dict[str, str]) -> bool:
        return (await fetch("/echo/closed/x", headers))[0] == status

    cached, taken = bearing(jti="kept"), bearing(jti="taken", grant="g-2")
    stream = await client.get(gateway.address + "/echo/stream", headers=cached)
    assert await stream.content.readany() == b'{"role":"professional"}'
    for headers in (cached, taken):
        assert await fetch("/echo/closed/x", headers) == (200, "professional")
    getattr(line, how)()
    revoke = PostgresGrants(there, lambda *_: None).revoke_token
    await revoke("taken", datetime.now(UTC) + timedelta(hours=1))
    for headers in (cached, taken):
        await until(lambda answered=headers: closed(503, answered))
        assert await fetch("/echo/x", headers) == (200, "anonymous")
    assert await fetch("/echo/x", {}) == (200, "anonymous")
    await _has_retry_after(client, gateway, cached)
    # Whoever was judged before is not turned away because it cannot be found out now.
    await gateway.streams.check((is_still_identified((identify,)),))
    assert not stream.content.at_eof()
    stream.close()
    line.restore()
    await until(lambda: closed(401, taken))
    assert await fetch("/echo/closed/x", cached) == (200, "professional")


async def _has_retry_after(
    client: aiohttp.ClientSession, gateway: Gateway, headers: dict[str, str]
) -> None:
    async with client.get(gateway.address + "/echo/closed/x", headers=headers) as answer:
        assert (await answer.json())["type"] == "urn:regionlab:problem:unavailable"
        assert answer.headers["retry-after"] == "5"
