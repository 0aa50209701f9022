"""What mobilité tells the house: tables, the writer's side of `schemas/mobilite.*.json`.

Way A of the architecture: `import` writes TimetableV1, `poll` writes what GTFS-Realtime says
(TripUpdateV1, VehiclePositionV1, AlertV1) and FeedPollV1, every `api` replica follows them all.
Words and meanings are those of GTFS and GTFS-Realtime:
https://gtfs.org/documentation/realtime/reference/
"""

from mobilite.events.alert import AlertV1, EntitySelector, TimeRange, Translation
from mobilite.events.feed_poll import EntityCounts, FeedPollV1, PollError, PollNote
from mobilite.events.timetable import ImportAttempt, ReportLine, TimetableV1
from mobilite.events.trip_update import (
    StopTimeEvent,
    StopTimeUpdate,
    TripDescriptor,
    TripProperties,
    TripUpdateV1,
    VehicleDescriptor,
)
from mobilite.events.vehicle_position import Position, VehiclePositionV1

__all__ = [
    "AlertV1",
    "EntityCounts",
    "EntitySelector",
    "FeedPollV1",
    "ImportAttempt",
    "PollError",
    "PollNote",
    "Position",
    "ReportLine",
    "StopTimeEvent",
    "StopTimeUpdate",
    "TimeRange",
    "TimetableV1",
    "Translation",
    "TripDescriptor",
    "TripProperties",
    "TripUpdateV1",
    "VehicleDescriptor",
    "VehiclePositionV1",
]
