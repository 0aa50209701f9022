"""The port of the pages: the public API."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Protocol

from portail.domain.alerts import AlertPage
from portail.domain.board import Board
from portail.domain.found_places import PlaceList
from portail.domain.journeys import FollowedJourney, JourneyPage, JourneyWishes
from portail.domain.networks import NetworkList
from portail.domain.place import Place
from portail.domain.rental import RentalPage
from portail.domain.stops import StopPage
from portail.domain.web_push import WebPush


class PublicApi(Protocol):
    """The endpoints under /mobilite/v1 that the pages use. `cursor`: of a page, `next` of the one
    before. `language`: of the texts that exist in it.

    Every method raises Refusal: with the API's category and sentence if it refuses, "unavailable"
    if it cannot be reached or its response is invalid.
    """

    async def stops_named(self, name: str, *, limit: int, cursor: str | None = None) -> StopPage:
        """A page of the stops whose names match."""
        ...

    async def places_named(self, name: str, *, limit: int) -> PlaceList:
        """The hubs, stops, communes and addresses that fit a name, or the words of it typed so
        far."""
        ...

    async def stops_near(self, place: Place, *, radius: int, limit: int) -> StopPage:
        """The stops within `radius` metres of a point, which is not stored."""
        ...

    async def board(
        self, stop_id: str, *, language: str, limit: int, cursor: str | None = None
    ) -> Board:
        """A page of the board of a stop. If the API is unavailable: the last known, marked late."""
        ...

    def watch_board(
        self, stop_id: str, *, language: str, limit: int
    ) -> AsyncGenerator[Board, None]:
        """The first page of a board, again after every change, until the API ends the stream."""
        ...

    async def alerts(
        self,
        *,
        active: str,
        language: str,
        limit: int,
        feed: str | None = None,
        route: str | None = None,
        cursor: str | None = None,
    ) -> AlertPage:
        """A page of alerts. `active`: now, upcoming or all. `feed`, `route`: only those of it."""
        ...

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

    def watch_journey(
        self, journey_id: str, *, language: str
    ) -> AsyncGenerator[FollowedJourney, None]:
        """The same, again after every change, until the API ends the stream."""
        ...

    async def web_push(self) -> WebPush:
        """How a browser subscribes to the notifications of a journey."""
        ...

    async def rental_near(self, place: Place, *, radius: int, limit: int) -> RentalPage:
        """The rental places within `radius` metres of a point, which is not stored."""
        ...

    async def networks(self) -> NetworkList:
        """All networks, with the state of their real time."""
        ...
