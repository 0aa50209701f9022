"""The rental stations where a vehicle can be taken or given back now."""

from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime

from mobilite.events import RentalStationV1
from mobilite.events.rental import StationStatus
from mobilite.gtfs.domain.enumerations import FormFactor
from mobilite.gtfs.domain.ids import GlobalId, split_global_id
from mobilite.rental.domain.dock import FORMS, Dock, SharedMode
from mobilite.rental.domain.poll_intervals import STALE_SECONDS
from mobilite.rental.domain.rental_offer import form_set
from mobilite.rental.flows.list_rental import SystemReport, find_system, list_systems
from mobilite.rental.flows.live_rentals import RentalState
from mobilite.rental.flows.rental_index import RentalEntry, RentalIndex


def live_docks(state: RentalState, mode: SharedMode, *, now: datetime) -> tuple[Dock, ...]:
    """The stations with a vehicle of a mode or a free place for one, by data that is at most five
    minutes old."""
    return tuple(
        dock
        for report in list_systems(state, now=now)
        if _is_live(report)
        for dock in _docks(report, mode)
        if dock.vehicles or dock.places
    )


def find_dock(
    state: RentalState, station: GlobalId, mode: SharedMode, *, now: datetime
) -> Dock | None:
    """A station with what it offers of a mode, which is not known where its data is older than
    five minutes; None if its system has no such station, or no such vehicles."""
    split = split_global_id(station)
    report = None if split is None else find_system(state, split[0], now=now)
    if report is None:
        return None
    return next((dock for dock in _docks(report, mode) if dock.id == station), None)


def _is_live(report: SystemReport) -> bool:
    age = report.stations
    return age is not None and age.seconds is not None and age.seconds <= STALE_SECONDS


def _docks(report: SystemReport, mode: SharedMode) -> Iterator[Dock]:
    """The stations of a system, for a mode that it has."""
    index, forms, system = report.feed.index, FORMS[mode], report.system
    types = {key for key, each in index.types.items() if each.form_factor in forms}
    # A system that describes no types has bicycles.
    if not types and (index.types or mode != "shared_bicycle"):
        return
    electric = any(index.types[each].propulsion_type != "human" for each in types)
    live = _is_live(report)
    for entry in index.entries:
        row = entry.row
        if not isinstance(row, RentalStationV1):
            continue
        information, status = row.information, row.status if live else None
        yield Dock(
            mode,
            report.feed_id,
            row.station_id,
            system.system.name or system.feed_name,
            system.licence or system.system.licence,
            system.attribution or system.system.attribution,
            information.name,
            *entry.place,
            None if status is None else _vehicles(entry, status, index, forms),
            None if status is None else _places(status, types),
            status is None or _is_renting(status),
            status is None or _is_returning(status),
            electric,
            None if information.rental_uris is None else information.rental_uris.web,
        )


def _is_renting(status: StationStatus) -> bool:
    return status.is_renting is True and status.is_installed is not False


def _is_returning(status: StationStatus) -> bool:
    return status.is_returning is True and status.is_installed is not False


def _vehicles(
    entry: RentalEntry, status: StationStatus, index: RentalIndex, forms: Collection[FormFactor]
) -> int:
    """How many vehicles of some forms can be rented at a station; 0 if it does not rent, if only
    others can, or which ones is not known."""
    if entry.available is not True or not entry.forms_now & form_set(forms):
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
    if not _is_returning(status):
        return 0
    if not status.vehicle_docks_available or not types:
        return status.docks_available or 0
    return sum(
        each.count
        for each in status.vehicle_docks_available
        if not types.isdisjoint(each.vehicle_type_ids)
    )
