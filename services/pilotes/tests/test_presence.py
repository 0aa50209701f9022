"""Pilotes answers, on a real server."""

from datetime import timedelta

import aiohttp

from pilotes.api.app import make_api
from pilotes.domain.presence import Presence
from socle.clock import ManualClock
from socle.testing import ServeApp


def test_presence_never_runs_backwards(manual_clock: ManualClock) -> None:
    now = manual_clock.now()
    assert Presence(now - timedelta(minutes=1), now).seconds == 60
    assert Presence(now + timedelta(minutes=1), now).seconds == 0


async def test_tells_since_when_it_answers(serve_app: ServeApp, manual_clock: ManualClock) -> None:
    started = manual_clock.now()
    manual_clock.advance(90)
    address = await serve_app(make_api(started=started, clock=manual_clock))
    url = f"{address}/pilotes/v1/presence"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert answer.status == 200
        told = await answer.json()
    assert told == {"since": "2026-03-02T08:00:00Z", "seconds": 90.0}
