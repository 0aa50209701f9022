"""What mobilité tells the house: three tables, the writer's side of `schemas/mobilite.*.json`.

Way A of the architecture: `import` writes TimetableV1, `poll` writes TripUpdateV1 and FeedPollV1,
every `api` replica follows the three. Words and meanings are those of GTFS and GTFS-Realtime:
https://gtfs.org/documentation/realtime/reference/
"""

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

__all__ = [
    "EntityCounts",
    "FeedPollV1",
    "ImportAttempt",
    "PollError",
    "PollNote",
    "ReportLine",
    "StopTimeEvent",
    "StopTimeUpdate",
    "TimetableV1",
    "TripDescriptor",
    "TripProperties",
    "TripUpdateV1",
    "VehicleDescriptor",
]
