"""What a map draws, from the public API."""

from typing import Protocol

from portail.domain.live_vehicles import VehicleList
from portail.domain.rental import RentalPage


class LiveMapApi(Protocol):
    """Vehicles in service, and rental places."""

    async def vehicles(
        self, *, limit: int, feed: str | None = None, route: str | None = None
    ) -> VehicleList:
        """The vehicles seen in the last minutes. `feed`, `route`: only those of it."""
        ...

    async def rental_of(self, *, limit: int, feed: str | None = None) -> RentalPage:
        """The rental places of a network, or of all, where a vehicle can be rented now."""
        ...
