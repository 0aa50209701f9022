"""Networks, their alerts and their rentals, from the public API."""

from typing import Protocol

from portail.domain.alerts import AlertPage
from portail.domain.networks import NetworkList
from portail.domain.place import Place
from portail.domain.rental import RentalPage, RentalSystem


class NetworksApi(Protocol):
    """Networks, their alerts and their rentals."""

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

    async def rental_near(self, place: Place, *, radius: int, limit: int) -> RentalPage:
        """The rental places within `radius` metres of a point, which is not stored."""
        ...

    async def rental_systems(self) -> tuple[RentalSystem, ...]:
        """All rental systems, with the state of their data."""
        ...

    async def networks(self) -> NetworkList:
        """All networks, with the state of their real time."""
        ...
