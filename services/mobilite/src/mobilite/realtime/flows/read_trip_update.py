"""Converts records of `mobilite.trip-update.v1` to trip updates of the domain."""

from typing import Final, get_args

from mobilite.events import StopTimeEvent as EventV1
from mobilite.events import StopTimeUpdate as StopTimeUpdateV1
from mobilite.events import TripDescriptor as TripDescriptorV1
from mobilite.events import TripProperties as TripPropertiesV1
from mobilite.events import TripUpdateV1
from mobilite.gtfs.domain.clock_times import parse_time
from mobilite.gtfs.domain.enumerations import Access, Occupancy
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.trip_update import (
    StopProperties,
    StopTimeEvent,
    StopTimeUpdate,
    TripDescriptor,
    TripProperties,
    TripUpdate,
)
from socle.events import Received

_ACCESS: Final[dict[str, Access]] = {
    "WHEELCHAIR_ACCESSIBLE": "yes",
    "WHEELCHAIR_INACCESSIBLE": "no",
}
_BOARDING: Final = {"REGULAR": 0, "NONE": 1, "PHONE_AGENCY": 2, "COORDINATE_WITH_DRIVER": 3}
_TIMES_ONLY: Final = frozenset(
    ("stop_sequence", "stop_id", "arrival", "departure", "schedule_relationship")
)
"""The members of a stop update that has no StopProperties."""
_OCCUPANCY: Final[dict[str, Occupancy]] = {word.upper(): word for word in get_args(Occupancy)}


def read_trip_update(received: Received[TripUpdateV1]) -> TripUpdate:
    """The update of a record, which must not be a tombstone."""
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
        modifications_id=event.trip.modifications_id,
        delay=event.delay,
        measured_at=event.timestamp,
        vehicle_access=_ACCESS.get(access or "", "unknown"),
        stop_updates=tuple(map(_stop_update, event.stop_time_updates)),
        trip_properties=(
            None if event.trip_properties is None else _properties_of_trip(event.trip_properties)
        ),
    )


def read_descriptor(trip: TripDescriptorV1) -> TripDescriptor:
    """The trip descriptor of an event."""
    return TripDescriptor(
        trip_id=trip.trip_id,
        route_id=trip.route_id,
        direction_id=trip.direction_id,
        start_date=_day(trip.start_date),
        start_time=_time(trip.start_time),
        relationship=trip.schedule_relationship,
    )


def _properties_of_trip(properties: TripPropertiesV1) -> TripProperties:
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
    return None if text is None else parse_time(text)


def _stop_update(update: StopTimeUpdateV1) -> StopTimeUpdate:
    return StopTimeUpdate(
        update.get("stop_sequence"),
        update.get("stop_id"),
        _event(update.get("arrival")),
        _event(update.get("departure")),
        update.get("schedule_relationship", "SCHEDULED"),
        None if _TIMES_ONLY.issuperset(update) else _properties(update),
    )


def _properties(update: StopTimeUpdateV1) -> StopProperties:
    return StopProperties(
        update.get("assigned_stop_id"),
        update.get("stop_headsign"),
        _BOARDING.get(update.get("pickup_type", "")),
        _BOARDING.get(update.get("drop_off_type", "")),
        _OCCUPANCY.get(update.get("departure_occupancy", "")),
    )


def _event(event: EventV1 | None) -> StopTimeEvent | None:
    if event is None:
        return None
    time, delay, scheduled = event.get("time"), event.get("delay"), event.get("scheduled_time")
    if time is None and delay is None and scheduled is None:
        return None
    return StopTimeEvent(time, delay, scheduled)
