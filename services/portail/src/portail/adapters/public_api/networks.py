"""Networks, their alerts and their rentals."""

from typing import Final

from pydantic import TypeAdapter

from portail.adapters.public_api.client import ApiClient, api_address
from portail.domain.alerts import AlertPage
from portail.domain.networks import NetworkList
from portail.domain.place import Place
from portail.domain.rental import RentalPage, RentalSystem, RentalSystemList

_ALERTS: Final = TypeAdapter(AlertPage)
_RENTAL: Final = TypeAdapter(RentalPage)
_RENTAL_SYSTEMS: Final = TypeAdapter(RentalSystemList)
_NETWORKS: Final = TypeAdapter(NetworkList)


class HttpNetworksApi(ApiClient):
    """Implements `NetworksApi` over HTTP."""

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
        filters = {"active": active, "feed": feed, "route": route, "lang": language}
        result = await self.cached(_ALERTS, "/alerts", **filters, limit=limit, cursor=cursor)
        return result.value

    async def rental_near(self, place: Place, *, radius: int, limit: int) -> RentalPage:
        query = {"lat": place.lat, "lon": place.lon, "radius": radius, "limit": limit}
        return (await self.fetch(_RENTAL, api_address("/rental", query))).value

    async def rental_systems(self) -> tuple[RentalSystem, ...]:
        return (await self.cached(_RENTAL_SYSTEMS, "/rental/systems")).value.systems

    async def networks(self) -> NetworkList:
        return (await self.cached(_NETWORKS, "/feeds")).value
