"""A traveller of the valley who follows a journey."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from boards import paris
from valley import HOSPITAL, VILLAGE, Valley

from mobilite.emissions.adapters.factors_file import read_factors
from mobilite.http.domain.cursors import content_of, opaque
from mobilite.journeys.api.journey_now_rendering import JourneyNowRenderer
from mobilite.journeys.api.rendering import JourneyRenderer
from mobilite.journeys.flows.followed.watch_journeys import (
    JourneySubscription,
    JourneySubscriptions,
)
from mobilite.journeys.flows.journey_costs import JourneyCosts
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.streams.flows.subscriptions import Subscriptions

QUERY = {"from": VILLAGE, "to": HOSPITAL, "at": "2026-03-02T07:40:00+01:00"}


Connect = Callable[[Valley], Awaitable[aiohttp.ClientSession]]
"""Gives a client of the API of a valley."""
Follow = Callable[[Valley, dict[str, str]], Awaitable["Traveller"]]
"""Follows the first journey of a query."""


def late(seconds: int, sequence: int = 1) -> str:
    return f"stop_time_update {{ stop_sequence: {sequence} departure {{ delay: {seconds} }} }}"


class Traveller:
    """Follows the first journey from the village to the hospital."""

    def __init__(self, valley: Valley) -> None:
        self.valley, costs = valley, JourneyCosts(read_factors())
        networks, clock = valley.networks, valley.clock
        self.subscriptions = JourneySubscriptions(
            Subscriptions(networks, clock),
            networks,
            clock,
            JourneyNowRenderer(JourneyRenderer(costs)),
            SearchLimiter(),
            lambda: valley.rentals,
        )
        self.journey_id = ""
        self.journey: JourneySubscription | None = None

    def publish(self, clock: str, message: str, feed_id: str = "train") -> None:
        """An operator's message at a local time."""
        instant = paris(clock)
        self.valley.clock.advance((instant - self.valley.clock.now()).total_seconds())
        self.valley.city.now = instant
        self.valley.city.publish(message, feed_id)

    def another(self) -> "Traveller":
        """Somebody who opens the same journey only now."""
        other = Traveller(self.valley)
        other.journey_id = self.journey_id
        return other

    async def now(
        self, clock: str, languages: tuple[str, ...] = (), *, day: str = "2026-03-02"
    ) -> Any:
        """The journey at a local time, with all that was published before."""
        instant = paris(clock, day)
        self.valley.clock.advance((instant - self.valley.clock.now()).total_seconds())
        self.valley.city.now = max(self.valley.city.now, instant)
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


def forged(journey_id: str, **fields: Any) -> str:
    """An id with other fields."""
    content: Any = content_of(journey_id, 6000)
    return opaque({**content, **fields})


def modes(journey: Any) -> list[str]:
    return [leg["mode"] for leg in journey["legs"]]


def changes(state: Any) -> list[tuple[str, int]]:
    return [(each["type"], each["leg"]) for each in state["changes"]]
