"""Across replicas and outages: revoked tokens, and keys of applications at a `jwks_uri`."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from gateway_world import World
from joserfc.jwk import ECKey
from oauth_world import BACKEND_KEY, AuthorizationQuery, start_platform

from gateway.oauth.adapters.client_keys import RegisteredClientKeys
from gateway.oauth.adapters.grant_store import PostgresGrants
from gateway.oauth.adapters.revocation_feed import RevocationFeed
from gateway.oauth.domain.clients import Client
from gateway.oauth.domain.errors import Denied
from gateway.oauth.domain.scopes import read_scopes
from socle.clock import ManualClock, SystemClock
from socle.http import Receive, Scope, Send, http_client
from socle.postgres import open_pool
from socle.testing import until

SCOPE = "launch/patient offline_access patient/Observation.rs"


async def test_what_one_replica_takes_back_the_others_refuse(
    world: World, postgres_url: str, tmp_path: Path
) -> None:
    here = await start_platform(world, postgres_url, tmp_path)
    requested = AuthorizationQuery(SCOPE)
    payload = (await here.exchange(await here.code("alice", requested), requested)).json
    claims = here.authority.tokens.read(payload["access_token"])
    assert claims is not None
    pool = await world.stack.enter_async_context(open_pool(postgres_url, application_name="other"))
    there = RevocationFeed(pool, SystemClock())
    await there.catch_up()
    following = asyncio.create_task(there.follow())
    world.stack.callback(following.cancel)
    assert not there.is_revoked(claims["jti"], claims["grant"])
    await here.post("/auth/revoke", {"token": payload["refresh_token"], "client_id": "carnet"})
    assert here.feed.is_revoked(claims["grant"])
    await until(lambda: there.is_revoked(claims["jti"], claims["grant"]))
    # A revocation while the connection of the listener is cut.
    await here.pool.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'other'"
    )
    await here.authority.grants.revoke_token("t-1", here.clock.now() + timedelta(hours=1))
    await until(lambda: there.is_revoked("t-1"))
    await here.authority.grants.revoke_token("t-2", here.clock.now() + timedelta(hours=1))
    await until(lambda: there.is_revoked("t-2"))
    # A replica that starts later knows all revocations before its first request.
    late = RevocationFeed(pool, SystemClock())
    await late.catch_up()
    assert late.is_revoked("t-1")
    assert late.is_revoked(claims["grant"])


async def test_what_is_over_is_removed(postgres_url: str, manual_clock: ManualClock) -> None:
    async with open_pool(postgres_url, application_name="test") as pool:
        feed = RevocationFeed(pool, manual_clock)
        grants = PostgresGrants(pool, feed.learn)
        now = manual_clock.now()
        await grants.revoke_token("old", now + timedelta(minutes=5))
        await grants.revoke_token("new", now + timedelta(hours=1))
        assert await grants.is_first_use("entrepot", "j", now + timedelta(minutes=5))
        assert not await grants.is_first_use("entrepot", "j", now + timedelta(minutes=5))
        manual_clock.advance(600)
        await grants.tidy(manual_clock.now())
        await feed.catch_up()
        assert not feed.is_revoked("old")
        assert feed.is_revoked("new")
        assert await grants.is_first_use("entrepot", "j", now)


class KeyServer:
    """The `jwks_uri` of an application."""

    def __init__(self) -> None:
        self.requests_received, self.status = 0, 200
        self.keys: list[dict[str, Any]] = []
        self.headers: list[tuple[bytes, bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests_received += 1
        body = json.dumps({"keys": self.keys}).encode()
        start = {"type": "http.response.start", "status": self.status}
        await send(start | {"headers": self.headers})
        # Two writes, a moment apart: what has arrived at first is not the complete document.
        half = len(body) // 2
        await send({"type": "http.response.body", "body": body[:half], "more_body": True})
        await asyncio.sleep(0.05)
        await send({"type": "http.response.body", "body": body[half:]})


def public(key: ECKey, kid: str) -> dict[str, Any]:
    return dict(key.as_dict(private=False)) | {"kid": kid}


async def test_keys_at_an_address_are_cached_rotated_and_outlive_an_outage(
    world: World, manual_clock: ManualClock, tmp_path: Path, postgres_url: str
) -> None:
    platform = await start_platform(world, postgres_url, tmp_path)
    server = KeyServer()
    server.keys = [public(BACKEND_KEY, "ec"), {"kty": "oct", "k": "AAAA", "kid": "odd"}]
    address = await world.application(server)
    client = Client("loin", "Loin", "backend", read_scopes("system/*.rs"), keys_address=address)
    session = await world.stack.enter_async_context(http_client(outside=True))
    keys = RegisteredClientKeys(session, manual_clock)

    async def verify(key: ECKey, kid: str = "ec") -> dict[str, Any]:
        assertion = platform.proof("loin", key, kid=kid)["client_assertion"]
        return dict(await keys.verify(assertion, client))

    assert (await verify(BACKEND_KEY))["iss"] == "loin"
    assert server.requests_received == 1
    for _ in range(5):
        with pytest.raises(Denied, match="kid"):
            await verify(BACKEND_KEY, "unknown")
    assert server.requests_received == 1  # unauthenticated callers cannot cause requests at will
    fresh = ECKey.generate_key("P-384")
    server.keys = [public(fresh, "second")]
    manual_clock.advance(61)
    assert (await verify(fresh, "second"))["iss"] == "loin"
    with pytest.raises(Denied):
        await verify(BACKEND_KEY)  # withdrawn by its owner
    server.status = 500
    manual_clock.advance(61)
    with pytest.raises(Denied):
        await verify(fresh, "third")
    assert (await verify(fresh, "second"))["iss"] == "loin"


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        (b"", 3600),
        (b"public, max-age=300", 300),
        (b"public, max-age=86400", 3600),
        (b"no-store", 60),  # unauthenticated callers cannot cause requests at will
        (b"max-age=0", 60),
    ],
)
async def test_a_withdrawn_key_is_refused_once_the_document_is_old(
    world: World,
    manual_clock: ManualClock,
    tmp_path: Path,
    postgres_url: str,
    cache_control: bytes,
    seconds: int,
) -> None:
    platform = await start_platform(world, postgres_url, tmp_path)
    server = KeyServer()
    server.headers = [(b"cache-control", cache_control)]
    server.keys = [public(BACKEND_KEY, "ec")]
    address = await world.application(server)
    client = Client("loin", "Loin", "backend", read_scopes("system/*.rs"), keys_address=address)
    session = await world.stack.enter_async_context(http_client(outside=True))
    keys = RegisteredClientKeys(session, manual_clock)

    async def verify() -> None:
        await keys.verify(platform.proof("loin", BACKEND_KEY, kid="ec")["client_assertion"], client)

    await verify()
    server.keys = [public(ECKey.generate_key("P-384"), "next")]
    manual_clock.advance(seconds - 1)
    await verify()
    manual_clock.advance(1)
    with pytest.raises(Denied, match="kid"):
        await verify()
