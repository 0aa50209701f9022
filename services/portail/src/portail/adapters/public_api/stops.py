"""Stops, places and boards."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from pydantic import TypeAdapter

from portail.adapters.public_api.client import ApiClient, api_address
from portail.domain.board import Board
from portail.domain.found_places import PlaceList, is_private
from portail.domain.place import Place
from portail.domain.stops import StopPage

_STOPS: Final = TypeAdapter(StopPage)
_PLACES: Final = TypeAdapter(PlaceList)
_BOARD: Final = TypeAdapter(Board)


class HttpStopsApi(ApiClient):
    """Implements `StopsApi` over HTTP."""

    async def stops_named(self, name: str, *, limit: int, cursor: str | None = None) -> StopPage:
        return (await self.cached(_STOPS, "/stops", q=name, limit=limit, cursor=cursor)).value

    async def places_named(self, name: str, *, limit: int, near: str | None = None) -> PlaceList:
        if near is not None and is_private(near):
            # Not cached, so that people's positions are not stored.
            query = {"q": name, "limit": limit, "near": near}
            return (await self.fetch(_PLACES, api_address("/places", query))).value
        return (await self.cached(_PLACES, "/places", q=name, limit=limit, near=near)).value

    async def stops_near(self, place: Place, *, radius: int, limit: int) -> StopPage:
        query = {"lat": place.lat, "lon": place.lon, "radius": radius, "limit": limit}
        # Not cached, so that people's positions are not stored.
        return (await self.fetch(_STOPS, api_address("/stops", query))).value

    async def board(
        self, stop_id: str, *, language: str, limit: int, cursor: str | None = None
    ) -> Board:
        path = f"/stops/{quote(stop_id, safe='')}/departures"
        result = await self.cached(_BOARD, path, lang=language, limit=limit, cursor=cursor)
        return replace(result.value, late=True) if result.late else result.value

    def watch_board(
        self, stop_id: str, *, language: str, limit: int
    ) -> AsyncGenerator[Board, None]:
        path = f"/stops/{quote(stop_id, safe='')}/departures/stream"
        return self.stream(_BOARD, "GET", api_address(path, {"lang": language, "limit": limit}))
