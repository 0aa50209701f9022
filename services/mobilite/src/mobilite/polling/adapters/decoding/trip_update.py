"""Converts a GTFS-RT TripUpdate to its event; implausible values are omitted and counted.

https://gtfs.org/documentation/realtime/reference/#message-tripupdate
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.events import StopTimeEvent, StopTimeUpdate, TripProperties, TripUpdateV1
from mobilite.events.trip_update import LONGEST_DELAY
from mobilite.polling.adapters.decoding.descriptors import (
    OCCUPANCY,
    Notes,
    decode_instant,
    decode_local_id,
    decode_start_date,
    decode_start_time,
    decode_text,
    decode_trip_descriptor,
    decode_vehicle_descriptor,
    visible_text,
)

_TU, _STU = gtfs_rt.TripUpdate, gtfs_rt.TripUpdate.StopTimeUpdate
_STOP_RELATIONSHIP: Mapping[int, Any] = {v: n for n, v in _STU.ScheduleRelationship.items()}
_PICKUP: Mapping[int, Any] = {v: n for n, v in _STU.StopTimeProperties.DropOffPickupType.items()}


def decode_trip_update(content: bytes, *, feed_id: str, source: int) -> tuple[TripUpdateV1, Notes]:
    """The event of one serialised TripUpdate that `decode_message` accepted, with its doubts by
    code."""
    notes: Notes = Counter()
    update = _TU.FromString(content)
    properties = decode_trip_properties(update.trip_properties, notes, feed_id=feed_id)
    event = TripUpdateV1.model_validate(
        {
            "feed_id": feed_id,
            "source_index": source,
            "trip": decode_trip_descriptor(update.trip, notes, feed_id=feed_id),
            "trip_properties": properties,
            "vehicle": (
                decode_vehicle_descriptor(update.vehicle, notes, feed_id=feed_id)
                if update.HasField("vehicle")
                else None
            ),
            "timestamp": decode_instant(update.timestamp, notes) if update.timestamp else None,
            "delay": _delay(update.delay, notes) if update.HasField("delay") else None,
            "stop_time_updates": _stop_time_updates(update, notes, feed_id),
        }
    )
    return event, notes


def decode_trip_properties(
    properties: gtfs_rt.TripUpdate.TripProperties, notes: Notes, *, feed_id: str
) -> TripProperties | None:
    """The trip properties; None if they are empty. Raises RejectedEntity for a malformed start."""
    if not properties.ListFields():
        return None
    return TripProperties(
        trip_id=decode_local_id(properties.trip_id, notes, feed_id) or None,
        start_date=decode_start_date(decode_text(properties.start_date, notes)),
        start_time=decode_start_time(decode_text(properties.start_time, notes)),
        shape_id=decode_local_id(properties.shape_id, notes, feed_id) or None,
        trip_headsign=visible_text(properties.trip_headsign, notes) or None,
        trip_short_name=visible_text(properties.trip_short_name, notes) or None,
    )


def _stop_time_updates(
    update: gtfs_rt.TripUpdate, notes: Notes, feed_id: str
) -> list[StopTimeUpdate]:
    found = []
    for stop in update.stop_time_update:
        values = _stop_time_update(stop, notes, feed_id)
        if "stop_id" in values or "stop_sequence" in values:
            found.append(values)
        else:
            notes["stop_unidentified"] += 1
    return found


def _stop_time_update(
    stop: gtfs_rt.TripUpdate.StopTimeUpdate, notes: Notes, feed_id: str
) -> StopTimeUpdate:
    """One stop update, without its absent fields: readers of the record apply the defaults."""
    values: StopTimeUpdate = {}
    if stop.HasField("stop_sequence"):
        values["stop_sequence"] = stop.stop_sequence
    if stop_id := stop.stop_id:
        values["stop_id"] = decode_local_id(stop_id, notes, feed_id)
    if stop.HasField("arrival") and (arrival := _stop_time_event(stop.arrival, notes)):
        values["arrival"] = arrival
    if stop.HasField("departure") and (departure := _stop_time_event(stop.departure, notes)):
        values["departure"] = departure
    if relationship := stop.schedule_relationship:
        values["schedule_relationship"] = _STOP_RELATIONSHIP[relationship]
    if stop.HasField("departure_occupancy_status"):
        values["departure_occupancy"] = OCCUPANCY[stop.departure_occupancy_status]
    if stop.HasField("stop_time_properties"):
        properties = stop.stop_time_properties
        if assigned := decode_local_id(properties.assigned_stop_id, notes, feed_id):
            values["assigned_stop_id"] = assigned
        if headsign := visible_text(properties.stop_headsign, notes):
            values["stop_headsign"] = headsign
        if properties.HasField("pickup_type"):
            values["pickup_type"] = _PICKUP[properties.pickup_type]
        if properties.HasField("drop_off_type"):
            values["drop_off_type"] = _PICKUP[properties.drop_off_type]
    return values


def _stop_time_event(event: gtfs_rt.TripUpdate.StopTimeEvent, notes: Notes) -> StopTimeEvent:
    """An arrival or departure; empty if nothing of it is usable."""
    values: StopTimeEvent = {}
    if event.HasField("time") and (time := decode_instant(event.time, notes)) is not None:
        values["time"] = time
    if event.HasField("delay") and (delay := _delay(event.delay, notes)) is not None:
        values["delay"] = delay
    if event.HasField("scheduled_time"):
        scheduled = decode_instant(event.scheduled_time, notes)
        if scheduled is not None:
            values["scheduled_time"] = scheduled
    if values and event.HasField("uncertainty"):
        if event.uncertainty >= 0:
            values["uncertainty"] = event.uncertainty
        else:
            notes["uncertainty_negative"] += 1
    return values


def _delay(seconds: int, notes: Notes) -> int | None:
    if abs(seconds) <= LONGEST_DELAY:
        return seconds
    notes["delay_implausible"] += 1
    return None
