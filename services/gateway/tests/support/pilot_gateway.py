"""A gateway that follows pilots on a real broker, before a service that verifies its tokens."""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from gateway_world import ECHO, KEYS, Gateway, World, table

from gateway.callers.domain.identity import Identity
from gateway.routes.domain.request_context import RequestContext
from gateway.wiring.pilots import Pilots, wire_pilots
from socle.auth import Keys, Verified, Verifier, caller_of
from socle.bus import Bus
from socle.clock import Clock, SystemClock
from socle.http import ASGIApp, Receive, Scope, Send, http_client


async def identify(context: RequestContext) -> None:
    """The caller is whoever they say, which is enough here."""
    if message := context.headers.get(b"x-test-subject"):
        context.identity = Identity(role="traveller", subject=message.decode())


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Tells what the verified token says; `/echo/stream` says it and goes on for ever."""
    caller = caller_of(scope)
    payload = json.dumps({"subject": caller.subject, "arms": dict(caller.arms)}).encode()
    status = 503 if scope["path"].endswith("/broken") else 200
    streaming = scope["path"].endswith("/stream")
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": payload + b"\n", "more_body": streaming})
    while streaming and (await receive())["type"] != "http.disconnect":
        continue


@dataclass
class PilotGateway:
    """One replica of the gateway."""

    gateway: Gateway
    pilots: Pilots
    client: aiohttp.ClientSession

    async def received(
        self, subject: str | None = None, *, path: str = "/echo/a", cookie: str = ""
    ) -> Any:
        """What the service received about a caller."""
        headers = {"cookie": cookie} if cookie else {}
        if subject:
            headers["x-test-subject"] = subject
        async with self.client.get(self.gateway.address + path, headers=headers) as answer:
            return await answer.json(content_type=None)

    async def arms(self, subject: str | None = None, **options: Any) -> dict[str, str]:
        arms: dict[str, str] = (await self.received(subject, **options))["arms"]
        return arms


async def open_gateway(
    world: World,
    bus: Bus,
    folder: Path,
    client: aiohttp.ClientSession,
    *,
    clock: Clock | None = None,
) -> PilotGateway:
    """A replica at work until the world ends."""
    clock = clock or SystemClock()
    jwks = folder / "jwks.json"
    jwks.write_text(json.dumps(KEYS.public))
    session = await world.stack.enter_async_context(http_client())
    verifier = Verifier(Keys(str(jwks), session, SystemClock()), audiences={ECHO})
    service: ASGIApp = Verified(echo, verifier)
    pilots = wire_pilots(table(), bus, clock)
    gateway = await world.gateway(
        await world.application(service),
        stages=(identify,),
        then=(pilots.assign,),
        meters=(pilots.exposures,),
    )
    watch = partial(gateway.streams.watch, (pilots.assign.still_holds,), clock)
    await _run_tasks(world.stack, [*pilots.running.tasks.values(), watch])
    return PilotGateway(gateway, pilots, client)


async def _run_tasks(stack: AsyncExitStack, tasks: list[Any]) -> None:
    running = [asyncio.ensure_future(task()) for task in tasks]

    async def stop() -> None:
        for each in running:
            each.cancel()
        for ended in await asyncio.gather(*running, return_exceptions=True):
            assert isinstance(ended, asyncio.CancelledError), ended

    stack.push_async_callback(stop)
