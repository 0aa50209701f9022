"""From a record of `mobilite.trip-update.v1` to the words the engine reads."""

from typing import Final

from mobilite.domain.packing.clock_times import seconds_of
from mobilite.domain.service_date import ServiceDate
from mobilite.domain.trip_update import Access, StopTimeEvent, StopTimeUpdate, TripUpdate
from mobilite.events import StopTimeEvent as EventV1
from mobilite.events import StopTimeUpdate as StopTimeUpdateV1
from mobilite.events import TripUpdateV1
from socle.events import Received

_ACCESS: Final[dict[str, Access]] = {
    "WHEELCHAIR_ACCESSIBLE": "yes",
    "WHEELCHAIR_INACCESSIBLE": "no",
}


def read_trip_update(received: Received[TripUpdateV1]) -> TripUpdate:
    """The update of a record that is no tombstone."""
    event = received.data
    assert event is not None
    trip, vehicle = event.trip, event.vehicle
    access = None if vehicle is None else vehicle.wheelchair_accessible
    return TripUpdate(
        key=received.key,
        source=event.source_index,
        seen_at=event.timestamp or int(received.time.timestamp()),
        trip_id=trip.trip_id,
        route_id=trip.route_id,
        direction_id=trip.direction_id,
        start_date=None if trip.start_date is None else ServiceDate.parse(trip.start_date),
        start_time=None if trip.start_time is None else seconds_of(trip.start_time),
        relationship=trip.schedule_relationship,
        of_modified_trip=trip.modifications_id is not None,
        delay=event.delay,
        measured_at=event.timestamp,
        vehicle_access=_ACCESS.get(access or "", "unknown"),
        stop_updates=tuple(map(_stop_update, event.stop_time_updates)),
    )


def _stop_update(update: StopTimeUpdateV1) -> StopTimeUpdate:
    return StopTimeUpdate(
        stop_sequence=update.stop_sequence,
        stop_id=update.stop_id,
        arrival=_event(update.arrival),
        departure=_event(update.departure),
        relationship=update.schedule_relationship,
    )


def _event(event: EventV1 | None) -> StopTimeEvent | None:
    if event is None or (event.time is None and event.delay is None):
        return None
    return StopTimeEvent(event.time, event.delay)
