"""When an identity provider fails, the public board still answers anonymous callers and bearers of
a token whose key is cached."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Literal

import aiohttp
from failing_service import BODY, TABLE, Service
from gateway_world import World
from joserfc.jwk import RSAKey
from no_revocations import NothingRevoked
from outside_issuer import Issuer, trusting

from gateway.authentication.adapters.provider_documents import ProviderDocuments
from gateway.authentication.flows.identify import AuthenticateBearer
from socle.clock import ManualClock
from socle.http import Receive, Scope, Send, http_client
from socle.testing import until

Mode = Literal["well", "rotated", "down", "garbage", "hangs"]
BETWEEN_FETCHES = 6.0  # seconds
OTHER = RSAKey.generate_key(2048)


@dataclass
class Provider:
    """An issuer in that mode; `modes_seen`: the modes of its requests."""

    issuer: Issuer = field(default_factory=Issuer)
    mode: Mode = "well"
    modes_seen: set[Mode] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.modes_seen.add(self.mode)
        if self.mode == "hangs":
            while (await receive())["type"] != "http.disconnect":
                continue
            return
        self.issuer.status = 503 if self.mode == "down" else 200
        self.issuer.answer = b"\x00 not json" if self.mode == "garbage" else None
        await self.issuer(scope, receive, send)


def requester(
    client: aiohttp.ClientSession, url: str
) -> Callable[[str | None], Awaitable[tuple[int, bytes]]]:
    async def fetch(token: str | None) -> tuple[int, bytes]:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        async with client.get(url, headers=headers) as answer:
            return answer.status, await answer.read()

    return fetch


async def test_the_board_answers_whatever_the_provider_does(
    world: World, client: aiohttp.ClientSession, tmp_path: Path, manual_clock: ManualClock
) -> None:
    provider, people = Provider(), count()
    issuer = provider.issuer
    issuer.base = await world.application(provider)
    session = await world.stack.enter_async_context(http_client(outside=True, time_limit=60))
    identify = AuthenticateBearer(
        trusting(issuer, tmp_path, ProviderDocuments(session, manual_clock)), NothingRevoked()
    )
    gateway = await world.gateway(
        await world.service(Service().talk), routes=TABLE, stages=(identify,), cache_bytes=100_000
    )
    fetch = requester(client, gateway.address + "/board")

    def good(kid: str) -> str:
        return issuer.token(
            OTHER if kid == "new" else issuer.keys[kid], kid=kid, sub=f"p{next(people)}"
        )

    assert await fetch(good("rsa")) == (200, BODY)
    provider.mode = "rotated"
    issuer.keys = {"new": OTHER}
    manual_clock.advance(BETWEEN_FETCHES)

    async def rotated() -> bool:
        return (await fetch(good("new")))[0] == 200

    await until(rotated)
    for mode in ("down", "garbage", "hangs"):
        provider.mode = mode
        # Unknown key ids cause a request to the provider, every few seconds at most.
        manual_clock.advance(BETWEEN_FETCHES)
        strangers = [
            asyncio.create_task(fetch(issuer.token(kid=f"k{next(people)}"))) for _ in range(10)
        ]
        answers = set()
        while mode not in provider.modes_seen or len(answers) == 0:
            answers |= {await fetch(None), await fetch(good("new"))}
            strangers.append(asyncio.create_task(fetch(issuer.token(kid=f"k{next(people)}"))))
            await asyncio.sleep(0.1)
        answers |= {await fetch(token) for token in (None, good("new")) for _ in range(10)}
        assert answers == {(200, BODY)}, mode
        for stranger in strangers:
            stranger.cancel()
        body = await asyncio.gather(*strangers, return_exceptions=True)
        assert not any(isinstance(each, tuple) and each[0] == 200 for each in body), mode
