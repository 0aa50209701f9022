"""Vehicles in service and rental places."""

from typing import Final

from pydantic import TypeAdapter

from portail.adapters.public_api.client import ApiClient
from portail.domain.live_vehicles import VehicleList
from portail.domain.rental import RentalPage

_VEHICLES: Final = TypeAdapter(VehicleList)
_RENTAL: Final = TypeAdapter(RentalPage)


class HttpLiveMapApi(ApiClient):
    """Implements `LiveMapApi` over HTTP."""

    async def vehicles(
        self, *, limit: int, feed: str | None = None, route: str | None = None
    ) -> VehicleList:
        return (
            await self.cached(_VEHICLES, "/vehicles", feed=feed, route=route, limit=limit)
        ).value

    async def rental_of(self, *, limit: int, feed: str | None = None) -> RentalPage:
        query = {"feed": feed, "available": "true", "limit": limit}
        return (await self.cached(_RENTAL, "/rental", **query)).value
