"""The ports of rental polling."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from mobilite.events import (
    PricingPlan,
    RentalVehicleV1,
    StationInformation,
    StationStatus,
    SystemAlert,
    SystemInformation,
    VehicleType,
)
from mobilite.rental.domain.gbfs_document import Discovery, Document
from mobilite.sources.ports import Announce, Source
from socle.clock import Clock


@dataclass(frozen=True, slots=True)
class ReportedStatus:
    """The status of a station."""

    status: StationStatus
    last_reported: int | None
    """When the station reported it to its operator, in POSIX seconds; None if not given."""


class OpenSource(Protocol):
    """Opens an address that a gbfs.json lists. `declared`: the address of that gbfs.json, at whose
    origin internal addresses are allowed."""

    def __call__(self, address: str, *, declared: str) -> Source: ...


class DecodeDiscovery(Protocol):
    """Decodes a gbfs.json. `address`: its own. Raises SourceFault."""

    def __call__(self, body: bytes, *, address: str) -> Document[Discovery]: ...


class DecodeVehicles(Protocol):
    """Decodes a vehicle_status of a feed: the vehicles by id. Raises SourceFault."""

    def __call__(self, body: bytes, *, feed_id: str) -> Document[Mapping[str, RentalVehicleV1]]: ...


@dataclass(frozen=True, slots=True)
class GbfsDecoders:
    """The decoder of each file, by its name in GBFS 3. Each raises SourceFault if the body is not
    such a file."""

    discovery: DecodeDiscovery
    system_information: Callable[[bytes], Document[SystemInformation]]
    vehicle_types: Callable[[bytes], Document[tuple[VehicleType, ...]]]
    system_pricing_plans: Callable[[bytes], Document[tuple[PricingPlan, ...]]]
    system_alerts: Callable[[bytes], Document[tuple[SystemAlert, ...]]]
    station_information: Callable[[bytes], Document[Mapping[str, StationInformation]]]
    station_status: Callable[[bytes], Document[Mapping[str, ReportedStatus]]]
    vehicle_status: DecodeVehicles


@dataclass(frozen=True, slots=True)
class RentalDependencies:
    """The ports of the polling of a rental system."""

    open_source: OpenSource
    decoders: GbfsDecoders
    announce: Announce
    clock: Clock
    poll_seconds: float
    """The shortest time between two reads of one file."""
