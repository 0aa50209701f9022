"""The rental stations where a vehicle can be taken or given back now."""

from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime

from mobilite.events import RentalStationV1
from mobilite.events.rental import StationStatus
from mobilite.gtfs.domain.enumerations import FormFactor
from mobilite.rental.domain.dock import FORMS, Dock, SharedMode
from mobilite.rental.domain.poll_intervals import STALE_SECONDS
from mobilite.rental.domain.rental_offer import form_set
from mobilite.rental.flows.list_rental import SystemReport, list_systems
from mobilite.rental.flows.live_rentals import RentalState
from mobilite.rental.flows.rental_index import RentalEntry, RentalIndex


def live_docks(state: RentalState, mode: SharedMode, *, now: datetime) -> tuple[Dock, ...]:
    """The stations with a vehicle of a mode or a free place for one, by data that is at most five
    minutes old."""
    return tuple(
        dock
        for report in list_systems(state, now=now)
        if report.stations is not None
        and report.stations.seconds is not None
        and report.stations.seconds <= STALE_SECONDS
        for dock in _docks(report, mode)
    )


def _docks(report: SystemReport, mode: SharedMode) -> Iterator[Dock]:
    index, forms, system = report.feed.index, FORMS[mode], report.system
    types = {key for key, each in index.types.items() if each.form_factor in forms}
    # A system that describes no types has bicycles.
    if not types and (index.types or mode != "shared_bicycle"):
        return
    electric = any(index.types[each].propulsion_type != "human" for each in types)
    for entry in index.entries:
        row = entry.row
        if not isinstance(row, RentalStationV1) or row.status is None:
            continue
        information = row.information
        vehicles = _vehicles(entry, row.status, index, forms) if entry.available is True else 0
        places = _places(row.status, types)
        if vehicles or places:
            yield Dock(
                mode,
                report.feed_id,
                row.station_id,
                system.system.name or system.feed_name,
                system.licence or system.system.licence,
                system.attribution or system.system.attribution,
                information.name,
                *entry.place,
                vehicles,
                places,
                electric,
                None if information.rental_uris is None else information.rental_uris.web,
            )


def _vehicles(
    entry: RentalEntry, status: StationStatus, index: RentalIndex, forms: Collection[FormFactor]
) -> int:
    """How many vehicles of some forms can be rented at a station that rents; 0 if only others can,
    or which ones is not known."""
    if not entry.forms_now & form_set(forms):
        return 0
    if status.vehicle_types_available and index.types:
        return sum(
            each.count
            for each in status.vehicle_types_available
            if each.vehicle_type_id in index.types
            and index.types[each.vehicle_type_id].form_factor in forms
        )
    return status.vehicles_available or 0


def _places(status: StationStatus, types: AbstractSet[str]) -> int:
    """How many free places a station has for vehicles of some types. `types`: their ids; empty if
    the system describes none."""
    if status.is_returning is not True or status.is_installed is False:
        return 0
    if not status.vehicle_docks_available or not types:
        return status.docks_available or 0
    return sum(
        each.count
        for each in status.vehicle_docks_available
        if not types.isdisjoint(each.vehicle_type_ids)
    )
