"""A traveller of the valley who follows a journey."""

import json
from typing import Any

import aiohttp
from boards import paris
from valley import HOSPITAL, VILLAGE, Valley

from mobilite.journeys.flows.followed.watch_journeys import JourneySubscription

QUERY = {"from": VILLAGE, "to": HOSPITAL, "at": "2026-03-02T07:40:00+01:00"}


def late(seconds: int, sequence: int = 1) -> str:
    return f"stop_time_update {{ stop_sequence: {sequence} departure {{ delay: {seconds} }} }}"


class Traveller:
    """Follows the first journey from the village to the hospital."""

    def __init__(self, valley: Valley) -> None:
        self.valley, self.subscriptions = valley, valley.followed().subscriptions
        self.journey_id = ""
        self.journey: JourneySubscription | None = None

    def publish(self, clock: str, message: str, feed_id: str = "train") -> None:
        """An operator's message at a local time."""
        instant = paris(clock)
        self.valley.clock.advance((instant - self.valley.clock.now()).total_seconds())
        self.valley.city.now = instant
        self.valley.city.publish(message, feed_id)

    async def now(self, clock: str, languages: tuple[str, ...] = ()) -> Any:
        """The journey at a local time, with all that was published before."""
        self.valley.clock.advance((paris(clock) - self.valley.clock.now()).total_seconds())
        await self.valley.refresh()
        journey = await self.subscriptions.open(self.journey_id, languages)
        if journey is self.journey:
            journey.refresh()
        self.journey = journey
        rendered = journey.newer_than(None)
        assert rendered is not None
        return json.loads(rendered.body)


async def get(client: aiohttp.ClientSession, path: str, status: int = 200, **query: Any) -> Any:
    async with client.get(path, params=query) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


def changes(state: Any) -> list[tuple[str, int]]:
    return [(each["type"], each["leg"]) for each in state["changes"]]
