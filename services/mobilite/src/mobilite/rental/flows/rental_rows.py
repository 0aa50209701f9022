"""Builds the table rows of a rental system from its files.

A station needs a place (station_information); its availability (station_status) can be unknown.
In all functions `notes` counts doubts by code (`rental.domain.gbfs_document.NOTES`).
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

SAME_REPORT_SECONDS = 300
"""Seconds by which `last_reported` must change for a row to be published again: many systems
change it at every read.
"""


def station_rows(
    feed_id: str,
    information: Mapping[str, StationInformation],
    status: Mapping[str, ReportedStatus] | None,
    notes: Counter[str],
) -> dict[str, RentalStationV1]:
    """The stations by record key.

    `information`, `status`: by station id; `status` is None if it has not been read.
    """
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
    """The vehicles that have a place, their own or their station's, by record key. `stations`: the
    known station ids."""
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
    """Count the references of stations and vehicles to types that vehicle_types does not
    describe."""
    known = {each.vehicle_type_id for each in types}
    type_ids = [each.vehicle_type_id for each in vehicles.values()]
    for state in status.values():
        type_ids += [each.vehicle_type_id for each in state.status.vehicle_types_available]
    notes["type_unknown"] += sum(each is not None and each not in known for each in type_ids)


def same_station(before: RentalStationV1, after: RentalStationV1) -> bool:
    """Whether two rows of a station are equal, except for a small change of `last_reported`."""
    return _is_same_report(before.last_reported, after.last_reported) and (
        before.status == after.status and before.information == after.information
    )


def same_vehicle(before: RentalVehicleV1, after: RentalVehicleV1) -> bool:
    """Whether two rows of a vehicle are equal, except for a small change of `last_reported`."""
    if before.last_reported == after.last_reported:
        return before == after
    return _is_same_report(before.last_reported, after.last_reported) and (
        before.model_copy(update={"last_reported": after.last_reported}) == after
    )


def _is_same_report(before: int | None, after: int | None) -> bool:
    if before is None or after is None:
        return before == after
    return abs(after - before) < SAME_REPORT_SECONDS
