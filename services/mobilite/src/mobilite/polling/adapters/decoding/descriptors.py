"""Conversion of the fields that GTFS-RT entities share: texts, instants, trip and vehicle
descriptors.

https://gtfs.org/documentation/realtime/reference/#message-tripdescriptor
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.events import TripDescriptor
from mobilite.gtfs.domain.freshness import LAST_PLAUSIBLE
from mobilite.gtfs.domain.ids import FeedId, local_id
from mobilite.gtfs.domain.plain_text import strip_hidden
from mobilite.gtfs.domain.service_date import ServiceDate

OCCUPANCY: Mapping[int, Any] = {v: n for n, v in gtfs_rt.VehiclePosition.OccupancyStatus.items()}
_TRIP_RELATIONSHIP = {v: n for n, v in gtfs_rt.TripDescriptor.ScheduleRelationship.items()}
_WHEELCHAIR = {v: n for n, v in gtfs_rt.VehicleDescriptor.WheelchairAccessible.items()}
_ENUMS = frozenset({gtfs_rt.TripDescriptor.SCHEDULE_RELATIONSHIP_FIELD_NUMBER})
_YEARS = range(1970, 2100)
"""The years of plausible instants (`LAST_PLAUSIBLE`)."""
_TIME = re.compile(r"([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])")

Notes = Counter[str]
"""Doubts about the data by code (`sources.domain.poll_notes`). Functions here add to it."""


class RejectedEntity(Exception):
    """An entity, or a part of it, is unusable. The argument is a code of
    `sources.domain.poll_notes`."""


def decode_trip_descriptor(
    trip: gtfs_rt.TripDescriptor, notes: Notes, *, feed_id: str
) -> TripDescriptor:
    """The descriptor of a trip update. Raises RejectedEntity if it does not identify a run, or
    its start is unreadable."""
    descriptor = decode_partial_descriptor(trip, notes, feed_id=feed_id)
    # Without trip_id, all four others are needed to identify the run (message TripDescriptor).
    if descriptor.trip_id is None and (
        descriptor.route_id is None
        or descriptor.direction_id is None
        or descriptor.start_date is None
        or descriptor.start_time is None
    ):
        raise RejectedEntity("trip_unidentified")
    return descriptor


def decode_partial_descriptor(
    trip: gtfs_rt.TripDescriptor, notes: Notes, *, feed_id: str
) -> TripDescriptor:
    """The trip descriptor, complete or not. Raises RejectedEntity if it has neither trip_id nor
    route_id, or its start is unreadable.

    "If modified_trip is provided, trip_id, route_id, direction_id, start_time and start_date
    MUST be left empty": the ids are then those of the selector.
    """
    modified, selector = trip.HasField("modified_trip"), trip.modified_trip
    trip_id = decode_local_id(
        selector.affected_trip_id if modified else trip.trip_id, notes, feed_id
    )
    route_id = decode_local_id(trip.route_id, notes, feed_id)
    start_date = decode_start_date(decode_text((selector if modified else trip).start_date, notes))
    start_time = decode_start_time(decode_text((selector if modified else trip).start_time, notes))
    if not (trip_id or route_id):
        raise RejectedEntity("trip_unidentified")
    note_unknown_enums(trip, _ENUMS, notes)
    return TripDescriptor(
        trip_id=trip_id or None,
        route_id=route_id or None,
        direction_id=trip.direction_id if trip.HasField("direction_id") else None,
        start_date=start_date,
        start_time=start_time,
        schedule_relationship=_TRIP_RELATIONSHIP[trip.schedule_relationship],
        modifications_id=decode_text(selector.modifications_id, notes) if modified else None,
    )


def note_unknown_enums(message: Message, fields: frozenset[int], notes: Notes) -> None:
    """Count the enumerated `fields` whose value this version does not define.

    protobuf moves such a value to the unknown fields, and the default takes its place.
    """
    unknown = UnknownFieldSet(message)
    for place in range(len(unknown)):
        if unknown[place].field_number in fields:
            notes["enum_unknown"] += 1


def decode_text(value: str | bytes, notes: Notes) -> str:
    """A protobuf string as text. `value` is bytes if it is not UTF-8, which proto2 accepts."""
    if isinstance(value, str):
        return value
    notes["text_not_utf8"] += 1
    return value.decode("utf-8", "replace")


def visible_text(value: str | bytes, notes: Notes) -> str:
    """A text for people, without hidden characters."""
    raw = decode_text(value, notes)
    cleaned = strip_hidden(raw)
    if cleaned != raw:
        notes["text_hidden"] += 1
    return cleaned


def decode_local_id(value: str | bytes, notes: Notes, feed_id: str) -> str:
    """An id without the prefix of its own feed."""
    return local_id(FeedId(feed_id), decode_text(value, notes))


def decode_start_date(value: str) -> str | None:
    """A date as YYYYMMDD; None if empty. Raises RejectedEntity for anything else, for a date that
    does not exist, and for one before 1970 or after 2099."""
    if not value:
        return None
    date = ServiceDate.parse(value)
    if date is None or date.day.year not in _YEARS:
        raise RejectedEntity("start_date_invalid")
    return value


def decode_start_time(value: str) -> str | None:
    """A GTFS time as HH:MM:SS, padded so that one run has one key; None if empty. Raises
    RejectedEntity for anything else."""
    if not value:
        return None
    parts = _TIME.fullmatch(value.strip())
    if parts is None:
        raise RejectedEntity("start_time_invalid")
    hours, minutes, seconds = parts.groups()
    return f"{int(hours):02}:{minutes}:{seconds}"


def decode_vehicle_descriptor(
    vehicle: gtfs_rt.VehicleDescriptor, notes: Notes, *, feed_id: str
) -> dict[str, str | None]:
    """The vehicle descriptor as fields of its event."""
    access = vehicle.wheelchair_accessible
    return {
        "id": decode_local_id(vehicle.id, notes, feed_id) or None,
        "label": visible_text(vehicle.label, notes) or None,
        "license_plate": visible_text(vehicle.license_plate, notes) or None,
        "wheelchair_accessible": _WHEELCHAIR[access] if access else None,
    }


def decode_instant(seconds: int, notes: Notes) -> int | None:
    """POSIX seconds; None if they are not between 1970 and 2100."""
    if 0 < seconds < LAST_PLAUSIBLE:
        return seconds
    notes["time_implausible"] += 1
    return None
