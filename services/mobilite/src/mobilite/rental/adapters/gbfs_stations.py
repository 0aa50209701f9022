"""Decodes GBFS stations, their status, and vehicles, from the forms of 2.0 to those of 3.0.

https://github.com/MobilityData/gbfs/blob/v3.0/gbfs.md#station_informationjson
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AliasChoices, Field

from mobilite.events import (
    DockCount,
    RentalUris,
    RentalVehicleV1,
    StationInformation,
    StationStatus,
    TypeCount,
)
from mobilite.geo.domain.places import Place, repair_places
from mobilite.rental.adapters.gbfs import OpenedFile
from mobilite.rental.adapters.gbfs_fields import (
    NONE_IF_UNREADABLE,
    App,
    Count,
    Degrees,
    GbfsObject,
    Id,
    Instant,
    Integer,
    Metres,
    OptionalId,
    Ratio,
    Text,
    Truth,
    Web,
)
from mobilite.rental.domain.gbfs_document import Document
from mobilite.rental.ports import ReportedStatus

T = TypeVar("T")


class _Uris(GbfsObject):
    android: App = None
    ios: App = None
    web: Web = None

    def to_event(self) -> RentalUris | None:
        uris = RentalUris(android=self.android, ios=self.ios, web=self.web)
        return None if uris == RentalUris() else uris


_OptionalUris = Annotated[_Uris | None, NONE_IF_UNREADABLE]


class _CapacityOfTypes(GbfsObject):
    """An entry of `vehicle_types_capacity` or `vehicle_docks_capacity` (3.0)."""

    count: Integer


class _Station(GbfsObject):
    station_id: Id
    name: Text = None
    short_name: Text = None
    lat: Degrees = None
    lon: Degrees = None
    address: Text = None
    post_code: Text = None
    capacity: Count = None
    vehicle_types_capacity: Annotated[tuple[_CapacityOfTypes, ...] | None, NONE_IF_UNREADABLE] = (
        None
    )
    vehicle_docks_capacity: Annotated[tuple[_CapacityOfTypes, ...] | None, NONE_IF_UNREADABLE] = (
        None
    )
    vehicle_capacity: Annotated[dict[str, Integer] | None, NONE_IF_UNREADABLE] = None
    vehicle_type_capacity: Annotated[dict[str, Integer] | None, NONE_IF_UNREADABLE] = None
    is_virtual_station: Truth = None
    station_area: Any = None
    is_charging_station: Truth = None
    rental_uris: _OptionalUris = None

    def total_capacity(self) -> int | None:
        """The capacity, else the sum of those by type (a map in 2.x, a list in 3.x); None if
        unknown."""
        if self.capacity is not None:
            return self.capacity
        for listed in (self.vehicle_docks_capacity, self.vehicle_types_capacity):
            if listed:
                return sum(each.count for each in listed)
        for mapped in (self.vehicle_type_capacity, self.vehicle_capacity):
            if mapped:
                return sum(mapped.values())
        return None


def decode_station_information(body: bytes) -> Document[Mapping[str, StationInformation]]:
    """The stations that have a place, by id. Raises SourceFault if it is not such a file."""
    opened = OpenedFile(body)
    stations = _by_id(
        opened, opened.entries("stations", model=_Station), lambda station: station.station_id
    )
    content = {
        station.station_id: _information(station, place, opened)
        for station, place in _with_places(opened, list(stations.values()))
        if place is not None
    }
    opened.notes["place_unknown"] += len(stations) - len(content)
    return opened.document(content)


def _information(station: _Station, place: Place, opened: OpenedFile) -> StationInformation:
    name = station.name or station.short_name
    if name is None:
        opened.notes["name_missing"] += 1
    return StationInformation(
        name=name or station.address or station.station_id,
        lat=place[0],
        lon=place[1],
        short_name=station.short_name,
        address=station.address,
        post_code=station.post_code,
        capacity=station.total_capacity(),
        is_virtual=bool(station.is_virtual_station or station.station_area),
        is_charging=station.is_charging_station,
        rental_uris=None if station.rental_uris is None else station.rental_uris.to_event(),
    )


class _TypeCount(GbfsObject):
    vehicle_type_id: Id
    count: Integer


class _DockCount(GbfsObject):
    vehicle_type_ids: tuple[Id, ...]
    count: Integer


class _StationStatus(GbfsObject):
    station_id: Id
    vehicles: Count = Field(
        None, validation_alias=AliasChoices("num_vehicles_available", "num_bikes_available")
    )
    disabled: Count = Field(
        None, validation_alias=AliasChoices("num_vehicles_disabled", "num_bikes_disabled")
    )
    num_docks_available: Count = None
    num_docks_disabled: Count = None
    vehicle_types_available: Annotated[tuple[_TypeCount, ...] | None, NONE_IF_UNREADABLE] = None
    vehicle_docks_available: Annotated[tuple[_DockCount, ...] | None, NONE_IF_UNREADABLE] = None
    is_installed: Truth = None
    is_renting: Truth = None
    is_returning: Truth = None
    last_reported: Instant = None


def decode_station_status(body: bytes) -> Document[Mapping[str, ReportedStatus]]:
    """The status of each station by id. Raises SourceFault if it is not such a file."""
    opened = OpenedFile(body)
    found = _by_id(
        opened,
        opened.entries("stations", model=_StationStatus),
        lambda status: status.station_id,
        reported_at=lambda status: status.last_reported or 0,
    )
    return opened.document({station: _reported_status(status) for station, status in found.items()})


def _reported_status(status: _StationStatus) -> ReportedStatus:
    types = status.vehicle_types_available or ()
    vehicles = status.vehicles
    if vehicles is None and types:
        vehicles = sum(each.count for each in types)
    station_status = StationStatus(
        vehicles_available=vehicles,
        vehicles_disabled=status.disabled,
        vehicle_types_available=tuple(
            TypeCount(vehicle_type_id=each.vehicle_type_id, count=each.count) for each in types
        ),
        docks_available=status.num_docks_available,
        docks_disabled=status.num_docks_disabled,
        vehicle_docks_available=tuple(
            DockCount(vehicle_type_ids=each.vehicle_type_ids, count=each.count)
            for each in status.vehicle_docks_available or ()
        ),
        is_installed=status.is_installed,
        is_renting=status.is_renting,
        is_returning=status.is_returning,
    )
    return ReportedStatus(station_status, status.last_reported)


class _Vehicle(GbfsObject):
    vehicle_id: Id = Field(validation_alias=AliasChoices("vehicle_id", "bike_id"))
    lat: Degrees = None
    lon: Degrees = None
    is_reserved: Truth = None
    is_disabled: Truth = None
    vehicle_type_id: OptionalId = None
    current_range_meters: Metres = None
    current_fuel_percent: Ratio = None
    station_id: OptionalId = None
    home_station_id: OptionalId = None
    pricing_plan_id: OptionalId = None
    available_until: Instant = None
    last_reported: Instant = None
    rental_uris: _OptionalUris = None


def decode_vehicle_status(body: bytes, *, feed_id: str) -> Document[Mapping[str, RentalVehicleV1]]:
    """The vehicles that have a place or a station, by id. Raises SourceFault if it is not such a
    file."""
    opened = OpenedFile(body)
    vehicles = _by_id(
        opened,
        opened.entries("vehicles", "bikes", model=_Vehicle),
        lambda vehicle: vehicle.vehicle_id,
        reported_at=lambda vehicle: vehicle.last_reported or 0,
    )
    content = {
        vehicle.vehicle_id: _event(vehicle, place, feed_id)
        for vehicle, place in _with_places(opened, list(vehicles.values()))
        if place is not None or vehicle.station_id is not None
    }
    opened.notes["place_unknown"] += len(vehicles) - len(content)
    return opened.document(content)


def _event(vehicle: _Vehicle, place: Place | None, feed_id: str) -> RentalVehicleV1:
    return RentalVehicleV1(
        feed_id=feed_id,
        vehicle_id=vehicle.vehicle_id,
        lat=None if place is None else place[0],
        lon=None if place is None else place[1],
        vehicle_type_id=vehicle.vehicle_type_id,
        is_reserved=bool(vehicle.is_reserved),
        is_disabled=bool(vehicle.is_disabled),
        range_meters=vehicle.current_range_meters,
        fuel_percent=vehicle.current_fuel_percent,
        station_id=vehicle.station_id,
        home_station_id=vehicle.home_station_id,
        pricing_plan_id=vehicle.pricing_plan_id,
        available_until=vehicle.available_until,
        last_reported=vehicle.last_reported,
        rental_uris=None if vehicle.rental_uris is None else vehicle.rental_uris.to_event(),
    )


def _by_id(
    opened: OpenedFile,
    entries: Iterable[T],
    id_of: Callable[[T], str],
    reported_at: Callable[[T], int] = lambda _: 0,
) -> dict[str, T]:
    """The entries by id; of several with one id the one reported last, else the first."""
    found: dict[str, T] = {}
    for entry in entries:
        known = found.setdefault(id_of(entry), entry)
        if known is not entry:
            opened.notes["entry_repeated"] += 1
            if reported_at(entry) > reported_at(known):
                found[id_of(entry)] = entry
    return found


PlacedT = TypeVar("PlacedT", _Station, _Vehicle)


def _with_places(opened: OpenedFile, items: list[PlacedT]) -> list[tuple[PlacedT, Place | None]]:
    """Each item with its place (None if unknown), all places repaired together."""
    repaired = repair_places(
        [None if item.lat is None or item.lon is None else (item.lat, item.lon) for item in items]
    )
    opened.notes["place_exchanged"] += repaired.exchanged
    return list(zip(items, repaired.places, strict=True))
