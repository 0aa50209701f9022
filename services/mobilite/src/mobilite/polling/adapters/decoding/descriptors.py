"""What the kinds of GTFS-RT entity share: texts, instants, the run and the vehicle they are about.

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
from mobilite.gtfs.domain.plain_text import plain

OCCUPANCY: Mapping[int, Any] = {v: n for n, v in gtfs_rt.VehiclePosition.OccupancyStatus.items()}
_TRIP_RELATIONSHIP = {v: n for n, v in gtfs_rt.TripDescriptor.ScheduleRelationship.items()}
_WHEELCHAIR = {v: n for n, v in gtfs_rt.VehicleDescriptor.WheelchairAccessible.items()}
_ENUMS = frozenset({gtfs_rt.TripDescriptor.SCHEDULE_RELATIONSHIP_FIELD_NUMBER})
_DAY = re.compile(r"[0-9]{8}")
_TIME = re.compile(r"([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])")

Notes = Counter[str]


class Doubtful(Exception):
    """This entity cannot be taken; the argument is a code of `sources.domain.poll_notes`."""


def descriptor(trip: gtfs_rt.TripDescriptor, notes: Notes, *, feed_id: str) -> TripDescriptor:
    """Which run this is about. Raises Doubtful when that cannot be told."""
    named = mentioned_trip(trip, notes, feed_id=feed_id)
    # Without trip_id, all four others are needed to name the run (message TripDescriptor).
    if named.trip_id is None and (
        named.route_id is None
        or named.direction_id is None
        or named.start_date is None
        or named.start_time is None
    ):
        raise Doubtful("trip_unidentified")
    return named


def mentioned_trip(trip: gtfs_rt.TripDescriptor, notes: Notes, *, feed_id: str) -> TripDescriptor:
    """What is said of a run, be it enough to name one or not. Raises Doubtful where it is nothing,
    or a start that cannot be read.

    "If modified_trip is provided, trip_id, route_id, direction_id, start_time and start_date MUST
    be left empty": the ids are then those of the selector.
    """
    modified, selector = trip.HasField("modified_trip"), trip.modified_trip
    trip_id = local(selector.affected_trip_id if modified else trip.trip_id, notes, feed_id)
    route_id = local(trip.route_id, notes, feed_id)
    start_date = service_day(text((selector if modified else trip).start_date, notes))
    start_time = service_time(text((selector if modified else trip).start_time, notes))
    if not (trip_id or route_id):
        raise Doubtful("trip_unidentified")
    note_newer_values(trip, _ENUMS, notes)
    return TripDescriptor(
        trip_id=trip_id or None,
        route_id=route_id or None,
        direction_id=trip.direction_id if trip.HasField("direction_id") else None,
        start_date=start_date,
        start_time=start_time,
        schedule_relationship=_TRIP_RELATIONSHIP[trip.schedule_relationship],
        modifications_id=text(selector.modifications_id, notes) if modified else None,
    )


def note_newer_values(message: Message, fields: frozenset[int], notes: Notes) -> None:
    """Count the enumerated `fields` whose value this version does not know.

    protobuf sets such a value aside as an unknown field, and the default takes its place.
    """
    unknown = UnknownFieldSet(message)
    for place in range(len(unknown)):
        if unknown[place].field_number in fields:
            notes["enum_unknown"] += 1


def text(value: str | bytes, notes: Notes) -> str:
    """A protobuf string: bytes where it is not UTF-8, which proto2 lets through."""
    if isinstance(value, str):
        return value
    notes["text_not_utf8"] += 1
    return value.decode("utf-8", "replace")


def words(value: str | bytes, notes: Notes) -> str:
    """A text for people, without what is hidden in it."""
    told = text(value, notes)
    shown = plain(told)
    if shown != told:
        notes["text_hidden"] += 1
    return shown


def local(value: str | bytes, notes: Notes, feed_id: str) -> str:
    """An id, without the prefix of its own feed where it has one already."""
    return local_id(FeedId(feed_id), text(value, notes))


def service_day(value: str) -> str | None:
    """YYYYMMDD, None where nothing is given. Raises Doubtful."""
    if value and not _DAY.fullmatch(value):
        raise Doubtful("start_date_invalid")
    return value or None


def service_time(value: str) -> str | None:
    """HH:MM:SS, padded, so that one run has one key; None where nothing is given. Raises
    Doubtful."""
    if not value:
        return None
    parts = _TIME.fullmatch(value.strip())
    if parts is None:
        raise Doubtful("start_time_invalid")
    hours, minutes, seconds = parts.groups()
    return f"{int(hours):02}:{minutes}:{seconds}"


def vehicle_of(
    vehicle: gtfs_rt.VehicleDescriptor, notes: Notes, *, feed_id: str
) -> dict[str, str | None]:
    """The vehicle, as the fields of its event."""
    access = vehicle.wheelchair_accessible
    return {
        "id": local(vehicle.id, notes, feed_id) or None,
        "label": words(vehicle.label, notes) or None,
        "license_plate": words(vehicle.license_plate, notes) or None,
        "wheelchair_accessible": _WHEELCHAIR[access] if access else None,
    }


def instant(seconds: int, notes: Notes) -> int | None:
    """POSIX seconds, None where they are no plausible date."""
    if 0 < seconds < LAST_PLAUSIBLE:
        return seconds
    notes["time_implausible"] += 1
    return None
