"""Identifies the run of an update that adds one: by its trip id and day; if that trip id is also in
the timetable, by its start too. And the reasons why an update builds no run.

https://gtfs.org/documentation/realtime/reference/#message-tripdescriptor
"""

from enum import StrEnum
from typing import Final

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.trip_update import TripProperties, TripUpdate
from mobilite.timetable.domain.feed_schedule import FeedSchedule

NO_PROPERTIES: Final = TripProperties()
"""Of an update without trip_properties."""


class RejectionReason(StrEnum):
    """Why an update about a run outside the timetable is counted but builds no run."""

    MODIFIED = "modified"
    """The update selects a modified trip, but the TripModifications are unknown, do not select that
    run, or cannot be applied to it."""
    SUPERSEDED = "superseded"
    """ADDED, and a DUPLICATED update copies its trip too: producers that migrate send both."""
    WITHOUT_START = "without_start"
    """Its service day cannot be determined."""
    WITHOUT_STOPS = "without_stops"
    """It has no stop time updates."""
    UNKNOWN_STOPS = "unknown_stops"
    """None of its stops is in the timetable; of a run that replaces one of it, fewer than two."""
    WITHOUT_TIMES = "without_times"
    """None of its known stops has a time; of a run that replaces one of the timetable, fewer than
    two."""


def added_trip_key(schedule: FeedSchedule, update: TripUpdate) -> RunKey | RejectionReason:
    """The key of the run that a NEW, ADDED, UNSCHEDULED or DUPLICATED update builds: that of a
    timetable run if the update, not being DUPLICATED, has the trip id (and start, if given) of one
    of that day. WITHOUT_START if its service day cannot be determined."""
    timetable, properties = schedule.timetable, update.trip_properties or NO_PROPERTIES
    copies = update.relationship == "DUPLICATED"
    given_day = (properties.start_date if copies else None) or update.start_date
    day = given_day or first_day(schedule, update)
    if day is None or (copies and not given_day):
        return RejectionReason.WITHOUT_START
    ordinal, start = day.day.toordinal(), start_of_run(update)
    if copies and properties.trip_id is not None:
        return RunKey(-1, ordinal, properties.trip_id)
    rows = timetable.trip_ids.indexes_of(update.trip_id) if update.trip_id else ()
    if not len(rows):
        return RunKey(-1, ordinal, trip_id_or_substitute(update))
    if not copies and (start is not None or len(rows) == 1):
        for row in map(int, rows):
            same = start is None or start == schedule.start_of(row)
            if same and timetable.runs_on(row, day):
                return RunKey(row, ordinal)
    return RunKey(-1, ordinal, added_trip_name(update.trip_id or "", start))


def added_trip_name(trip_id: str, start: int | None) -> str:
    """The `RunKey.name` of a run outside the timetable. `start`: None unless its trip id is also in
    the timetable; seconds of the service day. No id contains a line feed."""
    return trip_id if start is None else f"{trip_id}\n{start}"


def has_own_start(name: str) -> bool:
    """Whether `added_trip_name` put a start into this name."""
    return "\n" in name


def first_day(schedule: FeedSchedule, update: TripUpdate) -> ServiceDate | None:
    """The local date of the first time that the stop updates give; None if they give none."""
    for stop in update.stop_updates:
        for event in (stop.departure, stop.arrival):
            if event is not None and event.announced is not None:
                return ServiceDate.of_timestamp(event.announced, schedule.timetable.zone(0))
    return None


def start_of_run(update: TripUpdate) -> int | None:
    """The start of the run in seconds of its service day: a copy's own, else the descriptor's."""
    if (
        update.relationship == "DUPLICATED"
        and update.trip_properties
        and update.trip_properties.start_time is not None
    ):
        return update.trip_properties.start_time
    return update.start_time


def trip_id_or_substitute(update: TripUpdate) -> str:
    """The trip id, or a substitute made of route, direction and start."""
    if update.trip_id:
        return update.trip_id
    return f"{update.route_id}/{update.direction_id}/{update.start_time}"
