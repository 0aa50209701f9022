"""Journeys, found and followed, from the public API."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Protocol

from portail.domain.followed_journey import FollowedJourney, SearchedJourney
from portail.domain.journeys import JourneyPage, JourneyWishes
from portail.domain.web_push import WebPush


class JourneysApi(Protocol):
    """Journeys, found and followed."""

    async def journeys(
        self,
        origin: str,
        destination: str,
        *,
        at: datetime | None,
        arrive_by: bool,
        wishes: JourneyWishes,
        language: str,
        cursor: str | None = None,
    ) -> JourneyPage:
        """A page of journeys between two places (ids) or points (`latitude,longitude`), which are
        not stored. `at`: the earliest departure, or the latest arrival; None: now."""
        ...

    async def journey(self, journey_id: str, *, language: str) -> FollowedJourney:
        """A journey found before, as it is now; it is not stored."""
        ...

    async def journey_query(self, journey_id: str) -> SearchedJourney:
        """The search that found a journey, also when the journey is gone; it is not stored."""
        ...

    def watch_journey(
        self, journey_id: str, *, language: str
    ) -> AsyncGenerator[FollowedJourney, None]:
        """The same, again after every change, until the API ends the stream."""
        ...

    async def web_push(self) -> WebPush:
        """How a browser subscribes to the notifications of a journey."""
        ...
