"""What a rental system needs of the outside, and what of it was told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from mobilite.domain.gbfs import Discovery, Document
from mobilite.events import (
    PricingPlan,
    RentalStationV1,
    RentalSystemV1,
    RentalVehicleV1,
    StationInformation,
    SystemAlert,
    SystemInformation,
    VehicleType,
)
from mobilite.flows.rental_rows import ToldStatus, same_station, same_vehicle
from mobilite.flows.told_rows import ToldRows
from mobilite.ports import Announce, Source
from socle.clock import Clock
from socle.events import Tombstone


class OpenSource(Protocol):
    """Opens an address on the word of the `declared` one."""

    def __call__(self, address: str, *, declared: str) -> Source: ...


class DecodeDiscovery(Protocol):
    """From a gbfs.json to what it lists; raises SourceFault."""

    def __call__(self, body: bytes, *, address: str) -> Document[Discovery]: ...


class DecodeVehicles(Protocol):
    """From a vehicle_status to its vehicles; raises SourceFault."""

    def __call__(self, body: bytes, *, feed_id: str) -> Document[Mapping[str, RentalVehicleV1]]: ...


@dataclass(frozen=True, slots=True)
class GbfsDecoders:
    """From the bytes of each file to what it says; each raises SourceFault."""

    discovery: DecodeDiscovery
    system_information: Callable[[bytes], Document[SystemInformation]]
    vehicle_types: Callable[[bytes], Document[tuple[VehicleType, ...]]]
    system_pricing_plans: Callable[[bytes], Document[tuple[PricingPlan, ...]]]
    system_alerts: Callable[[bytes], Document[tuple[SystemAlert, ...]]]
    station_information: Callable[[bytes], Document[Mapping[str, StationInformation]]]
    station_status: Callable[[bytes], Document[Mapping[str, ToldStatus]]]
    vehicle_status: DecodeVehicles


@dataclass(frozen=True, slots=True)
class RentalTools:
    """What a system needs of the outside. `poll_seconds` is the shortest time between two reads of
    one file."""

    open_source: OpenSource
    decoders: GbfsDecoders
    announce: Announce
    clock: Clock
    poll_seconds: float


@dataclass(slots=True)
class ToldSystem:
    """One system as the tables have it."""

    stations: ToldRows[RentalStationV1] = field(
        default_factory=lambda: ToldRows(RentalStationV1, {}, same_station)
    )
    vehicles: ToldRows[RentalVehicleV1] = field(
        default_factory=lambda: ToldRows(RentalVehicleV1, {}, same_vehicle)
    )
    system: RentalSystemV1 | None = None

    async def forget(self, announce: Announce) -> None:
        """Delete all of it from the tables."""
        await self.stations.tell({}, announce)
        await self.vehicles.tell({}, announce)
        if self.system is not None:
            await announce(Tombstone(RentalSystemV1, self.system.key()))
            self.system = None
