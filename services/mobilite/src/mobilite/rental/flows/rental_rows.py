"""Builds the table rows of a rental system from its files.

A station needs a place (station_information); its availability (station_status) may be unknown.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping

from mobilite.events import (
    RentalStationV1,
    RentalVehicleV1,
    StationInformation,
    VehicleType,
)
from mobilite.rental.ports import ReportedStatus

SAME_REPORT = 300
"""Seconds by which `last_reported` must change for a row to be published again: many systems
change it at every read.
"""


def station_rows(
    feed_id: str,
    information: Mapping[str, StationInformation],
    status: Mapping[str, ReportedStatus] | None,
    notes: Counter[str],
) -> dict[str, RentalStationV1]:
    """The stations by key; `status` is None if it could not be read (yet)."""
    rows = {}
    for station_id, station in information.items():
        state = None if status is None else status.get(station_id)
        row = RentalStationV1(
            feed_id=feed_id,
            station_id=station_id,
            information=station,
            status=None if state is None else state.status,
            last_reported=None if state is None else state.last_reported,
        )
        rows[row.key()] = row
    if status is not None:
        notes["station_without_status"] += len(information.keys() - status.keys())
        notes["status_without_station"] += len(status.keys() - information.keys())
    return rows


def vehicle_rows(
    vehicles: Mapping[str, RentalVehicleV1], stations: Container[str], notes: Counter[str]
) -> dict[str, RentalVehicleV1]:
    """The vehicles by key that have a place, their own or their station's."""
    rows = {}
    for vehicle in vehicles.values():
        if vehicle.lat is None and vehicle.station_id not in stations:
            notes["vehicle_at_unknown_station"] += 1
        else:
            rows[vehicle.key()] = vehicle
    return rows


def count_unknown_types(
    types: Iterable[VehicleType],
    status: Mapping[str, ReportedStatus],
    vehicles: Mapping[str, RentalVehicleV1],
    notes: Counter[str],
) -> None:
    """Count references to types that vehicle_types does not describe."""
    known = {each.vehicle_type_id for each in types}
    type_ids = [each.vehicle_type_id for each in vehicles.values()]
    for state in status.values():
        type_ids += [each.vehicle_type_id for each in state.status.vehicle_types_available]
    notes["type_unknown"] += sum(each is not None and each not in known for each in type_ids)


def same_station(before: RentalStationV1, after: RentalStationV1) -> bool:
    """Whether the difference is not worth publishing."""
    return _soon(before.last_reported, after.last_reported) and (
        before.status == after.status and before.information == after.information
    )


def same_vehicle(before: RentalVehicleV1, after: RentalVehicleV1) -> bool:
    """Whether the difference is not worth publishing."""
    if before.last_reported == after.last_reported:
        return before == after
    return _soon(before.last_reported, after.last_reported) and (
        before.model_copy(update={"last_reported": after.last_reported}) == after
    )


def _soon(before: int | None, after: int | None) -> bool:
    if before is None or after is None:
        return before == after
    return abs(after - before) < SAME_REPORT
