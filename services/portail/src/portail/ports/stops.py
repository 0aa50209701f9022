"""Stops, places and boards, from the public API."""

from collections.abc import AsyncGenerator
from typing import Protocol

from portail.domain.board import Board
from portail.domain.found_places import PlaceList
from portail.domain.place import Place
from portail.domain.stops import StopPage


class StopsApi(Protocol):
    """Stops, places and boards."""

    async def stops_named(self, name: str, *, limit: int, cursor: str | None = None) -> StopPage:
        """A page of the stops whose names match."""
        ...

    async def places_named(self, name: str, *, limit: int, near: str | None = None) -> PlaceList:
        """The hubs, stops, communes and addresses that fit a name, or the words of it typed so
        far. `near`: the id of the place, or the point, around which the first ones are."""
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
