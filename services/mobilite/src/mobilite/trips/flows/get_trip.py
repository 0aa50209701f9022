"""One run of a trip: its calls as scheduled and predicted, its vehicle and its path.

A trip runs on many days, and a frequency-based one many times a day; without `date` and
`start_time` it is the run nearest to now. A run outside the timetable is found by its own id.
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
from mobilite.realtime.domain.run_trip import AddedTripInfo, RunTrip
from mobilite.routes.domain.trip_path import TripPath, trip_path
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.timetable.domain.scheduled_calls import run_start
from mobilite.trips.ports import TripsState
from mobilite.vehicles.flows.list_vehicles import VehicleDetail, vehicle_of_run
from socle.errors import Refusal

_LONG_OVER: Final = 3600
"""Seconds after its end from which the next run is preferred."""
_NEAR: Final = 3
"""Service days considered on each side of today's: a run may last a day or two."""


@dataclass(frozen=True, slots=True)
class TripDetail:
    """A run at one instant (`generated_at`, POSIX seconds). `run` is None without a trip update."""

    feed: FeedSnapshot
    schedule: FeedSchedule
    key: RunKey
    trip: RunTrip
    run: Run | None
    calls: tuple[RunCall, ...]
    path: TripPath | None
    vehicle: VehicleDetail | None
    alerts: tuple[GlobalId, ...]
    generated_at: int


def get_trip(
    state: TripsState,
    trip_id: str,
    *,
    now: datetime,
    day: ServiceDate | None = None,
    start: int | None = None,
) -> TripDetail:
    """The run of that public id, on that service day, with that start (seconds of the day).

    Raises Refusal: "not_found", or "unavailable" until the feed's schedule is loaded.
    """
    named, instant = split_global_id(trip_id), int(now.timestamp())
    feed = None if named is None else state.snapshot.feed(named[0])
    schedule = None if feed is None else feed.schedule
    if named is None or feed is None or schedule is None:
        raise _absent(state, trip_id)
    keys = [*_own(feed, named[1], day, start), *_of_timetable(schedule, named[1], now, day, start)]
    visible = [key for key in keys if key not in feed.runs or not feed.runs[key].hidden]
    key = min(
        visible, key=lambda each: (_distance(feed, schedule, each, instant), each), default=None
    )
    if key is None:
        raise _not_running(feed, schedule, trip_id, named[1], day, start)
    trip, calls = get_run_trip(feed, key), list_calls(feed, key, now=instant)
    return TripDetail(
        feed,
        schedule,
        key,
        trip,
        feed.runs.get(key),
        calls,
        _path(schedule, trip, calls),
        vehicle_of_run(state, feed, key, now=instant),
        _alerts(state, feed, key, trip, instant),
        instant,
    )


def _own(
    feed: FeedSnapshot, local: str, day: ServiceDate | None, start: int | None
) -> Iterator[RunKey]:
    for key in feed.added_runs.get(local, ()):
        named = start is None or feed.runs[key].trip.start in (None, start)
        if named and (day is None or key.day == day.day.toordinal()):
            yield key


def _of_timetable(
    schedule: FeedSchedule, local: str, now: datetime, day: ServiceDate | None, start: int | None
) -> Iterator[RunKey]:
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
        # The days around today, and the nearest one if the trip ran long ago or runs much later.
        place = int(np.searchsorted(days, today))
        for each in days[max(0, place - _NEAR) : place + _NEAR].tolist():
            yield RunKey(row, timetable.first_day + each)


def _distance(
    feed: FeedSnapshot, schedule: FeedSchedule, key: RunKey, now: int
) -> tuple[bool, int]:
    """The distance of a run from now: whether it is long over, and seconds (0 while it is under
    way)."""
    run = feed.runs.get(key)
    if run is not None:
        first, last = run.departures[0], max(run.arrivals[-1], run.calls.arrivals[-1])
    else:
        timetable, zero = schedule.timetable, run_start(schedule.timetable, key.trip, key.day)
        calls = timetable.calls_of(key.trip)
        first = zero + int(timetable.call_departure[calls.start])
        last = zero + int(timetable.call_arrival[calls.stop - 1])
    return now - last > _LONG_OVER, max(first - now, now - last, 0)


def _path(schedule: FeedSchedule, trip: RunTrip, calls: tuple[RunCall, ...]) -> TripPath | None:
    timetable = schedule.timetable
    shape = -1 if trip.outside_timetable else int(timetable.trip_shape[trip.row])
    if isinstance(trip, AddedTripInfo) and trip.shape_id is not None:
        row = timetable.shape_ids.index_of(trip.shape_id)
        shape = -1 if row is None else row
    return trip_path(timetable, shape, (call.stop for call in calls if call.position >= 0))


def _alerts(
    state: TripsState, feed: FeedSnapshot, key: RunKey, trip: RunTrip, now: int
) -> tuple[GlobalId, ...]:
    if not trip.outside_timetable:
        return tuple(alert_ids_of_run(state, feed.feed_id, key.trip, key.day, now=now))
    return tuple(alert_ids_of_added_run(state, feed.feed_id, trip, key.day, now=now))


def _absent(state: TripsState, trip_id: str) -> Refusal:
    named = split_global_id(trip_id)
    if named is not None and named[0] in state.timetables:
        return no_schedule_yet(named[0])
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
