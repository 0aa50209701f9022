"""The map of the region: vehicles in service, why others are not seen, and vehicles to rent."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from portail.domain.live_vehicles import Vehicle, VehicleList
from portail.domain.modes import RouteMode, mode_of
from portail.domain.networks import Network, NetworkList
from portail.domain.rental import RentalPage
from portail.flows.optional_parts import none_if_refused
from portail.ports import PublicApi

MAX_VEHICLES: Final = 500
"""Number of vehicles in the list: the map has them all."""
MAX_RENTAL: Final = 100


@dataclass(frozen=True, slots=True)
class MapContent:
    """What the map and its list display. A part is None if the API refuses it."""

    vehicles: VehicleList | None
    networks: NetworkList | None
    rental: RentalPage | None

    def of_modes(self, modes: Collection[RouteMode]) -> tuple[Vehicle, ...]:
        """The vehicles of these means of transport; without any all."""
        found = () if self.vehicles is None else self.vehicles.vehicles
        if not modes:
            return found
        return tuple(
            each for each in found if each.route is not None and mode_of(each.route.type) in modes
        )

    def networks_without(self, feed: str | None) -> tuple[Network, ...]:
        """The networks, or the one of that id, that have no vehicle; none while the list of
        vehicles is not complete."""
        if self.networks is None or self.vehicles is None or self.vehicles.next is not None:
            return ()
        seen = {each.feed for each in self.vehicles.vehicles}
        return tuple(
            each for each in self.networks.feeds if each.id not in seen and feed in (None, each.id)
        )


async def show_map(api: PublicApi, *, feed: str | None, route: str | None) -> MapContent:
    """Load what the map displays. `feed`, `route`: only the vehicles of it. Raises Refusal for an
    unknown one."""
    vehicles, networks, rental = await asyncio.gather(
        api.vehicles(feed=feed, route=route, limit=MAX_VEHICLES),
        none_if_refused(api.networks()),
        none_if_refused(api.rental_of(limit=MAX_RENTAL)),
    )
    return MapContent(vehicles, networks, rental)
