"""The port of the pages: the public API."""

from collections.abc import AsyncGenerator
from typing import Protocol

from portail.domain.alerts import AlertPage
from portail.domain.board import Board
from portail.domain.networks import NetworkList
from portail.domain.place import Place
from portail.domain.rental import RentalPage
from portail.domain.stops import StopPage


class PublicApi(Protocol):
    """The addresses under /mobilite/v1 that the pages are made from.

    Every method raises Refusal: with the API's own category and sentence where it refuses,
    "unavailable" where it cannot be reached or answers nonsense.
    """

    async def stops_named(self, name: str, *, limit: int, cursor: str | None = None) -> StopPage:
        """Stops by their name."""
        ...

    async def stops_near(self, place: Place, *, radius: int, limit: int) -> StopPage:
        """Stops around a point, within `radius` metres; the point is not stored."""
        ...

    async def board(self, stop_id: str, *, limit: int, cursor: str | None = None) -> Board:
        """The departures of a stop. Its last known board, marked late, without an answer."""
        ...

    def watch_board(self, stop_id: str, *, limit: int) -> AsyncGenerator[Board, None]:
        """The same board at every change, until the API ends the stream."""
        ...

    async def alerts(
        self,
        *,
        active: str,
        limit: int,
        feed: str | None = None,
        route: str | None = None,
        cursor: str | None = None,
    ) -> AlertPage:
        """Disruptions: `active` is now, upcoming or all."""
        ...

    async def rental_near(self, place: Place, *, radius: int, limit: int) -> RentalPage:
        """Bicycles and scooters to rent around a point; the point is not stored."""
        ...

    async def networks(self) -> NetworkList:
        """The networks and their real time."""
        ...
