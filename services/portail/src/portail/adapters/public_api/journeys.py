"""Journeys, found and followed."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Final
from urllib.parse import quote

from pydantic import TypeAdapter

from portail.adapters.public_api.client import ApiClient, api_address
from portail.domain.followed_journey import FollowedJourney, SearchedJourney
from portail.domain.journeys import JourneyPage, JourneyWishes
from portail.domain.web_push import WebPush

_JOURNEYS: Final = TypeAdapter(JourneyPage)
_JOURNEY: Final = TypeAdapter(FollowedJourney)
_QUERY: Final = TypeAdapter(SearchedJourney)
_WEB_PUSH: Final = TypeAdapter(WebPush)


class HttpJourneysApi(ApiClient):
    """Implements `JourneysApi` over HTTP."""

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
        query = {
            "from": origin,
            "to": destination,
            "at": None if at is None else at.isoformat(),
            "arrive_by": "true" if arrive_by else None,
            "modes": None if wishes.vehicle is None else f"transit,{wishes.vehicle}",
            "bikes": "true" if wishes.bicycle_aboard else None,
            "walk_speed": wishes.walk_speed,
            "max_walk": wishes.max_walk,
            "wheelchair": "true" if wishes.wheelchair else None,
            "lang": language,
            "cursor": cursor,
        }
        # Not cached, so that people's journeys are not stored.
        return (await self.fetch(_JOURNEYS, api_address("/journeys", query))).value

    async def journey(self, journey_id: str, *, language: str) -> FollowedJourney:
        path = f"/journeys/{quote(journey_id, safe='')}"
        return (await self.fetch(_JOURNEY, api_address(path, {"lang": language}))).value

    async def journey_query(self, journey_id: str) -> SearchedJourney:
        path = f"/journeys/{quote(journey_id, safe='')}/query"
        return (await self.fetch(_QUERY, path)).value

    def watch_journey(
        self, journey_id: str, *, language: str
    ) -> AsyncGenerator[FollowedJourney, None]:
        path = f"/journeys/{quote(journey_id, safe='')}/watch"
        return self.stream(_JOURNEY, "POST", api_address(path, {"lang": language}))

    async def web_push(self) -> WebPush:
        return (await self.cached(_WEB_PUSH, "/web-push")).value
