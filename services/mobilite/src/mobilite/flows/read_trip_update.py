"""From a record of `mobilite.trip-update.v1` to the words the engine reads."""

from typing import Final, get_args

from mobilite.domain.packing.clock_times import seconds_of
from mobilite.domain.service_date import ServiceDate
from mobilite.domain.trip_update import (
    Access,
    Occupancy,
    StopProperties,
    StopTimeEvent,
    StopTimeUpdate,
    TripDescriptor,
    TripProperties,
    TripUpdate,
)
from mobilite.events import StopTimeEvent as EventV1
from mobilite.events import StopTimeUpdate as StopTimeUpdateV1
from mobilite.events import TripDescriptor as TripDescriptorV1
from mobilite.events import TripProperties as TripPropertiesV1
from mobilite.events import TripUpdateV1
from socle.events import Received

_ACCESS: Final[dict[str, Access]] = {
    "WHEELCHAIR_ACCESSIBLE": "yes",
    "WHEELCHAIR_INACCESSIBLE": "no",
}
_BOARDING: Final = {"REGULAR": 0, "NONE": 1, "PHONE_AGENCY": 2, "COORDINATE_WITH_DRIVER": 3}
_OCCUPANCY: Final[dict[str, Occupancy]] = {word.upper(): word for word in get_args(Occupancy)}


def read_trip_update(received: Received[TripUpdateV1]) -> TripUpdate:
    """The update of a record that is no tombstone."""
    event = received.data
    assert event is not None
    trip, vehicle = read_descriptor(event.trip), event.vehicle
    access = None if vehicle is None else vehicle.wheelchair_accessible
    return TripUpdate(
        key=received.key,
        source=event.source_index,
        seen_at=event.timestamp or int(received.time.timestamp()),
        trip_id=trip.trip_id,
        route_id=trip.route_id,
        direction_id=trip.direction_id,
        start_date=trip.start_date,
        start_time=trip.start_time,
        relationship=trip.relationship,
        of_modified_trip=event.trip.modifications_id is not None,
        delay=event.delay,
        measured_at=event.timestamp,
        vehicle_access=_ACCESS.get(access or "", "unknown"),
        stop_updates=tuple(map(_stop_update, event.stop_time_updates)),
        own=None if event.trip_properties is None else _own(event.trip_properties),
    )


def read_descriptor(trip: TripDescriptorV1) -> TripDescriptor:
    """Which run an event names."""
    return TripDescriptor(
        trip_id=trip.trip_id,
        route_id=trip.route_id,
        direction_id=trip.direction_id,
        start_date=_day(trip.start_date),
        start_time=_time(trip.start_time),
        relationship=trip.schedule_relationship,
    )


def _own(properties: TripPropertiesV1) -> TripProperties:
    return TripProperties(
        trip_id=properties.trip_id,
        start_date=_day(properties.start_date),
        start_time=_time(properties.start_time),
        headsign=properties.trip_headsign,
        short_name=properties.trip_short_name,
        shape_id=properties.shape_id,
    )


def _day(text: str | None) -> ServiceDate | None:
    return None if text is None else ServiceDate.parse(text)


def _time(text: str | None) -> int | None:
    return None if text is None else seconds_of(text)


def _stop_update(update: StopTimeUpdateV1) -> StopTimeUpdate:
    return StopTimeUpdate(
        update.stop_sequence,
        update.stop_id,
        _event(update.arrival),
        _event(update.departure),
        update.schedule_relationship,
        _properties(update),
    )


def _properties(update: StopTimeUpdateV1) -> StopProperties | None:
    if (
        update.assigned_stop_id is None
        and update.stop_headsign is None
        and update.pickup_type is None
        and update.drop_off_type is None
        and update.departure_occupancy is None
    ):
        return None
    return StopProperties(
        update.assigned_stop_id,
        update.stop_headsign,
        _BOARDING.get(update.pickup_type or ""),
        _BOARDING.get(update.drop_off_type or ""),
        _OCCUPANCY.get(update.departure_occupancy or ""),
    )


def _event(event: EventV1 | None) -> StopTimeEvent | None:
    if event is None:
        return None
    time, delay, scheduled = event.time, event.delay, event.scheduled_time
    if time is None and delay is None and scheduled is None:
        return None
    return StopTimeEvent(time, delay, scheduled)
