"""What stands before an application: health, readiness, metrics, and the way to it."""

import aiohttp

from socle.http import Receive, Scope, Send
from socle.service import Draining, RunningRole
from socle.service.health_endpoints import HealthEndpoints
from socle.testing import ServeApp


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    body = f"{scope['path']} {Draining.of(scope).started}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def test_a_public_application_can_define_its_own_metrics_address(serve_app: ServeApp) -> None:
    front = HealthEndpoints(Draining())
    front.open(RunningRole(metrics=False), application)
    async with aiohttp.ClientSession(await serve_app(front)) as client:
        assert await (await client.get("/metrics")).text() == "/metrics False"
        assert await (await client.get("/healthz")).json() == {"status": "alive"}


async def test_notes_are_reported_without_effect_on_readiness(serve_app: ServeApp) -> None:
    front = HealthEndpoints(Draining())
    front.open(RunningRole(notes={"essais": lambda: "à l'arrêt"}), application)
    async with aiohttp.ClientSession(await serve_app(front)) as client:
        answer = await client.get("/readyz")
        assert answer.status == 200
        assert await answer.json() == {
            "status": "ready",
            "checks": {},
            "notes": {"essais": "à l'arrêt"},
        }


async def test_the_application_finds_the_draining_of_the_process(serve_app: ServeApp) -> None:
    draining = Draining()
    front = HealthEndpoints(draining)
    front.open(RunningRole(), application)
    async with aiohttp.ClientSession(await serve_app(front)) as client:
        draining.begin()
        assert await (await client.get("/a")).text() == "/a True"
        assert (await client.get("/healthz")).status == 200
        assert (await client.get("/readyz")).status == 503
