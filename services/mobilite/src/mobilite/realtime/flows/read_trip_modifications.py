"""Converts records of `mobilite.trip-modifications.v1` to TripModifications of the domain."""

from mobilite.events import Modification as ModificationV1
from mobilite.events import StopSelector as StopSelectorV1
from mobilite.events import TripModificationsV1
from mobilite.gtfs.domain.clock_times import parse_time
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.trip_modifications import (
    Modification,
    ReplacementStop,
    StopSelector,
    TripModifications,
)
from socle.events import Received


def read_trip_modifications(received: Received[TripModificationsV1]) -> TripModifications | None:
    """The modifications of a record; None for a tombstone, a shape or a stop."""
    event = received.data
    detour = None if event is None else event.trip_modifications
    if event is None or detour is None:
        return None
    days = map(ServiceDate.parse, detour.service_dates)
    return TripModifications(
        key=received.key,
        source=event.source_index,
        entity_id=event.entity_id,
        seen_at=int(received.time.timestamp()),
        shape_ids={
            trip_id: selected.shape_id
            for selected in detour.selected_trips
            for trip_id in selected.trip_ids
        },
        service_dates=tuple(day for day in days if day is not None),
        start_times=frozenset(map(parse_time, detour.start_times)),
        modifications=tuple(map(_modification, detour.modifications)),
    )


def _modification(modification: ModificationV1) -> Modification:
    end = modification.end_stop_selector
    return Modification(
        start=_selector(modification.start_stop_selector),
        end=None if end is None else _selector(end),
        delay=modification.propagated_modification_delay or 0,
        replacement_stops=tuple(
            ReplacementStop(each.stop_id, each.travel_time_to_stop)
            for each in modification.replacement_stops
        ),
    )


def _selector(selector: StopSelectorV1) -> StopSelector:
    return StopSelector(selector.stop_sequence, selector.stop_id)
