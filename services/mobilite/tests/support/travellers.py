"""A traveller of the valley who follows a journey."""

import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp
from boards import paris
from valley import HOSPITAL, VILLAGE, Valley

from mobilite.journeys.domain.journey import Journey, OnDemandLeg, RideLeg
from mobilite.journeys.flows.followed.journey_reference import (
    decode_journey_id,
    encode_journey_id,
    reference_of,
)
from mobilite.journeys.flows.followed.rebuild_journey import rebuild_journey
from mobilite.journeys.flows.followed.watch_journeys import JourneySubscription
from mobilite.journeys.flows.plan_journeys import JourneyPage
from mobilite.journeys.flows.ride_details import ride_details
from mobilite.rental.flows.live_rentals import RentalState
from socle.cursors import content_of, opaque

QUERY = {"from": VILLAGE, "to": HOSPITAL, "at": "2026-03-02T07:40:00+01:00"}


Search = Callable[..., Awaitable[Any]]
"""Searches journeys in a valley, with parameters; gives the answer of an expected status."""
Connect = Callable[[Valley], Awaitable[aiohttp.ClientSession]]
"""Gives a client of the API of a valley."""
Follow = Callable[[Valley, dict[str, str]], Awaitable["Traveller"]]
"""Follows the first journey of a query."""


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


def forged(journey_id: str, **fields: Any) -> str:
    """An id with other fields."""
    content: Any = content_of(journey_id, 6000)
    return opaque({**content, **fields})


def modes(journey: Any) -> list[str]:
    return [leg["mode"] for leg in journey["legs"]]


def changes(state: Any) -> list[tuple[str, int]]:
    return [(each["type"], each["leg"]) for each in state["changes"]]


def found_again(page: JourneyPage, rentals: RentalState, now: datetime) -> Iterator[Journey]:
    """Each journey of a page, rebuilt from its id."""
    for journey in page.journeys:
        legs = [
            ride_details(page.planning, leg, WeakKeyDictionary(), now=page.generated_at)
            if isinstance(leg, RideLeg)
            else leg
            for leg in journey.legs
        ]
        journey_id = encode_journey_id(reference_of(page, legs, journey.departure))
        reference = decode_journey_id(journey_id)
        yield rebuild_journey(page.planning, rentals, reference, now=now).journey


def comparable(journey: Journey) -> list[Any]:
    """The legs, where a ride on demand is one by its trip and day: each search makes its own."""
    return [
        (leg.ride.trip.trip_id, leg.ride.day, *leg_ends(leg))
        if isinstance(leg, OnDemandLeg)
        else leg
        for leg in journey.legs
    ]


def leg_ends(leg: OnDemandLeg) -> tuple[int, ...]:
    """Where and when a ride on demand is, and its metres."""
    return leg.feed, leg.from_stop, leg.to_stop, leg.departure, leg.arrival, leg.metres
