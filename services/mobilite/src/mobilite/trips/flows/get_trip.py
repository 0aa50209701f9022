"""One run of a trip: its calls as scheduled and predicted, its vehicle and its path.

A trip runs on many days, and a frequency-based one many times a day; if no day and start are given,
it is the run nearest to now. A run outside the timetable is found by its own trip id.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from mobilite.alerts.flows.visible_alerts import alert_ids_of_added_run, alert_ids_of_run
from mobilite.feeds.flows.known_feeds import no_schedule_yet
from mobilite.gtfs.domain.ids import GlobalId, global_id, split_global_id
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run import Run
from mobilite.realtime.domain.run_calls import RunCall, get_run_trip, list_calls
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.routes.domain.trip_path import TripPath, shape_of, trip_path
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.scheduled_calls import run_start
from mobilite.trips.domain.progress import Progress, progress_of
from mobilite.trips.ports import TripsState
from mobilite.vehicles.flows.list_vehicles import VehicleDetail, vehicle_of_run
from socle.errors import Refusal

_LONG_OVER_SECONDS: Final = 3600
"""Seconds after the end of a run from which the next run is preferred."""
_DAYS_AROUND: Final = 3
"""Days of service considered before and after today: a run can last a day or two."""


@dataclass(frozen=True, slots=True)
class TripDetail:
    """A run at one instant."""

    feed: FeedSnapshot
    schedule: FeedSchedule
    key: RunKey
    trip: RunTrip
    run: Run | None
    """Its real time; None without a trip update."""
    calls: tuple[RunCall, ...]
    """In order, with those that it leaves out of a run it replaces."""
    path: TripPath | None
    """None if too few of its stops have coordinates (`trip_path`)."""
    vehicle: VehicleDetail | None
    """The vehicle that serves it, if known."""
    progress: Progress
    alerts: tuple[GlobalId, ...]
    """Their public ids, most severe first."""
    generated_at: int
    """The instant, in POSIX seconds."""


def get_trip(
    state: TripsState,
    trip_id: str,
    *,
    now: datetime,
    day: ServiceDate | None = None,
    start: int | None = None,
) -> TripDetail:
    """The run of a trip (a public id) on a service day, or that nearest to `now`. `start`: of the
    run, in seconds of the service day.

    Raises Refusal: "not_found", or "unavailable" until the feed's schedule is loaded."""
    parts, instant = split_global_id(trip_id), int(now.timestamp())
    feed = None if parts is None else state.snapshot.feed(parts[0])
    schedule = None if feed is None else feed.schedule
    if parts is None or feed is None or schedule is None:
        raise _absent(state, trip_id)
    keys = list_runs(feed, schedule, parts[1], now=now, day=day, start=start)
    visible = [key for key in keys if key not in feed.runs or not feed.runs[key].hidden]
    key = min(
        visible, key=lambda each: (_distance(feed, schedule, each, instant), each), default=None
    )
    if key is None:
        raise _not_running(feed, schedule, trip_id, parts[1], day, start)
    trip, calls = get_run_trip(feed, key), list_calls(feed, key, now=instant)
    vehicle = vehicle_of_run(state, feed, key, now=instant)
    seen = None if vehicle is None or vehicle.sighting.stale else vehicle.position
    return TripDetail(
        feed,
        schedule,
        key,
        trip,
        feed.runs.get(key),
        calls,
        _path(schedule, trip, calls),
        vehicle,
        progress_of(calls, now=instant, vehicle_at=seen),
        _alerts(state, feed, key, trip, instant),
        instant,
    )


def list_runs(
    feed: FeedSnapshot,
    schedule: FeedSchedule,
    local: str,
    *,
    now: datetime,
    day: ServiceDate | None = None,
    start: int | None = None,
) -> list[RunKey]:
    """The runs with that trip id, day and start, deleted ones included; without a day those around
    `now`. `local`: the trip id inside the feed; `start`: in seconds of the service day."""
    return [
        *_added_runs(feed, local, day, start),
        *_timetable_runs(schedule, local, now, day, start),
    ]


def _added_runs(
    feed: FeedSnapshot, local: str, day: ServiceDate | None, start: int | None
) -> Iterator[RunKey]:
    """The runs outside the timetable with that trip id, day and start."""
    for key in feed.added_runs.get(local, ()):
        same_start = start is None or feed.runs[key].trip.start in (None, start)
        if same_start and (day is None or key.day == day.day.toordinal()):
            yield key


def _timetable_runs(
    schedule: FeedSchedule, local: str, now: datetime, day: ServiceDate | None, start: int | None
) -> Iterator[RunKey]:
    """The runs of the timetable with that trip id, day and start; without a day, those around
    today."""
    timetable = schedule.timetable
    for row in timetable.trip_ids.indexes_of(local).tolist():
        if start is not None and schedule.start_of(row) != start:
            continue
        if day is not None:
            if timetable.runs_on(row, day):
                yield RunKey(row, day.day.toordinal())
            continue
        today = now.astimezone(timetable.trip_zone(row)).toordinal() - timetable.first_day
        days = np.flatnonzero(timetable.service_days[timetable.trip_service[row]])
        # Of all its days the last ones before today and the next ones, however far they are.
        place = int(np.searchsorted(days, today))
        for each in days[max(0, place - _DAYS_AROUND) : place + _DAYS_AROUND].tolist():
            yield RunKey(row, timetable.first_day + each)


def _distance(
    feed: FeedSnapshot, schedule: FeedSchedule, key: RunKey, now: int
) -> tuple[bool, int]:
    """The distance of a run from `now` (POSIX seconds): whether it ended long ago, and seconds (0
    while it is under way)."""
    run = feed.runs.get(key)
    if run is not None:
        first, last = run.departures[0], max(run.arrivals[-1], run.calls.arrivals[-1])
    else:
        timetable, zero = schedule.timetable, run_start(schedule.timetable, key.trip, key.day)
        calls = timetable.calls_of(key.trip)
        first = zero + int(timetable.call_departure[calls.start])
        last = zero + int(timetable.call_arrival[calls.stop - 1])
    return now - last > _LONG_OVER_SECONDS, max(first - now, now - last, 0)


def _path(schedule: FeedSchedule, trip: RunTrip, calls: tuple[RunCall, ...]) -> TripPath | None:
    shape = shape_of(schedule.timetable, trip)
    return trip_path(schedule.timetable, shape, (call.stop for call in calls if call.position >= 0))


def _alerts(
    state: TripsState, feed: FeedSnapshot, key: RunKey, trip: RunTrip, now: int
) -> tuple[GlobalId, ...]:
    if not trip.outside_timetable:
        return tuple(alert_ids_of_run(state, feed.feed_id, key.trip, key.day, now=now))
    return tuple(alert_ids_of_added_run(state, feed.feed_id, trip, key.day, now=now))


def _absent(state: TripsState, trip_id: str) -> Refusal:
    """The refusal for a trip of a feed without a schedule in service."""
    parts = split_global_id(trip_id)
    if parts is not None and parts[0] in state.timetables:
        return no_schedule_yet(parts[0])
    return _unknown(trip_id)


def _unknown(trip_id: str) -> Refusal:
    return Refusal("not_found", f"La course « {trip_id[:100]} » n'existe pas.")


def _not_running(
    feed: FeedSnapshot,
    schedule: FeedSchedule,
    trip_id: str,
    local: str,
    day: ServiceDate | None,
    start: int | None,
) -> Refusal:
    """The refusal for a trip of which no run was found: unknown, or not at that day or time."""
    timetable = schedule.timetable
    rows = timetable.trip_ids.indexes_of(local)
    if not len(rows) and local not in feed.added_runs:
        return _unknown(trip_id)
    name = global_id(feed.feed_id, local)[:100]
    runs = day is None or any(timetable.runs_on(int(row), day) for row in rows)
    when = "ces jours-ci"
    if start is not None and runs:
        when = "à cette heure-là"
    elif day is not None:
        # Not in the timetable, or deleted by a trip update.
        when = f"le {day.day:%d/%m/%Y}"
    return Refusal("not_found", f"La course « {name} » ne circule pas {when}.")
