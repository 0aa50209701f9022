"""Walking one GTFS-RT TripUpdate into its event, with what is implausible left out and counted.

https://gtfs.org/documentation/realtime/reference/#message-tripupdate
"""

import re
from collections import Counter
from typing import Any

from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.domain.header_time import LAST_PLAUSIBLE
from mobilite.events import TripDescriptor, TripProperties, TripUpdateV1
from mobilite.events.trip_update import LONGEST_DELAY

_TU, _STU = gtfs_rt.TripUpdate, gtfs_rt.TripUpdate.StopTimeUpdate
_TRIP_RELATIONSHIP = {v: n for n, v in gtfs_rt.TripDescriptor.ScheduleRelationship.items()}
_STOP_RELATIONSHIP = {v: n for n, v in _STU.ScheduleRelationship.items()}
_PICKUP = {v: n for n, v in _STU.StopTimeProperties.DropOffPickupType.items()}
_OCCUPANCY = {v: n for n, v in gtfs_rt.VehiclePosition.OccupancyStatus.items()}
_WHEELCHAIR = {v: n for n, v in gtfs_rt.VehicleDescriptor.WheelchairAccessible.items()}
_DAY = re.compile(r"[0-9]{8}")
_TIME = re.compile(r"([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])")

Notes = Counter[str]


class Doubtful(Exception):
    """This update cannot be taken; the argument is a code of `domain.poll_words`."""


def walk_trip_update(content: bytes, *, feed_id: str, source: int) -> tuple[TripUpdateV1, Notes]:
    """The event of one serialised TripUpdate that `decode_message` has let through.

    Returns it with the doubts it raised, counted by code.
    """
    notes: Notes = Counter()
    update = _TU.FromString(content)
    own = properties(update.trip_properties, notes)
    event = TripUpdateV1.model_validate(
        {
            "feed_id": feed_id,
            "source_index": source,
            "trip": descriptor(update.trip, notes),
            "trip_properties": own,
            "vehicle": _vehicle(update.vehicle, notes) if update.HasField("vehicle") else None,
            "timestamp": _instant(update.timestamp, notes) if update.timestamp else None,
            "delay": _delay(update.delay, notes) if update.HasField("delay") else None,
            "stop_time_updates": _stop_time_updates(update, notes),
        }
    )
    return event, notes


def descriptor(trip: gtfs_rt.TripDescriptor, notes: Notes) -> TripDescriptor:
    """Which run this is about. Raises Doubtful when that cannot be told.

    "If modified_trip is provided, trip_id, route_id, direction_id, start_time and start_date MUST
    be left empty": the ids are then those of the selector.
    """
    modified, selector = trip.HasField("modified_trip"), trip.modified_trip
    trip_id = text(selector.affected_trip_id if modified else trip.trip_id, notes)
    route_id = text(trip.route_id, notes)
    start_date = _service_day(text((selector if modified else trip).start_date, notes))
    start_time = _service_time(text((selector if modified else trip).start_time, notes))
    # Without trip_id, all four others are needed to name the run (message TripDescriptor).
    if not trip_id and not (
        route_id and trip.HasField("direction_id") and start_date and start_time
    ):
        raise Doubtful("trip_unidentified")
    return TripDescriptor(
        trip_id=trip_id or None,
        route_id=route_id or None,
        direction_id=trip.direction_id if trip.HasField("direction_id") else None,
        start_date=start_date,
        start_time=start_time,
        schedule_relationship=_TRIP_RELATIONSHIP[trip.schedule_relationship],
        modifications_id=text(selector.modifications_id, notes) if modified else None,
    )


def properties(own: gtfs_rt.TripUpdate.TripProperties, notes: Notes) -> TripProperties | None:
    """What the run has of its own, None when nothing. Raises Doubtful on a malformed start."""
    if not own.ListFields():
        return None
    return TripProperties(
        trip_id=text(own.trip_id, notes) or None,
        start_date=_service_day(text(own.start_date, notes)),
        start_time=_service_time(text(own.start_time, notes)),
        shape_id=text(own.shape_id, notes) or None,
        trip_headsign=text(own.trip_headsign, notes) or None,
        trip_short_name=text(own.trip_short_name, notes) or None,
    )


def text(value: str | bytes, notes: Notes) -> str:
    """A protobuf string: bytes where it is not UTF-8, which proto2 lets through."""
    if isinstance(value, str):
        return value
    notes["text_not_utf8"] += 1
    return value.decode("utf-8", "replace")


def _service_day(value: str) -> str | None:
    if value and not _DAY.fullmatch(value):
        raise Doubtful("start_date_invalid")
    return value or None


def _service_time(value: str) -> str | None:
    """HH:MM:SS, padded, so that one run has one key."""
    if not value:
        return None
    parts = _TIME.fullmatch(value.strip())
    if parts is None:
        raise Doubtful("start_time_invalid")
    hours, minutes, seconds = parts.groups()
    return f"{int(hours):02}:{minutes}:{seconds}"


def _stop_time_updates(update: gtfs_rt.TripUpdate, notes: Notes) -> list[dict[str, Any]]:
    found = []
    for stop in update.stop_time_update:
        values = _stop_time_update(stop, notes)
        if "stop_id" in values or "stop_sequence" in values:
            found.append(values)
        else:
            notes["stop_unidentified"] += 1
    return found


def _stop_time_update(stop: gtfs_rt.TripUpdate.StopTimeUpdate, notes: Notes) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if stop.HasField("stop_sequence"):
        values["stop_sequence"] = stop.stop_sequence
    if stop.stop_id:
        values["stop_id"] = text(stop.stop_id, notes)
    if stop.HasField("arrival"):
        values["arrival"] = _stop_time_event(stop.arrival, notes)
    if stop.HasField("departure"):
        values["departure"] = _stop_time_event(stop.departure, notes)
    if stop.schedule_relationship:
        values["schedule_relationship"] = _STOP_RELATIONSHIP[stop.schedule_relationship]
    if stop.HasField("departure_occupancy_status"):
        values["departure_occupancy"] = _OCCUPANCY[stop.departure_occupancy_status]
    if stop.HasField("stop_time_properties"):
        own = stop.stop_time_properties
        values["assigned_stop_id"] = text(own.assigned_stop_id, notes) or None
        values["stop_headsign"] = text(own.stop_headsign, notes) or None
        if own.HasField("pickup_type"):
            values["pickup_type"] = _PICKUP[own.pickup_type]
        if own.HasField("drop_off_type"):
            values["drop_off_type"] = _PICKUP[own.drop_off_type]
    return values


def _stop_time_event(
    event: gtfs_rt.TripUpdate.StopTimeEvent, notes: Notes
) -> dict[str, int | None] | None:
    """None when nothing of it is usable: as if it had not been given."""
    values: dict[str, int | None] = {}
    if event.HasField("time"):
        values["time"] = _instant(event.time, notes)
    if event.HasField("delay"):
        values["delay"] = _delay(event.delay, notes)
    if event.HasField("scheduled_time"):
        values["scheduled_time"] = _instant(event.scheduled_time, notes)
    if not any(value is not None for value in values.values()):
        return None
    if event.HasField("uncertainty"):
        if event.uncertainty >= 0:
            values["uncertainty"] = event.uncertainty
        else:
            notes["uncertainty_negative"] += 1
    return values


def _vehicle(vehicle: gtfs_rt.VehicleDescriptor, notes: Notes) -> dict[str, str | None]:
    access = vehicle.wheelchair_accessible
    return {
        "id": text(vehicle.id, notes) or None,
        "label": text(vehicle.label, notes) or None,
        "license_plate": text(vehicle.license_plate, notes) or None,
        "wheelchair_accessible": _WHEELCHAIR[access] if access else None,
    }


def _instant(seconds: int, notes: Notes) -> int | None:
    if 0 < seconds < LAST_PLAUSIBLE:
        return seconds
    notes["time_implausible"] += 1
    return None


def _delay(seconds: int, notes: Notes) -> int | None:
    if abs(seconds) <= LONGEST_DELAY:
        return seconds
    notes["delay_implausible"] += 1
    return None
