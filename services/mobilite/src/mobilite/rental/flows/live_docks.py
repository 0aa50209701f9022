"""The rental stations where a bicycle can be taken or given back now."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from mobilite.events import RentalStationV1
from mobilite.gtfs.domain.enumerations import FormFactor
from mobilite.rental.domain.dock import Dock
from mobilite.rental.domain.poll_intervals import STALE_SECONDS
from mobilite.rental.domain.rental_offer import form_set
from mobilite.rental.flows.list_rental import SystemReport, list_systems
from mobilite.rental.flows.live_rentals import RentalState
from mobilite.rental.flows.rental_index import RentalEntry, RentalIndex

BICYCLES: Final[tuple[FormFactor, ...]] = ("bicycle", "cargo_bicycle")


def live_docks(state: RentalState, *, now: datetime) -> tuple[Dock, ...]:
    """The stations with a bicycle or a free place, by data that is at most five minutes old."""
    return tuple(
        dock
        for report in list_systems(state, now=now)
        if report.stations is not None
        and report.stations.seconds is not None
        and report.stations.seconds <= STALE_SECONDS
        for dock in _docks(report)
    )


def _docks(report: SystemReport) -> Iterator[Dock]:
    index = report.feed.index
    electric = any(
        each.propulsion_type != "human"
        for each in index.types.values()
        if each.form_factor in BICYCLES
    )
    for entry in index.entries:
        row = entry.row
        if not isinstance(row, RentalStationV1) or row.status is None:
            continue
        bicycles = _bicycles(entry, row, index) if entry.available is True else 0
        status, information = row.status, row.information
        returning = status.is_returning is True and status.is_installed is not False
        places = (status.docks_available or 0) if returning else 0
        if bicycles or places:
            yield Dock(
                report.feed_id,
                row.station_id,
                report.system.system.name or report.system.feed_name,
                information.name,
                *entry.place,
                bicycles,
                places,
                electric,
                None if information.rental_uris is None else information.rental_uris.web,
            )


def _bicycles(entry: RentalEntry, row: RentalStationV1, index: RentalIndex) -> int:
    """How many bicycles can be rented at a station that rents; 0 if only other vehicles can, or
    which ones is not known."""
    if not entry.forms_now & form_set(BICYCLES):
        return 0
    assert row.status is not None
    if row.status.vehicle_types_available and index.types:
        return sum(
            each.count
            for each in row.status.vehicle_types_available
            if each.vehicle_type_id in index.types
            and index.types[each.vehicle_type_id].form_factor in BICYCLES
        )
    return row.status.vehicles_available or 0
