"""The published state of one rental system."""

from dataclasses import dataclass, field

from mobilite.events import (
    RentalStationV1,
    RentalSystemV1,
    RentalVehicleV1,
)
from mobilite.rental.flows.rental_rows import same_station, same_vehicle
from mobilite.sources.flows.published_table import PublishedTable
from mobilite.sources.ports import Announce
from socle.events import Tombstone


@dataclass(slots=True)
class PublishedSystem:
    """What the tables contain of one system."""

    stations: PublishedTable[RentalStationV1] = field(
        default_factory=lambda: PublishedTable(RentalStationV1, {}, same_station)
    )
    vehicles: PublishedTable[RentalVehicleV1] = field(
        default_factory=lambda: PublishedTable(RentalVehicleV1, {}, same_vehicle)
    )
    system: RentalSystemV1 | None = None

    async def delete_rows(self, announce: Announce) -> None:
        """Delete the system from the tables. Raises what `announce` raises."""
        await self.stations.publish({}, announce)
        await self.vehicles.publish({}, announce)
        if self.system is not None:
            await announce(Tombstone(RentalSystemV1, self.system.key()))
            self.system = None
