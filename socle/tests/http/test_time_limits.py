"""An exchange whose caller waits no more ends, unless its answer has begun."""

import asyncio

import aiohttp
import pytest

from socle.clock import SystemClock
from socle.http import Edge, Receive, Scope, Send
from socle.testing import ServeApp

WAITS_MS = {"X-Regionlab-Timeout-Ms": "100"}


class Slow:
    """Answers after half a second, or begins at once and goes on after that."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": []}
        try:
            if scope["path"] == "/begun":
                await send(start)
            await asyncio.sleep(0.5)
            if scope["path"] != "/begun":
                await send(start)
            await send({"type": "http.response.body", "body": b"late"})
        finally:
            self.ended.set()


@pytest.mark.parametrize(
    ("path", "limits", "status"), [("/", True, 504), ("/begun", True, 200), ("/", False, 200)]
)
async def test_an_abandoned_exchange_ends(
    serve_app: ServeApp, path: str, limits: bool, status: int
) -> None:
    slow = Slow()
    edge = Edge(slow, service="slow", clock=SystemClock(), time_limits=limits)
    async with aiohttp.ClientSession(await serve_app(edge)) as client:
        async with client.get(path, headers=WAITS_MS) as answer:
            assert answer.status == status
            assert (await answer.read() == b"late") is (status == 200)
        assert slow.ended.is_set()


@pytest.mark.parametrize("sent", ["", "soon", "-1", "1e9", "99999999999999999999"])
async def test_a_limit_that_cannot_be_read_or_is_far_away_is_none(
    serve_app: ServeApp, sent: str
) -> None:
    edge = Edge(Slow(), service="slow", clock=SystemClock())
    headers = {"X-Regionlab-Timeout-Ms": sent}
    async with (
        aiohttp.ClientSession(await serve_app(edge)) as client,
        client.get("/", headers=headers) as answer,
    ):
        assert await answer.read() == b"late"
