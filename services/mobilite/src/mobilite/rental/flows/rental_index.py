"""A search index of one system's stations and free-floating vehicles, in arrays.

A vehicle at a known station is no entry of its own: the station counts it, and it is listed only
for a query of that station.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mobilite.events import RentalStationV1, RentalVehicleV1, VehicleType
from mobilite.geo.domain.places import Place, PlaceIndex
from mobilite.rental.domain.rental_offer import Forms, FormSet, can_rent


@dataclass(frozen=True, slots=True)
class RentalEntry:
    """One station or vehicle as last published."""

    row: RentalStationV1 | RentalVehicleV1
    place: Place
    """Of a vehicle without one: that of its station."""
    available: bool | None
    """Whether it, or a vehicle there, can be rented; None if unknown."""
    forms: FormSet
    """The forms that it can have."""
    forms_now: FormSet
    """The forms that it has now."""

    @property
    def is_station(self) -> bool:
        """Whether it is a station."""
        return isinstance(self.row, RentalStationV1)


class RentalIndex:
    """The entries of one system: the stations, then the free-floating vehicles, both by id. A
    vehicle that has neither a position nor a known station is left out.

    Immutable. `places`, `is_station`, `available` (False if unknown), `forms` and `forms_now` have
    one element per entry, in the order of `entries`. `types`, `stations`: by their id.
    """

    def __init__(
        self,
        types: Iterable[VehicleType],
        stations: Iterable[RentalStationV1],
        vehicles: Iterable[RentalVehicleV1],
    ) -> None:
        self.types = {each.vehicle_type_id: each for each in types}
        self._forms = Forms({key: each.form_factor for key, each in self.types.items()})
        self.stations = {station.station_id: station for station in stations}
        free: list[RentalVehicleV1] = []
        self._docked: dict[str, list[RentalVehicleV1]] = {}
        for vehicle in vehicles:
            if vehicle.station_id is not None and vehicle.station_id in self.stations:
                self._docked.setdefault(vehicle.station_id, []).append(vehicle)
            elif vehicle.lat is not None and vehicle.lon is not None:
                free.append(vehicle)
        entries = [self._station(self.stations[key]) for key in sorted(self.stations)]
        entries += [self._vehicle(each) for each in sorted(free, key=_vehicle_id)]
        self.entries = tuple(entries)
        self.places = PlaceIndex([entry.place for entry in entries])
        self.is_station = self._array(entry.is_station for entry in entries)
        self.available = self._array(entry.available is True for entry in entries)
        self.forms = np.array([entry.forms for entry in entries], np.int64)
        self.forms_now = np.array([entry.forms_now for entry in entries], np.int64)

    def at_station(self, station_id: str) -> list[RentalEntry]:
        """The individually listed vehicles at a station, by id."""
        vehicles = self._docked.get(station_id, ())
        return [self._vehicle(each) for each in sorted(vehicles, key=_vehicle_id)]

    def _array(self, values: Iterable[bool]) -> NDArray[np.bool_]:
        return np.fromiter(values, np.bool_, len(self.entries))

    def _station(self, station: RentalStationV1) -> RentalEntry:
        information = station.information
        status = station.status
        counts = (
            []
            if status is None
            else [(each.vehicle_type_id, each.count) for each in status.vehicle_types_available]
        )
        forms, now = self._forms.of_station(counts)
        available = (
            None
            if status is None
            else can_rent(
                status.vehicles_available, installed=status.is_installed, renting=status.is_renting
            )
        )
        return RentalEntry(station, (information.lat, information.lon), available, forms, now)

    def _vehicle(self, vehicle: RentalVehicleV1) -> RentalEntry:
        if vehicle.lat is not None and vehicle.lon is not None:
            place = (vehicle.lat, vehicle.lon)
        else:
            station = self.stations[vehicle.station_id or ""].information
            place = (station.lat, station.lon)
        form = self._forms.of_vehicle(vehicle.vehicle_type_id)
        free = not (vehicle.is_reserved or vehicle.is_disabled)
        return RentalEntry(vehicle, place, free, form, form)


def _vehicle_id(vehicle: RentalVehicleV1) -> str:
    return vehicle.vehicle_id
